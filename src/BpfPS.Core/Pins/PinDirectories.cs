using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Pins;

/// <summary>The directories in bpffs that pins lie in.</summary>
internal static class PinDirectories
{
    private const uint OwnerOnly = 0x1c0; // 0700

    /// <summary>Makes a directory and those above it that are missing, for root only.</summary>
    /// <param name="directory">An absolute path in bpffs.</param>
    /// <param name="made">Takes those that were made, from the outermost inwards.</param>
    /// <exception cref="BpfException">One cannot be made.</exception>
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
                throw Errors.FromErrno(Marshal.GetLastPInvokeError(), $"Making the directory '{VisibleText.Escape(path)}'");
            }
            made.Add(path);
        }
    }

    /// <summary>Removes the directories that were made, if they are empty.</summary>
    public static void Remove(List<string> made)
    {
        foreach (var path in Enumerable.Reverse(made))
        {
            _ = Libc.rmdir(path);
        }
    }
}
