namespace BpfPS.Host;

/// <summary>Where the object files and headers lie that ship with BpfPS.</summary>
internal static class ShippedFiles
{
    /// <summary>The ending of an object file.</summary>
    public const string ObjectEnding = ".bpf.o";

    /// <summary>The directory: beside the engine, until whoever hosts the engine says otherwise.</summary>
    public static string Directory { get; set; } = Path.Combine(AppContext.BaseDirectory, "bpf");

    /// <summary>The headers for programs that users write.</summary>
    public static string IncludeDirectory => Path.Combine(Directory, "include");

    /// <summary>The object file of one of the engine's own programs or of a tool.</summary>
    /// <param name="name">Its name; never a user's text, since it becomes a part of a path.</param>
    public static string ObjectPath(string name) => Path.Combine(Directory, name + ObjectEnding);
}
