using System.Globalization;

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
    private const long LossIntervalMilliseconds = 1000;

    private readonly BpfEventStreams _streams = new();
    private readonly List<Source> _sources = [];
    private volatile bool _cancelled;
    private string? _waitingFor;

    /// <summary>Whether there is nothing to read.</summary>
    public bool IsEmpty => _sources.Count == 0;

    /// <summary>The name of the stream that is being read; after an error, of the one that failed.</summary>
    public string Current => _sources[_streams.Current].Name;

    /// <summary>Adds a stream and takes ownership of it.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="name">Its name in reports.</param>
    public void Add(BpfEventStream stream, string name)
    {
        _streams.Add(stream);
        _sources.Add(new Source(stream, VisibleText.Escape(name)));
        if (stream.SilentSetting is { } setting)
        {
            ReportSilence(stream, setting);
        }
    }

    /// <summary>Reads events as they come.</summary>
    /// <param name="first">The maximum number of events.</param>
    /// <param name="duration">The maximum time; null for no limit.</param>
    /// <param name="every">After each of these times comes <see cref="StreamMark.Interval"/>; null for never.</param>
    /// <exception cref="BpfException">A ring can no longer be read.</exception>
    public IEnumerable<BpfRecord> Read(long first, TimeSpan? duration, TimeSpan? every = null)
    {
        var interval = every is { } apart ? Math.Max(1, (long)apart.TotalMilliseconds) : long.MaxValue;
        var nextMark = every is null ? long.MaxValue : Environment.TickCount64 + interval;
        var end = duration is { } time ? Environment.TickCount64 + (long)time.TotalMilliseconds : long.MaxValue;
        var nextReport = Environment.TickCount64 + LossIntervalMilliseconds;
        while (!_cancelled && first > 0 && Environment.TickCount64 < end)
        {
            // A reader that is slower than its events never sees the rings empty, so check the clock within the turn.
            var turnEnd = Math.Min(Math.Min(end, nextReport), nextMark);
            while (first > 0 && _streams.TryRead(out var record, out var from))
            {
                _sources[from].Delivered++;
                first--;
                ReportWait(null);
                yield return record;
                if (_cancelled || Environment.TickCount64 >= turnEnd)
                {
                    break;
                }
            }
            foreach (var source in _sources)
            {
                source.NoteTurn();
                ReportDoubts(source);
            }
            if (first == 0 || _cancelled || _streams.HasEnded)
            {
                break;
            }
            if (Environment.TickCount64 >= nextReport)
            {
                nextReport = Environment.TickCount64 + LossIntervalMilliseconds;
                _sources.ForEach(ReportLoss);
                ReportWait(_sources.TrueForAll(source => source.Delivered == 0) ? WaitingFor() : null);
            }
            if (Environment.TickCount64 >= nextMark && nextMark < end)
            {
                // What was not read in time for several intervals is in the first of them.
                nextMark += interval * ((Environment.TickCount64 - nextMark) / interval + 1);
                yield return StreamMark.Interval;
            }
            turnEnd = Math.Min(Math.Min(end, nextReport), nextMark);
            _streams.Wait(TimeSpan.FromMilliseconds(Math.Max(0, turnEnd - Environment.TickCount64)));
        }
        if (!_cancelled)
        {
            ReportWait(null);
            _sources.ForEach(ReportLoss);
            _sources.ForEach(ReportUndelivered);
            _sources.ForEach(source => report(BpfMessageLevel.Information, source.Summary(), null));
        }
    }

    /// <summary>Ends the reading.</summary>
    public void Cancel()
    {
        _cancelled = true;
        _streams.Cancel();
    }

    /// <summary>Reports what was lost since the last report. Not while <see cref="Read"/> is reading.</summary>
    public void ReportLosses() => _sources.ForEach(ReportLoss);

    /// <summary>Closes all streams.</summary>
    public void Dispose() => _streams.Dispose();

    private void ReportLoss(Source source)
    {
        if (source.Stream.Lost is { } lost && lost > source.LostReported)
        {
            report(BpfMessageLevel.Warning,
                $"{source.Name}: {lost} events were lost so far, because the ring buffer was full when they came.",
                BpfRemedy.With($"Use {BpfOption.Filter}, the program's own variables, or a larger buffer."));
            source.LostReported = lost;
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
            + string.Join(", ", _sources.Select(source => $"{source.Stream.SourceName}; {source.LostText()} lost"));

    /// <summary>Says that nothing will ever come as the program was started.</summary>
    private void ReportSilence(BpfEventStream stream, BpfVariable setting) => report(BpfMessageLevel.Warning,
        $"{stream.SourceName} sends no events as long as its variable {VisibleText.Escape(setting.Name)} is 0. "
            + VisibleText.Escape(setting.Help), BpfRemedy.With(
            $"Start it with {BpfOption.Variable} @{{ {VisibleText.Escape(setting.Name)} = {(setting.Unit is "ns" ? "'1ms'" : "1")} }}."));

    private void ReportUndelivered(Source source)
    {
        if (source.Stream.Undelivered is var count and > 0)
        {
            report(BpfMessageLevel.Warning,
                $"{source.Name}: {count} more events had been taken from the ring buffer when the stream ended, and were not delivered.",
                null);
        }
    }

    private void ReportDoubts(Source source)
    {
        foreach (var (what, how) in source.Stream.TakeDoubts())
        {
            report(BpfMessageLevel.Warning, $"{source.Name}: {what}", how);
        }
    }

    private sealed class Source(BpfEventStream stream, string name)
    {
        private readonly long _opened = Environment.TickCount64;
        private long _noted;
        private long _first;
        private long _last;

        public BpfEventStream Stream => stream;

        public string Name => name;

        public long Delivered { get; set; }

        public ulong LostReported { get; set; }

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

        public string LostText() => Stream.Lost?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of";

        public string Summary() => Delivered == 0
            ? string.Create(CultureInfo.InvariantCulture,
                $"{Name}: no events in {(Environment.TickCount64 - _opened) / 1000.0:f3} s; {LostText()} lost.")
            : string.Create(CultureInfo.InvariantCulture,
                $"{Name}: {Delivered} {(Delivered == 1 ? "event" : "events")} in {(_last - _first) / 1000.0:f3} s, "
                + $"the first after {Math.Max(0, _first - _opened) / 1000.0:f3} s; {LostText()} lost.");
    }
}
