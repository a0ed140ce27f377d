using System.Collections;
using System.Management.Automation;
using BpfPS.Events;
using BpfPS.Generation;

namespace BpfPS.Commands;

/// <summary>
/// What the cmdlets that read events have in common: whose events are read, what is started for that, and which of them are wanted.
/// </summary>
public abstract class EventCmdlet : ReferenceCmdlet
{
    private readonly List<BpfObject> _started = [];

    /// <summary>Creates it.</summary>
    protected EventCmdlet() => Streams = new EventWatch(Report, ReportWait);

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

    /// <summary>End after so long: 10s, 5m, or a TimeSpan.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Duration { get; set; }

    internal override IReferenceKind Kind => EventSourceResolver.Instance;

    /// <summary>The streams that have been opened.</summary>
    private protected EventWatch Streams { get; }

    /// <summary>What the cmdlet does with the events, for the display of progress: "Watching".</summary>
    private protected abstract string Doing { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var (source, target, isExplicit) in References(EventSourceResolver.Instance))
        {
            foreach (var ring in Try(() => Rings(source, isExplicit), target) ?? [])
            {
                if (Try(() => Open(ring), target) is { } stream)
                {
                    Streams.Add(stream, ring.Name);
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

    /// <summary>
    /// Ctrl+C: wakes the wait, and no more; what was started is stopped by <see cref="Release"/> on the pipeline's own
    /// thread.
    /// </summary>
    protected override void StopProcessing()
    {
        base.StopProcessing();
        Streams.Cancel();
    }

    /// <summary>Closes the streams and stops what this cmdlet started. PowerShell calls this however the pipeline ends.</summary>
    private protected override void Release()
    {
        Streams.Dispose();
        _started.ForEach(obj => obj.Dispose());
        _started.Clear();
    }

    /// <summary>Says what is to be made of the events of a stream that was just opened, if not objects of their class.</summary>
    /// <exception cref="BpfException">That cannot be made of them.</exception>
    private protected virtual void Prepare(BpfEventStream stream)
    {
    }

    /// <summary>The next of what is read, or null. Nothing may be written within: what is downstream has errors of its own.</summary>
    private protected T? Next<T>(IEnumerator<T> events) where T : class
    {
        try
        {
            return events.MoveNext() ? events.Current : null;
        }
        catch (BpfException e)
        {
            Terminate(e, Streams.Current);
            return null;
        }
    }

    /// <summary>The ring buffers to read. A map that is named itself is one, whatever it is: what it is not, its stream says.</summary>
    private BpfMap[] Rings(ReadSource source, bool isExplicit)
    {
        if (source.Maps is not { } maps)
        {
            return Start(source.Name) is { } started ? [OnlyRing(started)] : [];
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

    /// <summary>Starts a tool or file, with what the kernel can decide of the filter; null if that is only shown (-WhatIf).</summary>
    private BpfObject? Start(string name)
    {
        var path = ResolveObject(name);
        var condition = Filter is null ? null : FilterParser.Parse(Filter, SessionState);
        var plan = condition is null ? null : FilterPlan.Of(path, IsWanted, EventType, condition, ScriptRules.Instance);
        var what = $"Starting '{VisibleText.Escape(name)}' for its events, and stopping it at the end.{FilterText.Of(plan)}";
        if (!ShouldProcess(what, $"Start '{VisibleText.Escape(name)}'?", MyInvocation.MyCommand.Name))
        {
            return null;
        }
        var started = BpfObjectStarter.Start(path, new BpfStartOptions
        {
            Variables = ObjectSource.Variables(Variable), Linked = plan?.Images ?? [], Session = ShellSession.Current(),
            Messages = WriteMessage,
        });
        if (started.LinkedError is { } error && plan is not null)
        {
            WriteVerbose($"'{VisibleText.Escape(name)}' was started without a filter.{FilterText.Of(plan.Without(condition!, error))}");
        }
        return started;
    }

    private bool IsWanted(string map) => Map is null || Map.NameInFile() == map;

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
            Prepare(stream);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Shows what is being waited for; null once that is over.</summary>
    private protected virtual void ReportWait(string? what) => ShowWait(Doing, what);

    /// <summary>Says what happened to the events, with what to do about it.</summary>
    private protected virtual void Report(BpfMessageLevel level, string what, BpfRemedy? remedy)
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
