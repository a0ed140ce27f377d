using System.Collections;
using System.Management.Automation;
using BpfPS.Events;

namespace BpfPS.Commands;

/// <summary>Watch-BpfEvent: the event stream of a tool, a started object, a live ring buffer or a pin, one typed object an event.</summary>
[Cmdlet(VerbsCommon.Watch, "BpfEvent", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfEvent))]
public sealed class WatchBpfEventCommand : ReferenceCmdlet
{
    private readonly EventWatch _watch;
    private readonly List<BpfObject> _started = [];

    /// <summary>Creates it.</summary>
    public WatchBpfEventCommand() => _watch = new EventWatch(Report, what => ShowWait("Watching", what));

    /// <summary>Which of an object's ring buffers, where it has several.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(RingBufferCompleter))]
    [ValidateNotNull]
    public MapReference? Map { get; set; }

    /// <summary>Values for the variables of what is started by name.</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(VariableCompleter))]
    public Hashtable? Variable { get; set; }

    /// <summary>The struct of the events, for programs that follow no convention by which it is found.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventTypeCompleter))]
    public string? EventType { get; set; }

    /// <summary>Only events for which this is true; it runs on the bytes, before an object is made.</summary>
    [Parameter]
    public ScriptBlock? Filter { get; set; }

    /// <summary>End after so many events.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    [WholeNumber]
    public long First { get; set; } = long.MaxValue;

    /// <summary>End after so long: 10s, 5m, or a TimeSpan.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Duration { get; set; }

    internal override IReferenceKind Kind => EventSourceResolver.Instance;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var (source, target, isExplicit) in References(EventSourceResolver.Instance))
        {
            foreach (var ring in Try(() => Rings(source, isExplicit), target) ?? [])
            {
                if (Try(() => Open(ring), target) is { } stream)
                {
                    _watch.Add(stream, ring.Name);
                    if (_started.Find(obj => obj.Maps.Contains(ring)) is { } started)
                    {
                        WarnOfSameTool(started);
                    }
                }
                else
                {
                    _started.Find(obj => obj.Maps.Contains(ring))?.Dispose();
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_watch.IsEmpty)
        {
            return;
        }
        using var events = _watch.Read(First, Duration).GetEnumerator();
        while (Next(events) is { } record)
        {
            WriteObject(record);
        }
    }

    /// <summary>
    /// Ctrl+C: wakes the wait, and no more; what was started is stopped by <see cref="Release"/> on the pipeline's own
    /// thread.
    /// </summary>
    protected override void StopProcessing()
    {
        base.StopProcessing();
        _watch.Cancel();
    }

    /// <summary>Closes the streams and stops what this cmdlet started. PowerShell calls this however the pipeline ends.</summary>
    private protected override void Release()
    {
        _watch.Dispose();
        _started.ForEach(obj => obj.Dispose());
        _started.Clear();
    }

    /// <summary>The ring buffers to read. A map that is named itself is one, whatever it is: what it is not, its stream says.</summary>
    private BpfMap[] Rings(ReadSource source, bool isExplicit)
    {
        if (source.Maps is not { } maps)
        {
            return [OnlyRing(Start(source.Name))];
        }
        if (Variable is not null)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{source}' is running already, and its variables were fixed when it was started.",
                "Stop it first, or remove -Variable.");
        }
        if (source.IsMap && isExplicit)
        {
            return [.. maps];
        }
        return isExplicit ? [EventRings.Only(source.Name, maps, Map?.ToString(), IsWanted)] : EventRings.Among(maps, IsWanted);
    }

    private BpfMap OnlyRing(BpfObject started)
    {
        try
        {
            var ring = EventRings.Only(started.Name, started.Maps, Map?.ToString(), IsWanted);
            _started.Add(started);
            return ring;
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    private BpfObject Start(string name) => BpfObjectStarter.Start(ResolveObject(name), new BpfStartOptions
    {
        Variables = ObjectSource.Variables(Variable), Session = ShellSession.Current(), Messages = WriteMessage,
    });

    private bool IsWanted(BpfMap map) => Map is null || Map.Is(map);

    private BpfEventStream Open(BpfMap ring)
    {
        var stream = new BpfEventStream(ring, EventType);
        try
        {
            if (Filter is not null)
            {
                stream.Filter = FilterParser.Compile(Filter, stream.Class, SessionState);
            }
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The next event, or null. Nothing may be written within: what is downstream has errors of its own.</summary>
    private BpfRecord? Next(IEnumerator<BpfRecord> events)
    {
        try
        {
            return events.MoveNext() ? events.Current : null;
        }
        catch (BpfException e)
        {
            Terminate(e, _watch.Current);
            return null;
        }
    }

    private void Report(BpfMessageLevel level, string what, BpfRemedy? remedy)
    {
        var text = remedy is null ? what : $"{what} {RemedyText.Of(remedy)}";
        if (level == BpfMessageLevel.Warning)
        {
            WriteWarning(text);
        }
        else
        {
            WriteVerbose(text);
        }
    }
}
