using System.Globalization;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>A place of its own in bpffs, removed with all that is in it.</summary>
internal sealed class PinDirectory : IDisposable
{
    private static int s_count;

    /// <summary>How the names of this process's places begin.</summary>
    public static string Prefix { get; } = string.Create(CultureInfo.InvariantCulture, $"bpfps-test-{Environment.ProcessId}-");

    public PinDirectory()
    {
        BpfFileSystem.Mount();
    }

    /// <summary>The place; nothing is there yet.</summary>
    public string Path { get; } = string.Create(CultureInfo.InvariantCulture,
        $"{BpfFileSystem.Root}/{Prefix}{Interlocked.Increment(ref s_count)}");

    /// <summary>A pin in it.</summary>
    public string this[string name] => $"{Path}/{name}";

    /// <summary>Makes the directory, for tools that do not.</summary>
    public PinDirectory Make()
    {
        Directory.CreateDirectory(Path);
        return this;
    }

    public void Dispose()
    {
        if (File.Exists(Path))
        {
            File.Delete(Path);
        }
        else if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
