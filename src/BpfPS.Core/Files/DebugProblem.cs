namespace BpfPS.Files;

/// <summary>Why an object's debug information cannot be read.</summary>
/// <param name="What">The reason, as the end of a sentence.</param>
/// <param name="How">What to do about it: a sentence.</param>
internal sealed record DebugProblem(string What, string How)
{
    /// <summary>The object has none.</summary>
    public static DebugProblem Stripped { get; } = new("the object has no debug information (DWARF), which describes such structs",
        "Compile the program with 'clang -g', and do not strip the object with 'llvm-strip -g'.");

    /// <summary>This machine cannot read it.</summary>
    public static DebugProblem NoLibrary { get; } = new("reading the debug information (DWARF) of the object requires libdw",
        "Install libdw ('apt install libdw1' on Debian and Ubuntu, 'dnf install elfutils-libs' on Fedora and RHEL).");

    /// <summary>Which file a program comes from is known of those only that this session has started.</summary>
    public static DebugProblem OfOthers { get; } = new("the debug information (DWARF) of its file is read only if this session starts it",
        "Start the program in this session.");

    /// <summary>It is damaged, or written in a way that is not read.</summary>
    /// <param name="why">The reason.</param>
    public static DebugProblem Unreadable(string why) =>
        new($"the debug information (DWARF) of the object cannot be read: {why}", "Compile the program again (clang -g -target bpf).");
}
