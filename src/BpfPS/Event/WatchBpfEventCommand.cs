using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Watch-BpfEvent: the event stream of a tool, a started object, a live ring buffer or a pin, one typed object an event.</summary>
[Cmdlet(VerbsCommon.Watch, "BpfEvent", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfEvent))]
public sealed class WatchBpfEventCommand : ReferenceCmdlet
{
    private const long LossIntervalMilliseconds = 1000;

    private readonly List<Source> _sources = [];
    private readonly BpfEventStreams _streams = new();

    /// <summary>
    /// A started object's or a shipped tool's name, or the path of a .bpf.o or .bpf.c file. What is not running yet runs as
    /// long as the stream.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(ToolNameCompleter))]
    [ValidateNotNullOrEmpty]
    public override string[]? Name { get; set; }

    /// <summary>Started objects, ring buffers, their ids or pins.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public override object[] InputObject { get; set; } = [];

    /// <summary>Which of an object's ring buffers, where it has several.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MapNameCompleter))]
    [ValidateNotNull]
    public MapReference? Map { get; set; }

    /// <summary>Values for the variables of what is started by name.</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(VariableCompleter))]
    public Hashtable? Variable { get; set; }

    /// <summary>The struct of the events, for programs that follow no convention by which it is found.</summary>
    [Parameter]
    public string? EventType { get; set; }

    /// <summary>Only events for which this is true; it runs on the bytes, before an object is made.</summary>
    [Parameter]
    public ScriptBlock? Filter { get; set; }

    /// <summary>End after so many events.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long First { get; set; } = long.MaxValue;

    /// <summary>End after so long: 10s, 5m, or a TimeSpan.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Duration { get; set; }

