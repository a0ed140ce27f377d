namespace BpfPS.Generation;

/// <summary>The maps and variables of a generated object with probes.</summary>
/// <param name="Saved">How many arguments of a call are remembered until it returns.</param>
/// <param name="HasText">Whether text is remembered too.</param>
/// <param name="HasRate">Whether the events of a second are limited.</param>
/// <param name="TextBytes">The room for text that is remembered, in bytes.</param>
internal sealed record ProbeMaps(int Saved, bool HasText, bool HasRate, uint TextBytes = 256)
{
    /// <summary>The ring buffer.</summary>
    public const string Events = "events";

    /// <summary>The variable beside it, as BPFPS_EVENTS of bpfps.h has it: the number of events that were lost comes first.</summary>
    public const string Stream = "bpfps_stream_events";

    /// <summary>Where that variable has the position up to which the reader needs no wake-up, in bytes.</summary>
    public const int WakeAt = 8;

    /// <summary>Where an event is put together, on each CPU.</summary>
    public const string Scratch = "scratch";

    /// <summary>The calls in progress, by thread.</summary>
    public const string Calls = "calls";

    /// <summary>The variable with the number of calls that found no room there.</summary>
    public const string CallsMissed = "calls_missed";

    /// <summary>The map of stacks.</summary>
    public const string Stacks = "stacks";

    /// <summary>
    /// Whether a thread can be in several calls at once, as with functions: they are told apart by the probe and by where their frames
    /// are on the stack.
    /// </summary>
    public bool HasFrames { get; init; }

    /// <summary>The size of what tells calls apart, in bytes.</summary>
    public int KeySize => HasFrames ? 16 : 8;

    /// <summary>The text of calls in progress that is gone when they return, with the same keys.</summary>
    public const string Texts = "call_texts";

    /// <summary>The variable with text that is empty.</summary>
    public const string NoText = "bpfps_no_text";

    /// <summary>Where a list of texts is in what is remembered of a call's text, in bytes: behind a single one.</summary>
    public int ListAt => (int)TextBytes;

    /// <summary>What is remembered of a call's text, in bytes.</summary>
    public uint TextSize => TextBytes + TextListSource.Size;

    /// <summary>What is remembered of a call besides, in bytes: the time of its beginning, and its arguments.</summary>
    public uint CallSize => (uint)(sizeof(ulong) * (1 + Saved));
}
