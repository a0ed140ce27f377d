namespace BpfPS.Module.Tests.Hosting;

/// <summary>A name in bpffs that nobody else uses, gone after the test with what is in it.</summary>
internal sealed class PinFolder : IDisposable
{
    private const string Root = "/sys/fs/bpf";

    private static int s_number;

    public PinFolder()
    {
        // The product mounts it when it is asked to pin; tests that come before have not asked.
        if (Command.Run("stat", "-f", "-c", "%T", Root).Output.Trim() != "bpf_fs")
        {
            Command.Output("mount", "-t", "bpf", "bpf", Root);
        }
    }

    /// <summary>Its last part.</summary>
    public string Name { get; } = $"bpfps-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_number)}";

    public string Path => $"{Root}/{Name}";

    public bool Exists => System.IO.Path.Exists(Path);

    public string[] Entries => Exists ? Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories)
        .Select(path => path[(Path.Length + 1)..]).Order(StringComparer.Ordinal).ToArray() : [];

    /// <summary>Makes a map here with bpftool, and gives its pin.</summary>
    public string Map(string name, string type = "array", int keyBytes = 4, int valueBytes = 8, int entries = 4)
    {
        Directory.CreateDirectory(Path);
        Command.Output("bpftool", "map", "create", $"{Path}/{name}", "type", type, "key", $"{keyBytes}", "value", $"{valueBytes}",
            "entries", $"{entries}", "name", name);
        return $"{Path}/{name}";
    }

    public void Dispose() => Command.Run("rm", "-rf", Path);
}
