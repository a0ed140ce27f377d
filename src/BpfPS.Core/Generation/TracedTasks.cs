namespace BpfPS.Generation;

/// <summary>Which tasks a probe's events are of.</summary>
internal enum TracedTasks
{
    /// <summary>Those that are wanted.</summary>
    Wanted,
    /// <summary>Those that are wanted, without the task that runs while a CPU has nothing to do.</summary>
    Busy,
    /// <summary>Whatever task happens to run: it is not what the event is about.</summary>
    Any,
}
