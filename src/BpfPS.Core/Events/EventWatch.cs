using System.Diagnostics.CodeAnalysis;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// Reads several streams until there have been enough events, the time is up or nothing more can come, and meanwhile reports
/// what was lost. Not thread-safe, except that <see cref="Cancel"/> may be called from any thread.
/// </summary>
/// <param name="report">
/// Receives warnings of losses, with what to do about them, and, at the end, a summary for each stream.
/// </param>
/// <param name="wait">Receives what is being waited for while no event has come for a while, and null once that is over.</param>
internal sealed class EventWatch(Action<BpfMessageLevel, string, BpfRemedy?> report, Action<string?> wait) : IDisposable
{
    private const long LookMilliseconds = 1000;
    private const long EndMilliseconds = 50; // how late it may be noticed that no more events come
    private const long BatchMilliseconds = 100;
    private const long OrderMilliseconds = 5; // a record that has waited long enough waits so much longer
    private const int MostReadAtOnce = 1 << 18;

    private readonly BpfEventStreams _streams = new();
    private readonly List<WatchedStream> _sources = [];
    private IReadOnlyList<BpfEventStatistics>? _statistics;
    private BpfRecord[]? _batch; // null if events are given one by one
    private int _inBatch;
    private TimeOrder? _order;
    private ulong _orderTime;
    private ulong _lateReported;
    private volatile bool _cancelled;
    private string? _waitingFor;

    /// <summary>Whether there is nothing to read.</summary>
    public bool IsEmpty => _sources.Count == 0;

    /// <summary>The name of the stream that is being read; after an error, of the one that failed.</summary>
    public string Current => _sources[_streams.Current].Name;

    /// <summary>What became of the events of each stream, until now or until the streams were closed.</summary>
    public IReadOnlyList<BpfEventStatistics> Statistics => _statistics ?? [.. _sources.Select(source => source.Statistics)];

    /// <summary>Adds a stream and takes ownership of it.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="name">Its name in reports.</param>
    public void Add(BpfEventStream stream, string name)
    {
        _streams.Add(stream);
        _sources.Add(new WatchedStream(stream, VisibleText.Escape(name)));
        if (stream.SilentSetting is { } setting)
        {
            ReportSilence(stream, setting);
        }
    }

    /// <summary>Limits how many events of all streams together are read in a second.</summary>
    /// <param name="rate">The maximum number of events a second; null for no limit.</param>
    public void LimitRate(int? rate)
    {
        var limit = rate is { } number ? new RateLimit(number, () => Environment.TickCount64) : null;
        _sources.ForEach(source => source.Stream.MaximumRate = limit);
    }

    /// <summary>Gives the events of all streams together in the order of their times.</summary>
    /// <exception cref="BpfException">The struct of a stream has no time.</exception>
    public void InOrder()
    {
        foreach (var source in _sources)
        {
            source.Stream.NoteTimes();
        }
        _order = new TimeOrder(TimeOrder.WindowMilliseconds * 1_000_000UL);
    }

    /// <summary>Reads events as they come.</summary>
    /// <param name="limits">When to end.</param>
    /// <exception cref="BpfException">A ring can no longer be read.</exception>
    public IEnumerable<BpfRecord> Read(EventLimits limits)
    {
        foreach (var record in Turns(limits, LookMilliseconds))
        {
            if (record is not null)
            {
                yield return record;
            }
        }
    }

    /// <summary>Reads events in batches: when enough have come, or a moment after the first of them.</summary>
    /// <param name="limits">When to end.</param>
    /// <param name="size">The number of events in a full batch.</param>
    /// <exception cref="BpfException">A ring can no longer be read.</exception>
    public IEnumerable<BpfRecord[]> ReadBatches(EventLimits limits, int size)
    {
        _batch = new BpfRecord[size];
        var due = long.MaxValue;
        foreach (var record in Turns(limits, BatchMilliseconds))
        {
            if (record is not null && due == long.MaxValue)
            {
                due = Environment.TickCount64 + BatchMilliseconds;
            }
            if (_inBatch == size || _inBatch > 0 && record is null && Environment.TickCount64 >= due)
            {
                yield return TakeBatch();
                due = long.MaxValue;
            }
        }
        if (_inBatch > 0 && !_cancelled)
        {
            yield return TakeBatch();
        }
    }

