using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS.Events;

/// <summary>
/// What is known of the events of a buffer that found no room: by the program's own counter or the kernel's, otherwise by gaps in a
/// sequence member and the runs of the program.
/// </summary>
internal sealed class EventLosses : IDisposable
{
    private readonly EventReader _buffer;
    private readonly LossCounter? _counter;
    private readonly ulong _before;
    private readonly ProgramRuns? _runs;
    private readonly ulong _waitedBefore;

    /// <summary>Begins to look.</summary>
    /// <param name="map">The buffer's map.</param>
    /// <param name="buffer">Its reader.</param>
    /// <param name="countsAll">Whether what was lost before counts too.</param>
    public EventLosses(BpfMap map, EventReader buffer, bool countsAll)
    {
        _buffer = buffer;
        _counter = LossCounter.Of(map);
        _counter?.Keep();
        _before = countsAll ? 0 : _counter is null ? buffer.LostAtLeast : _counter.Read() ?? 0;
        if (!IsCounted)
        {
            _runs = ProgramRuns.Of(map.Id);
            _waitedBefore = _runs is null ? 0 : (ulong)buffer.CountUnread() + (ulong)buffer.CountInBuffer();
        }
    }

    /// <summary>The number of events that were lost; null if nothing counts them.</summary>
    public ulong? Known => (_counter?.Read() ?? _buffer.Lost) is { } lost ? lost - _before : null;

    /// <summary>The number of events that are known to have been lost.</summary>
    public ulong AtLeast => Known ?? Math.Max(_counter is null ? _buffer.LostAtLeast - _before : 0, Gaps?.Missing ?? 0);

    /// <summary>The gaps in the sequence member of the records; null without such a member, or if they are not needed.</summary>
    public SequenceGaps? Gaps { get; private set; }

    private bool IsCounted => _counter is not null || _buffer.Lost is not null;

    /// <summary>Looks for gaps in the records of a class, where nothing counts what is lost.</summary>
    public void LookForGaps(RecordClass made) => Gaps = IsCounted ? null : SequenceGaps.Of(made);

    /// <summary>The largest number of events that can have been lost; null if there is no such limit.</summary>
    /// <param name="came">The number of events that came.</param>
    /// <param name="least">The smallest number of events that can have been lost.</param>
    public ulong? AtMost(ulong came, ulong least) =>
        _runs?.Count() is { } runs && runs >= came - _waitedBefore + least ? runs - (came - _waitedBefore) : null;

    /// <summary>Lets go of the counter.</summary>
    public void Dispose() => _counter?.Dispose();
}
