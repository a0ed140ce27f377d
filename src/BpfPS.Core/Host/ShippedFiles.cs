namespace BpfPS.Host;

/// <summary>The locations of the object files and headers that ship with BpfPS.</summary>
internal static class ShippedFiles
{
    /// <summary>The extension of an object file.</summary>
    public const string ObjectEnding = ".bpf.o";

    /// <summary>The object file with what programs of probes have in common (bpf/probe.bpf.c).</summary>
    public const string Probe = "probe";

    /// <summary>The same for object files that any loader takes (bpf/probe_saved.bpf.c).</summary>
    public const string SavedProbe = "probe_saved";

    /// <summary>The directory; next to the engine by default. The host of the engine can change it.</summary>
    public static string Directory { get; set; } = Path.Combine(AppContext.BaseDirectory, "bpf");

    /// <summary>The headers for programs that users write.</summary>
    public static string IncludeDirectory => Path.Combine(Directory, "include");

    /// <summary>The object file of a tool or of one of the engine's own programs.</summary>
    /// <param name="name">Its name. Never pass a user's text, because the name becomes part of a path.</param>
    public static string ObjectPath(string name) => Path.Combine(Directory, name + ObjectEnding);
}
