namespace BpfPS;

/// <summary>
/// What an object that includes bpfps_targets.h is restricted to. Of each kind that is given, one has to fit; an empty list restricts
/// nothing.
/// </summary>
public sealed record BpfTargets
{
    /// <summary>Processes, by their ids.</summary>
    public IReadOnlyList<uint> Processes { get; init; } = [];

    /// <summary>Whether the children of <see cref="Processes"/>, and theirs, are meant too, if they are made from now on.</summary>
    public bool IncludeChildren { get; init; }

    /// <summary>The names of commands as the kernel has them: their first 15 bytes.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>Users, by their ids.</summary>
    public IReadOnlyList<uint> Users { get; init; } = [];

    /// <summary>Cgroups, by their paths in the file system; what is below them is meant too.</summary>
    public IReadOnlyList<string> Cgroups { get; init; } = [];

    /// <summary>Whether nothing is restricted.</summary>
    public bool IsEmpty => Processes.Count + Commands.Count + Users.Count + Cgroups.Count == 0;
}