    /// <summary>Ends the reading.</summary>
    public void Cancel()
    {
        _cancelled = true;
        _streams.Cancel();
    }

    /// <summary>Reports what was lost since the last report. Not while <see cref="Read"/> is reading.</summary>
    public void ReportLosses() => _sources.ForEach(source => ReportLoss(source, isEnd: false));

    /// <summary>Closes all streams.</summary>
    public void Dispose()
    {
        _statistics ??= Statistics;
        _streams.Dispose();
    }

    /// <summary>The events, and null whenever there is none at the moment.</summary>
    /// <param name="limits">When to end.</param>
    /// <param name="longestWait">The longest time without a null, in milliseconds.</param>
    private IEnumerable<BpfRecord?> Turns(EventLimits limits, long longestWait)
    {
        var left = limits.First;
        var begin = Environment.TickCount64;
        var end = EventLimits.After(begin, limits.Duration);
        var idleEnd = EventLimits.After(begin, limits.Idle);
        var nextLook = begin + LookMilliseconds;
        var nextMark = EventLimits.After(begin, limits.Every);
        if (limits.HasEnded is not null)
        {
            longestWait = Math.Min(longestWait, EndMilliseconds);
        }
        while (!_cancelled && left > 0 && Environment.TickCount64 < Math.Min(end, idleEnd))
        {
            var isLast = limits.HasEnded?.Invoke() == true; // asked before the events are read: what came until then is among them
            // A reader that is slower than its events never sees the rings empty, so check the clock within the turn.
            var turnEnd = Math.Min(Math.Min(end, nextLook), nextMark);
            var before = left;
            while (_batch is not null && left > 0 && Collect(left) is > 0 and var count)
            {
                left -= count;
                ReportWait(null);
                yield return StreamMark.Event;
                if (_cancelled || Environment.TickCount64 >= turnEnd)
                {
                    break;
                }
            }
            while (_batch is null && left > 0 && TryNext(out var record, out var from))
            {
                _sources[from].Delivered++;
                left--;
                ReportWait(null);
                yield return record;
                if (_cancelled || Environment.TickCount64 >= turnEnd)
                {
                    break;
                }
            }
            idleEnd = left < before ? EventLimits.After(Environment.TickCount64, limits.Idle) : idleEnd;
            foreach (var source in _sources)
            {
                source.NoteTurn();
                ReportDoubts(source);
            }
            yield return null;
            if (left == 0 || _cancelled || _streams.HasEnded || isLast && left == before)
            {
                break;
            }
            if (Environment.TickCount64 >= nextLook)
            {
                nextLook = Environment.TickCount64 + LookMilliseconds;
                _sources.ForEach(source => ReportLoss(source, isEnd: false));
                ReportLate();
                ReportWait(_sources.TrueForAll(source => source.Delivered == 0) ? WaitingFor() : null);
            }
            if (Environment.TickCount64 >= nextMark && nextMark < end)
            {
                // What was not read in time for several intervals is in the first of them.
                var interval = Math.Max(1, (long)limits.Every!.Value.TotalMilliseconds);
                nextMark += interval * ((Environment.TickCount64 - nextMark) / interval + 1);
                yield return StreamMark.Interval;
            }
            var wait = Math.Min(Math.Min(Math.Min(end, idleEnd), nextLook), nextMark) - Environment.TickCount64;
            _streams.Wait(TimeSpan.FromMilliseconds(Math.Clamp(wait, 0, _order is { Count: > 0 } ? OrderMilliseconds : longestWait)));
        }
        _orderTime = ulong.MaxValue; // what waits for its turn in the order of times has none to wait for
        while (!_cancelled && left-- > 0 && _order is not null && TryTakeInOrder(out var record, out var from))
        {
            if (_batch is null)
            {
                _sources[from].Delivered++;
                yield return record;
                continue;
            }
            _batch[_inBatch] = record;
            Keep(from, 1);
            yield return StreamMark.Event;
        }
        if (!_cancelled)
        {
            ReportWait(null);
            _sources.ForEach(source => ReportLoss(source, isEnd: true));
            ReportLate();
            _sources.ForEach(ReportUndelivered);
            _sources.ForEach(source => report(BpfMessageLevel.Information, source.Summary(), null));
        }
    }

