namespace BpfPS.Probes;

/// <summary>All probes of one kind.</summary>
internal abstract class ProbeSource
{
    /// <summary>The kind.</summary>
    public abstract BpfProbeKind Kind { get; }

    /// <summary>The kind in words, for errors: "tracepoint".</summary>
    public abstract string Word { get; }

    /// <summary>The names of all, in alphabetical order.</summary>
    /// <exception cref="BpfException">They cannot be listed.</exception>
    public abstract IReadOnlyList<string> Names();

    /// <summary>A probe by its name, without listing all; null if there is none.</summary>
    /// <param name="name">The name in the form that <see cref="Names"/> has, or in another that people use.</param>
    /// <exception cref="BpfException">It cannot be looked up.</exception>
    public abstract BpfProbe? Find(string name);

    /// <summary>The part of a name that can stand for the whole: "sched_switch" of "sched:sched_switch"; null if none can.</summary>
    /// <param name="name">A name.</param>
    public virtual string? ShortName(string name) => null;
}
