using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Pins;

/// <summary>Creates and removes directories for pins in bpffs.</summary>
internal static class PinDirectories
{
    private const uint OwnerOnly = 0x1c0; // 0700

    /// <summary>Creates a directory and its missing parents, accessible to their owner only.</summary>
    /// <param name="directory">An absolute path in bpffs.</param>
    /// <param name="made">Receives the created directories, outermost first.</param>
    /// <exception cref="BpfException">A directory cannot be created.</exception>
    public static void Make(string directory, List<string> made)
    {
        var missing = new Stack<string>();
        for (var path = directory; !Directory.Exists(path); path = Path.GetDirectoryName(path)!)
        {
            missing.Push(path);
        }
        foreach (var path in missing)
        {
            if (File.Exists(path))
            {
                throw BpfPin.Taken(path);
            }
            if (Libc.mkdir(path, OwnerOnly) != 0)
            {
                throw FileAccessRights.Error(Marshal.GetLastPInvokeError(), $"Creating the directory '{VisibleText.Escape(path)}'", path,
                    FileUse.Name);
            }
            made.Add(path);
        }
    }

    /// <summary>The start of the name of a link's pin in a set, followed by its program's name.</summary>
    public const string LinkPrefix = "link_";

    /// <summary>Whether a directory holds what was pinned together when an object started: it then has links by their programs.</summary>
    /// <param name="directory">An absolute path.</param>
    public static bool IsSet(string? directory)
    {
        try
        {
            return directory is not null && Directory.EnumerateFiles(directory, $"{LinkPrefix}*").Any();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // It was removed in the meantime, or this user may not look into it.
        }
    }

    /// <summary>Removes created directories if they are empty.</summary>
    public static void Remove(List<string> made)
    {
        foreach (var path in Enumerable.Reverse(made))
        {
            _ = Libc.rmdir(path);
        }
    }
}
