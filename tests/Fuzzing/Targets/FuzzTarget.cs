namespace BpfPS.Fuzzing.Targets;

/// <summary>A part of the engine that reads what comes from outside, and how it is given inputs.</summary>
/// <param name="Name">Its name, which is that of its folder in the corpus.</param>
/// <param name="Form">What its inputs are.</param>
/// <param name="Run">Takes an input. A <see cref="BpfException"/> refuses it; any other exception is a finding.</param>
internal sealed record FuzzTarget(string Name, InputForm Form, Action<byte[]> Run)
{
    /// <summary>How many inputs the nightly run tries.</summary>
    public required int NightlyExecutions { get; init; }

    /// <summary>The inputs to begin with that the build makes or that other tests have; the kept corpus comes on top.</summary>
    public Func<IEnumerable<byte[]>> Seeds { get; init; } = () => [];

    /// <summary>The number of bytes that an input may grow to.</summary>
    public int LongestInput { get; init; } = 4096;

    /// <summary>A part of the names of the sections that it reads, of objects; empty for all.</summary>
    public string Sections { get; init; } = "";

    /// <summary>Whether it asks the kernel, which answers root only.</summary>
    public bool NeedsRoot { get; init; }

    /// <summary>Whether it needs neither the kernel nor the system's libraries.</summary>
    public bool IsPure => !NeedsRoot && Form != InputForm.Elf;

    /// <summary>Words that its inputs are made of.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];
}
