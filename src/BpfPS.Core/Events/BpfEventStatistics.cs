using System.Globalization;

namespace BpfPS;

/// <summary>
/// What became of the events that were sent while a stream was open. Numbers that are not known are null, never zero.
/// </summary>
public sealed record BpfEventStatistics
{
    /// <summary>The buffer's name.</summary>
    public required string Name { get; init; }

    /// <summary>The buffer's id in the kernel.</summary>
    public uint MapId { get; init; }

    /// <summary>
    /// The events that the program sent: those delivered, filtered, left out, not delivered and lost. Null if one of these is not known.
    /// </summary>
    public ulong? Produced => Lost + FilteredInKernel + FilteredByUser + LeftOut + Delivered + Undelivered;

    /// <summary>The events that a filter in the kernel did not accept, so that they never came to the buffer.</summary>
    public ulong? FilteredInKernel { get; init; } = 0;

    /// <summary>The events that the filter did not accept when they were read.</summary>
    public ulong FilteredByUser { get; init; }

    /// <summary>The events that were left out because there were more than the maximum rate allows.</summary>
    public ulong LeftOut { get; init; }

    /// <summary>The events that became objects and went down the pipeline.</summary>
    public ulong Delivered { get; init; }

    /// <summary>The events that had come, but had not been delivered when the stream ended.</summary>
    public ulong Undelivered { get; init; }

    /// <summary>How many of those not delivered are still in the buffer, where the next reader finds them.</summary>
    public ulong LeftInBuffer { get; init; }

    /// <summary>The events for which the buffer had no room; null if that is not known.</summary>
    public ulong? Lost => LostAtLeast == LostAtMost ? LostAtMost : null;

    /// <summary>The smallest number of events that can have been lost.</summary>
    public ulong LostAtLeast { get; init; }

    /// <summary>The largest number of events that can have been lost; null if there is no such limit.</summary>
    public ulong? LostAtMost { get; init; }

    /// <summary>How long the stream has been open.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The losses in words: "0", "an unknown number of", "at least 5", "5 to 9", "at most 9".</summary>
    internal string LostText => (LostAtLeast, LostAtMost) switch
    {
        (0, null) => "an unknown number of",
        (var least, null) => $"at least {Text(least)}",
        var (least, most) when least == most => Text(least),
        (0, { } most) => $"at most {Text(most)}",
        var (least, most) => $"{Text(least)} to {Text(most.Value)}",
    };

    /// <summary>The numbers in one line, with the name in front.</summary>
    public override string ToString() => $"{VisibleText.Escape(Name)}: {Numbers}";

    /// <summary>The numbers in one line.</summary>
    internal string Numbers =>
        $"{(Produced is { } produced ? Text(produced) : "An unknown number of")} events produced: "
            + $"{Text(Delivered)} delivered, {(FilteredInKernel is { } filtered ? Text(filtered) : "an unknown number")} filtered in the "
            + $"kernel, {Text(FilteredByUser)} filtered when read, {(LeftOut > 0 ? $"{Text(LeftOut)} left out, " : "")}"
            + $"{Text(Undelivered)} not delivered, {LostText} lost";

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