    /// <summary>Adds the next events to the batch.</summary>
    /// <param name="left">The most events that are still wanted.</param>
    /// <returns>How many there were.</returns>
    private int Collect(long left)
    {
        var most = (int)Math.Min(left, _batch!.Length - _inBatch);
        if (_order is not null)
        {
            if (!TryNext(out var record, out var first))
            {
                return 0;
            }
            _batch[_inBatch] = record;
            Keep(first, 1);
            return 1;
        }
        var count = _streams.Read(_batch, _inBatch, most, out var from);
        if (count > 0)
        {
            Keep(from, count);
        }
        return count;
    }

    /// <summary>Counts events that have been put into the batch.</summary>
    private void Keep(int from, int count)
    {
        var source = _sources[from];
        source.Delivered += count;
        source.Held += (ulong)count;
        source.Collected += (ulong)count;
        _inBatch += count;
    }

    private BpfRecord[] TakeBatch()
    {
        var size = _batch!.Length;
        var taken = _inBatch == size ? _batch : _batch[.._inBatch];
        (_batch, _inBatch) = (_inBatch == size ? new BpfRecord[size] : _batch, 0);
        foreach (var source in _sources)
        {
            source.Held -= source.Collected;
            source.Collected = 0;
        }
        return taken;
    }

    private bool TryNext([NotNullWhen(true)] out BpfRecord? record, out int from)
    {
        if (_order is null)
        {
            return _streams.TryRead(out record, out from);
        }
        if (TryTakeInOrder(out record, out from))
        {
            return true;
        }
        // What was sent before this time is read now, so that nothing of it comes later than what is given then.
        var now = (ulong)BootClock.Now();
        for (var read = 0; read < MostReadAtOnce && _streams.TryRead(out record, out from); read++)
        {
            _sources[from].Held++;
            _order.Add(record, from, _streams.Streams[from].LastTime, now);
        }
        _orderTime = now;
        return TryTakeInOrder(out record, out from);
    }

    private bool TryTakeInOrder([NotNullWhen(true)] out BpfRecord? record, out int from)
    {
        if (!_order!.TryTake(_orderTime, out record, out from))
        {
            return false;
        }
        _sources[from].Held--;
        return true;
    }

    /// <summary>Says that events came too late for their place, once as it begins and once more at the end if there were more.</summary>
    private void ReportLate()
    {
        if (_order is { Late: var late } && late > _lateReported && (_lateReported == 0 || _orderTime == ulong.MaxValue))
        {
            _lateReported = late;
            report(BpfMessageLevel.Warning, $"{late} events came more than {TimeOrder.WindowMilliseconds} ms after later ones, so they are "
                + "out of order.", "Let less be sent or do less with each event, so that the reader keeps up.");
        }
    }

    private void ReportLoss(WatchedStream source, bool isEnd)
    {
        foreach (var (what, how) in source.TakeLosses(isEnd))
        {
            report(BpfMessageLevel.Warning, what, how);
        }
    }

    /// <summary>Says what is waited for when that changes.</summary>
    private void ReportWait(string? what)
    {
        if (what != _waitingFor)
        {
            _waitingFor = what;
            wait(what);
        }
    }

    private string WaitingFor() =>
        $"No {(_sources.TrueForAll(source => source.Stream.Filter is not null) ? "event that the filter accepts" : "events")} yet from "
            + string.Join(", ", _sources.Select(source => $"{source.Stream.SourceName}; {source.Statistics.LostText} lost"));

    /// <summary>Says that nothing will ever come as the program was started.</summary>
    private void ReportSilence(BpfEventStream stream, BpfVariable setting) => report(BpfMessageLevel.Warning,
        $"{stream.SourceName} sends no events as long as its variable {VisibleText.Escape(setting.Name)} is 0. "
            + VisibleText.Escape(setting.Help), BpfRemedy.With(
            $"Start it with {BpfOption.Variable} @{{ {VisibleText.Escape(setting.Name)} = {(setting.Unit is "ns" ? "'1ms'" : "1")} }}."));

    private void ReportUndelivered(WatchedStream source)
    {
        if (source.Stream.Undelivered is var count and > 0)
        {
            report(BpfMessageLevel.Warning,
                $"{source.Name}: {count} more events had been taken from the ring buffer when the stream ended, and were not delivered.",
                null);
        }
    }

    private void ReportDoubts(WatchedStream source)
    {
        foreach (var (what, how) in source.Stream.TakeDoubts())
        {
            report(BpfMessageLevel.Warning, $"{source.Name}: {what}", how);
        }
    }
}
