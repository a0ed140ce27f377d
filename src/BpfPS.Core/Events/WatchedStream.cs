using System.Globalization;

namespace BpfPS.Events;

/// <summary>A stream that is being watched: when its events came, and what is to be said about it.</summary>
/// <param name="stream">The stream.</param>
/// <param name="name">Its name in reports, escaped.</param>
internal sealed class WatchedStream(BpfEventStream stream, string name)
{
    private static readonly BpfRemedy s_lessOrMoreRoom =
        BpfRemedy.With($"Use {BpfOption.Filter}, the program's own variables, or a larger buffer ({BpfOption.BufferSize}).");

    private readonly long _opened = Environment.TickCount64;
    private readonly LossReport _losses = new();
    private bool _isDoubtSaid;
    private long _noted;
    private long _first;
    private long _last;

    /// <summary>The stream.</summary>
    public BpfEventStream Stream => stream;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>The number of events that were read and wanted.</summary>
    public long Delivered { get; set; }

    /// <summary>The number of them that were not handed on yet.</summary>
    public ulong Held { get; set; }

    /// <summary>The number of those that are in a batch.</summary>
    public ulong Collected { get; set; }

    /// <summary>What became of its events so far.</summary>
    public BpfEventStatistics Statistics => stream.StatisticsWith(Held);

    /// <summary>Notes when events came, to the millisecond, after each turn that may have brought some.</summary>
    public void NoteTurn()
    {
        if (Delivered > _noted)
        {
            _noted = Delivered;
            _last = Environment.TickCount64;
            _first = _first == 0 ? _last : _first;
        }
    }

    /// <summary>What is to be said of losses now, with what to do about them.</summary>
    /// <param name="isEnd">Whether the stream ends now.</param>
    public IEnumerable<(string What, BpfRemedy? How)> TakeLosses(bool isEnd)
    {
        var isExact = stream.Lost is not null;
        if (_losses.Look(stream.LostAtLeast, Environment.TickCount64, isEnd) is { } change)
        {
            var count = string.Create(CultureInfo.InvariantCulture, $"{(isExact ? "" : "at least ")}{change.Count} events were lost");
            if (change.Begins)
            {
                yield return ($"{name}: {count}{(change.Ends ? "" : " so far")}, because the buffer was full when they came.",
                    s_lessOrMoreRoom);
            }
            else
            {
                yield return (string.Create(CultureInfo.InvariantCulture,
                    $"{name}: {count} in {change.Time.TotalSeconds:f1} s; since then none{(isExact ? "" : " that is known of")}."), null);
            }
        }
        if (stream.MayHaveLost && !_isDoubtSaid)
        {
            _isDoubtSaid = true;
            yield return ($"{name}: the buffer has been nearly full, and the program does not count the events that find no room, so some "
                + "may be lost.", s_lessOrMoreRoom);
        }
    }

    /// <summary>How many events came in what time, and what became of all.</summary>
    public string Summary()
    {
        var statistics = Statistics;
        var came = Delivered == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{name}: no events in {(Environment.TickCount64 - _opened) / 1000.0:f3} s")
            : string.Create(CultureInfo.InvariantCulture,
                $"{name}: {Delivered} {(Delivered == 1 ? "event" : "events")} in {(_last - _first) / 1000.0:f3} s, "
                + $"the first after {Math.Max(0, _first - _opened) / 1000.0:f3} s");
        return $"{came}; {statistics.LostText} lost. {statistics.Numbers}.";
    }
}