    internal override IReferenceKind Kind => MapResolver.Instance;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in (Name ?? []).Concat(InputObject.Select(TextOf).OfType<string>()))
        {
            if (!IsPin(name))
            {
                Add(() => FromName(name), name);
            }
            else if (Try(() => MapResolver.Instance.ByPath(name), name) is { } maps)
            {
                AddRings(name, maps);
            }
        }
        InputObject = [.. InputObject.Where(item => TextOf(item) is null)];
        if (Path is null && Id.Length == 0 && InputObject.Length == 0)
        {
            return;
        }
        // A ring buffer that is named itself is read; of an object, a directory or a wildcard, those that -Map says.
        foreach (var (target, maps) in ReferenceGroups(MapResolver.Instance))
        {
            AddRings(target, maps);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_sources.Count == 0)
        {
            return;
        }
        var end = Duration is { } duration ? Environment.TickCount64 + (long)duration.TotalMilliseconds : long.MaxValue;
        var nextReport = Environment.TickCount64 + LossIntervalMilliseconds;
        var remaining = First;
        while (!StopToken.IsCancellationRequested && remaining > 0 && Environment.TickCount64 < end)
        {
            // A pipeline that is slower than its events never sees the rings empty: the clock is looked at within the turn.
            var turnEnd = Math.Min(end, nextReport);
            while (remaining > 0 && Next() is { } record)
            {
                WriteObject(record);
                remaining--;
                if (StopToken.IsCancellationRequested || Environment.TickCount64 >= turnEnd)
                {
                    break;
                }
            }
            foreach (var source in _sources)
            {
                source.NoteTurn();
                WarnOfUnknownType(source);
            }
            if (remaining == 0 || StopToken.IsCancellationRequested || _streams.HasEnded)
            {
                break;
            }
            if (Environment.TickCount64 >= nextReport)
            {
                nextReport = Environment.TickCount64 + LossIntervalMilliseconds;
                _sources.ForEach(WarnOfLoss);
            }
            _streams.Wait(TimeSpan.FromMilliseconds(Math.Max(0, Math.Min(end, nextReport) - Environment.TickCount64)));
        }
        if (!StopToken.IsCancellationRequested)
        {
            _sources.ForEach(WarnOfLoss);
            _sources.ForEach(WarnOfUndelivered);
            _sources.ForEach(source => WriteVerbose(source.Summary()));
        }
    }

    /// <summary>
    /// Ctrl+C: wakes the wait, and no more; what was started is stopped by <see cref="Release"/> on the pipeline's own
    /// thread.
    /// </summary>
    protected override void StopProcessing()
    {
        base.StopProcessing();
        _streams.Cancel();
    }

    /// <summary>Closes the streams and stops what this cmdlet started. PowerShell calls this however the pipeline ends.</summary>
    private protected override void Release()
    {
        _streams.Dispose();
        _sources.ForEach(source => source.Owned?.Dispose());
        _sources.Clear();
    }

    /// <summary>The next event, or null. Nothing may be written within: what is downstream has errors of its own.</summary>
    private BpfRecord? Next()
    {
        try
        {
            if (!_streams.TryRead(out var record, out var from))
            {
                return null;
            }
            _sources[from].Delivered++;
            return record;
        }
        catch (BpfException e)
        {
            Terminate(e, _sources[_streams.Current].Name);
            return null;
        }
    }

    private void Add(Func<(BpfMap? Ring, BpfObject? Owned)> open, object target)
    {
        BpfObject? owned = null;
        var source = Try(() =>
        {
            (var ring, owned) = open();
            if (ring is null)
            {
                return null;
            }
            var stream = new BpfEventStream(ring, EventType);
            try
            {
                if (Filter is not null)
                {
                    stream.Filter = EventFilterCompiler.Compile(Filter, stream.Class, SessionState);
                }
            }
            catch
            {
                stream.Dispose();
                throw;
            }
            return new Source(stream, owned, ring.Name);
        }, target);
        if (source is null)
        {
            owned?.Dispose();
            return;
        }
        _streams.Add(source.Stream);
        _sources.Add(source);
    }

    /// <summary>Of an object or a directory, the one ring buffer; of a wildcard, every one that it matches.</summary>
    private void AddRings(object target, IReadOnlyList<Reference<BpfMap>> maps)
    {
        if (maps.Any(map => map.IsExplicit) || target is string path && Wildcards.IsPattern(path))
        {
            foreach (var map in maps.Where(map => map.IsExplicit || IsWanted(map.Thing)))
            {
                Add(() => (map.Thing, null), target);
            }
            return;
        }
        Add(() => (Ring([.. maps.Select(map => map.Thing)], $"{target}"), null), target);
    }

    private bool IsWanted(BpfMap map) => map.Type == "ringbuf" && (Map is null || Map.Is(map));

    /// <summary>A string in the pipeline names what -Name does: not a map, but what sends events.</summary>
    private static string? TextOf(object item) =>
        PSObject.AsPSObject(item).BaseObject is var named && named is BpfTool tool ? tool.Name : named as string;

    /// <summary>Whether a name is the path of a pin, and not that of a file.</summary>
    private static bool IsPin(string name) => BpfFileSystem.Mounts.Any(mount => name.StartsWith($"{mount}/", StringComparison.Ordinal));

    private (BpfMap?, BpfObject?) FromName(string name)
    {
        if (!ObjectSource.IsFile(name)
            && BpfSession.Objects.LastOrDefault(obj => obj.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } running)
        {
            if (Variable is not null)
            {
                throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"'{name}' is running already, and its variables were fixed when it was started.",
                    "Stop it first, or remove -Variable.");
            }
            return (RingOf(running), null);
        }
        var path = ResolveObject(name);
        var started = BpfObjectStarter.Start(path,
            new BpfStartOptions
            {
                Variables = ObjectSource.Variables(Variable), Session = ShellSession.Current(), Messages = WriteMessage,
            });
        try
        {
            return (RingOf(started), started);
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    private BpfMap RingOf(BpfObject obj) => Ring(obj.Maps, obj.Name);

    private BpfMap Ring(IReadOnlyList<BpfMap> maps, string owner)
    {
        var rings = maps.Where(IsWanted).ToArray();
        var name = VisibleText.Escape(owner);
        var results = string.Join(" or ", maps.Where(map => map.HoldsResults).Select(map => VisibleText.Escape(map.Name)));
        return rings switch
        {
            [var only] => only,
            [] => throw new BpfException(BpfErrorKind.NotFound,
                $"'{name}' has no ring buffer{(Map is null ? "" : $" '{VisibleText.Escape($"{Map}")}'")}, so it sends no events.",
                $"What it counts is in its maps: Start-BpfProgram {name}, then Get-BpfMapEntry {results}."),
            _ => throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{name}' has several ring buffers: {string.Join(", ", rings.Select(map => VisibleText.Escape(map.Name)))}.",
                "Specify one of them with -Map."),
        };
    }

    private void WarnOfLoss(Source source)
    {
        if (source.Stream.Lost is { } lost && lost > source.LostReported)
        {
            WriteWarning($"{source.Name}: {lost} events were lost so far, because the ring buffer was full when they came. "
                + "Use -Filter, the program's own variables, or a larger buffer.");
            source.LostReported = lost;
        }
    }

    private void WarnOfUndelivered(Source source)
    {
        if (source.Stream.Undelivered is var count and > 0)
        {
            WriteWarning(
                $"{source.Name}: {count} more events had been taken from the ring buffer when the stream ended, and were not delivered.");
        }
    }

    private void WarnOfUnknownType(Source source)
    {
        if (source.Stream.TypeIsUnknown && !source.UnknownReported)
        {
            source.UnknownReported = true;
            WriteWarning($"{source.Name}: the struct of these events is not known, so they are given as bytes. Name it with -EventType.");
        }
    }

    private sealed record Source(BpfEventStream Stream, BpfObject? Owned, string Name)
    {
        private readonly long _opened = Environment.TickCount64;
        private long _noted;
        private long _first;
        private long _last;

        public long Delivered { get; set; }

        public ulong LostReported { get; set; }

        public bool UnknownReported { get; set; }

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

        public string Summary() => string.Create(CultureInfo.InvariantCulture,
            $"{Name}: {Delivered} events in {(_last - _first) / 1000.0:f3} s, "
            + $"the first after {Math.Max(0, _first - _opened) / 1000.0:f3} s; "
            + $"{Stream.Lost?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of"} lost.");
    }
}
