namespace BpfPS.Generation;

/// <summary>A probe as programs: where they are attached, and what the events have that is the probe's own.</summary>
/// <param name="Name">Its name in events: letters, digits and underscores.</param>
/// <param name="Section">The ELF section of the program that sends events: tracepoint/sched/sched_switch.</param>
/// <param name="Members">Its arguments and results, in their order, with the types of an object.</param>
internal sealed record TracedProbe(string Name, string Section, Func<EventTypes, IReadOnlyList<TracedMember>> Members)
{
    /// <summary>The section of the program that runs when a call begins, whose end is the event; null without a call.</summary>
    public string? EntrySection { get; init; }

    /// <summary>The names of its programs: the one that sends events comes first.</summary>
    public IReadOnlyList<string> Programs => EntrySection is null ? [Name] : [$"{Name}_leave", $"{Name}_enter"];

    /// <summary>The functions that its programs are attached to at once, with their numbers as cookies; empty if it is one place.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>The arguments of the call that are remembered until it returns.</summary>
    public IReadOnlyList<ProbeValue> Saved { get; init; } = [];

    /// <summary>
    /// Where the call's frame is on the stack, when it begins and, the same number, when it returns; null if a thread is in one call at
    /// most.
    /// </summary>
    public (ProbeValue Begin, ProbeValue Return)? Frame { get; init; }

    /// <summary>The address of text of the process that is gone when the call returns; null for none.</summary>
    public ProbeValue? SavedText { get; init; }

    /// <summary>The address of a list of texts of the process that are gone when the call returns; null for none.</summary>
    public ProbeValue? SavedList { get; init; }

    /// <summary>How its programs are attached, where the sections do not say it all.</summary>
    public BpfAttachOptions Attachment { get; init; } = new();

    /// <summary>Whose events are wanted of those that the restrictions to processes, users and cgroups are about.</summary>
    public TracedTasks Tasks { get; init; }

    /// <summary>Whether the call may return in another thread of the process than the one it began in, as execve does.</summary>
    public bool IsOfProcess { get; init; }
}
