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
                throw Errors.FromErrno(Marshal.GetLastPInvokeError(), $"Creating the directory '{VisibleText.Escape(path)}'");
            }
            made.Add(path);
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
