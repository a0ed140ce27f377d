using System.Collections;
using System.Management.Automation;
using BpfPS.Events;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Host;
using BpfPS.Tracing;

namespace BpfPS.Commands;

/// <summary>
/// What the cmdlets that read events have in common: whose events are read, what is started for that, and which of them are wanted.
/// </summary>
public abstract class EventCmdlet : ReferenceCmdlet
{
    private const string ByProbe = "Probe";

    private static readonly string[] s_stacks = ["Kernel", "User"];

    private readonly List<BpfObject> _started = [];
    private readonly HashSet<BpfObject> _looked = [];
    private ArrayList? _statistics;
    private ExpressionNode? _condition;
    private ProbeSources _piped = new();
    private StoppedCommand? _command;
    private string[] _eventTypes = [];
    private StructTags? _tags;

    /// <summary>Creates it.</summary>
    protected EventCmdlet() => Streams = new EventWatch(Report, ReportWait);

    /// <summary>Tracepoints, wildcards allowed: sched:sched_switch.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(TracepointCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Tracepoint { get; set; } = [];

    /// <summary>System calls, wildcards allowed: each call is one event, when it returns.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(SystemCallCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Syscall { get; set; } = [];

    /// <summary>Functions of the kernel, wildcards allowed: vfs_read. Each call is one event, when it returns.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(KernelFunctionCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Function { get; set; } = [];

    /// <summary>
    /// Functions of programs and libraries, wildcards allowed: /usr/bin/bash:readline, libc:getaddrinfo, or with ProcessId the function
    /// alone. Each call is one event, when it returns.
    /// </summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(UserFunctionCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] UserFunction { get; set; } = [];

    /// <summary>USDT probes, wildcards allowed: /usr/bin/python3:python:gc__start, or with ProcessId provider:name.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(UsdtCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Usdt { get; set; } = [];

    /// <summary>The room for each text in the events of probes, in bytes; what is longer is cut.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ValidateRange(8, 4096)]
    [WholeNumber]
    public int TextSize { get; set; } = 256;

    /// <summary>A profile: so many samples a second of what each CPU does.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ValidateRange(1, 100_000)]
    [WholeNumber]
    public int? Sample { get; set; }

    /// <summary>One event each time after so long: 1s, 100ms, or a TimeSpan.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [DurationTransformation]
    public TimeSpan? Interval { get; set; }

    /// <summary>The call stacks that events have, for Get-BpfStack: that in the kernel, that in user space.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ValidateSet("Kernel", "User")]
    public string[] Stack { get; set; } = [];

    /// <summary>A command to start, program and arguments: only what it and its children do, until it has ended.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByProbe)]
    [ValidateNotNullOrEmpty]
    public string[] CommandLine { get; set; } = [];

    /// <summary>Which of an object's ring buffers, where it has several; or which of the maps in which it counts.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(RingBufferCompleter))]
    [ValidateNotNull]
    [SupportsWildcards]
    public MapReference[] Map { get; set; } = [];

    /// <summary>Values for the variables of what is started by name.</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(VariableCompleter))]
    public Hashtable? Variable { get; set; }

    /// <summary>The size of the buffers of what is started by name, in bytes.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByProbe)]
    [ValidateRange(1, BufferSizes.Largest)]
    [WholeNumber]
    public long? BufferSize { get; set; }

    /// <summary>Only what these processes do; the program leaves out the rest in the kernel.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByProbe)]
    [Alias("Pid")]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    [ValidateRange(1, int.MaxValue)]
    [WholeNumber]
    public int[] ProcessId { get; set; } = [];

    /// <summary>And what their children do.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByProbe)]
    public SwitchParameter IncludeChildren { get; set; }

    /// <summary>Only what processes of this name do.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(CommandCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Command { get; set; } = [];

    /// <summary>Only what these users do, by name or id.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(UserCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] User { get; set; } = [];

    /// <summary>Only what is done in these cgroups, and those below.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Cgroup { get; set; } = [];

    /// <summary>Only what is done in the cgroups of these systemd units.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(UnitCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Unit { get; set; } = [];

    /// <summary>Only what is done in these containers, by name or id.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Container { get; set; } = [];

    /// <summary>
    /// The structs of the events, for programs that follow no convention by which they are found: names, or a hashtable of the values of
    /// a tag with the struct of each.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] EventType { get; set; } = [];

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

    /// <summary>End when no event has come for so long.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? IdleTimeout { get; set; }

    /// <summary>
    /// The name of a variable of the caller, without $, for what became of the events; with + in front, to add to what it has.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StatisticsVariable { get; set; }

    internal override IReferenceKind Kind => EventSourceResolver.Instance;

    /// <summary>The streams that have been opened.</summary>
    private protected EventWatch Streams { get; }

    /// <summary>Whether the programs that send the events keep to the rate by themselves.</summary>
    private protected bool SendsAtRate { get; private set; }

    /// <summary>What the cmdlet does with the events, for the display of progress: "Watching".</summary>
    private protected abstract string Doing { get; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        (_eventTypes, _tags) = Require(() => EventTypeParser.Parse(EventType), null);
        if (BufferSize is { } bytes && BufferSizes.Rounded(bytes) is var rounded && rounded != bytes)
        {
            WriteVerbose($"The size of the buffers is rounded up to {rounded} bytes: it has to be a power of two, of whole pages.");
        }
        if (StatisticsVariable is not null)
        {
            // Set now, as -OutVariable is, and filled at the end: when the pipeline is stopped, there is no scope to set it in.
            _statistics = StatisticsList.In(SessionState.PSVariable, StatisticsVariable);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByProbe)
        {
            return;
        }
        if (InputObject.Length > 0)
        {
            Require(() =>
            {
                TakeProbes();
                return true;
            }, null);
            if (InputObject.Length == 0)
            {
                return;
            }
        }
        foreach (var (source, target, isExplicit) in References(EventSourceResolver.Instance))
        {
            foreach (var ring in Try(() => Rings(source, isExplicit), target) ?? [])
            {
                if (Try(() => Open(ring), target) is { } stream)
                {
                    Streams.Add(stream, ring.Name);
                    if (_started.Find(obj => obj.Maps.Contains(ring)) is { } started && _looked.Add(started))
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

    /// <summary>Starts the probes, lets the command go on that is followed, and reads.</summary>
    protected sealed override void EndProcessing()
    {
        var probes = _piped with
        {
            Tracepoints = [.. _piped.Tracepoints, .. Patterns(Tracepoint)], SystemCalls = [.. _piped.SystemCalls, .. Patterns(Syscall)],
            SampleFrequency = Sample, Interval = Interval,
            Functions = [.. _piped.Functions, .. Patterns(Function)],
            UserFunctions = [.. _piped.UserFunctions, .. UserFunction.Select(text => Place(ResolvePlace(text, 1), 1))],
            UsdtProbes = [.. _piped.UsdtProbes, .. Usdt.Select(text => Place(ResolvePlace(text, 2), 2))],
            Processes = IncludeChildren ? [] : ProcessId,
        };
        if (!probes.IsEmpty && Require(() => StartProbes(probes), probes.Name) is { } ring
            && Require(() => Open(ring), probes.Name) is { } stream)
        {
            Streams.Add(stream, probes.Name); // without a ring, the results are in maps
            SendsAtRate = Rate is not null;
        }
        _command?.Run();
        Deliver();
    }

    /// <summary>Reads what was opened, until the end.</summary>
    private protected abstract void Deliver();

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
        GiveStatistics();
        _started.ForEach(obj => obj.Dispose());
        _started.Clear();
        _command?.Dispose();
    }

    /// <summary>Says what is to be made of the events of a stream that was just opened, if not objects of their class.</summary>
    /// <exception cref="BpfException">That cannot be made of them.</exception>
    private protected virtual void Prepare(BpfEventStream stream)
    {
    }

    /// <summary>The only members, and calculated values, that are wanted of the events; null for all.</summary>
    private protected virtual IReadOnlyList<NamedExpression>? Projection => null;

    /// <summary>What is to be added up in the kernel, if it can; null to have the events.</summary>
    private protected virtual ProbeMeasure? Measured => null;

    /// <summary>Takes an object that adds up in the kernel what <see cref="Measured"/> says.</summary>
    private protected virtual void TakeMeasured(BpfObject started, MeasuredRecords measured)
    {
    }

    /// <summary>At most so many events a second; null for no limit.</summary>
    private protected virtual int? Rate => null;

    /// <summary>Whether the cmdlet reads what an object counts in its maps, in place of its events.</summary>
    /// <param name="owner">The object's name.</param>
    /// <param name="maps">Its maps.</param>
    /// <param name="isNew">Whether it was started for this.</param>
    private protected virtual bool TakesResults(string owner, IReadOnlyList<BpfMap> maps, bool isNew) => false;

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

    /// <summary>Says which texts of probes' events are not whole.</summary>
    private protected void SayTexts()
    {
        foreach (var started in _started)
        {
            if (ProbeStarter.Texts(started) is not var (cut, unread))
            {
                continue;
            }
            if (cut > 0)
            {
                WriteWarning($"{cut} texts filled their room of {TextSize} bytes; what was longer is cut. Use a larger -TextSize.");
            }
            if (unread > 0)
            {
                WriteVerbose($"{unread} texts are empty: they could not be read, because they were not in memory or no text was there.");
            }
        }
    }

    /// <summary>Fills the variable for the statistics, once.</summary>
    private protected void GiveStatistics()
    {
        foreach (var one in _statistics is null ? [] : Streams.Statistics)
        {
            _statistics!.Add(one);
        }
        _statistics = null;
    }

    /// <summary>The ring buffers to read. A map that is named itself is one, whatever it is: what it is not, its stream says.</summary>
    private BpfMap[] Rings(ReadSource source, bool isExplicit)
    {
        if (source.Maps is not { } maps)
        {
            return Start(source.Name) is { } started ? RingsOf(started) : [];
        }
        if (!source.IsMap && TakesResults(source.Name, maps, isNew: false))
        {
            return [];
        }
        if (!Targets().IsEmpty)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{source}' is {(source.IsMap ? "there" : "running")} already, for what it was started for.",
                "Choose its events with -Filter, or change what it is restricted to with Set-BpfTarget.");
        }
        if ((Variable, BufferSize) is not (null, null))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{source}' is {(source.IsMap ? "there" : "running")} already, and "
                    + $"{(Variable is null ? "the size of its buffers was" : "its variables were")} fixed when it was started.",
                $"Stop it first, or remove -{(Variable is null ? nameof(BufferSize) : nameof(Variable))}.");
        }
        if (source.IsMap && isExplicit)
        {
            return [.. maps];
        }
        return isExplicit ? Chosen(source.Name, maps) : EventRings.Among(maps, IsWanted);
    }

    /// <summary>The ring buffers of an object: its only one, or those that are named.</summary>
    private BpfMap[] Chosen(string owner, IReadOnlyList<BpfMap> maps) => Map.Length == 0 ? [EventRings.Only(owner, maps, null, null)]
        : [.. Map.SelectMany(one => EventRings.Named(owner, maps, one.ToString(), map => Means(one, map))).DistinctBy(map => map.Id)];

    private BpfMap[] RingsOf(BpfObject started)
    {
        try
        {
            var rings = TakesResults(started.Name, started.Maps, isNew: true) ? [] : Chosen(started.Name, started.Maps);
            _started.Add(started);
            return rings;
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
        var targets = Targets();
        var condition = Condition();
        var plan = condition is null ? null
            : FilterPlan.Of(path, map => Map.Length == 0 || Array.Exists(Map, one => Means(one, map)), _eventTypes, condition,
                ScriptRules.Instance);
        var what = $"Starting '{VisibleText.Escape(name)}' for its events, and stopping it at the end.{FilterText.Of(plan)}";
        if (!ShouldProcess(what, $"Start '{VisibleText.Escape(name)}'?", MyInvocation.MyCommand.Name))
        {
            return null;
        }
        var started = BpfObjectStarter.Start(path, new BpfStartOptions
        {
            Variables = ObjectSource.Variables(Variable), Linked = plan?.Images ?? [], Session = ShellSession.Current(),
            Messages = WriteMessage, ReadsAtOnce = IsWanted, BufferSize = BufferSize,
            Targets = Followers(targets),
        });
        SayChoice(started);
        if (started.LinkedError is { } error && plan is not null)
        {
            WriteVerbose($"'{VisibleText.Escape(name)}' was started without a filter in the kernel."
                + FilterText.Of(plan.Without(condition!, error)));
        }
        return started;
    }

    /// <summary>Writes and starts the programs of probes; gives their ring buffer, or null if that is only shown (-WhatIf).</summary>
    private BpfMap? StartProbes(ProbeSources sources)
    {
        var request = new ProbeRequest
        {
            Filter = Condition(), Rules = ScriptRules.Instance, Properties = Projection, HasRate = Rate is not null, Measure = Measured,
            HasKernelStack = Has("Kernel"), HasUserStack = Has("User"), TextBytes = (uint)(TextSize + 7) / 8 * 8,
        };
        var probes = sources.Find(request.TextBytes);
        var planned = ProbeStarter.Plan(probes, ref request, out var reason);
        var what = $"Tracing '{VisibleText.Escape(sources.Name)}'.{ProbeText.Of(planned, reason)}";
        if (!ShouldProcess(what, $"Trace '{VisibleText.Escape(sources.Name)}'?", MyInvocation.MyCommand.Name))
        {
            return null;
        }
        var variables = Rate is { } rate ? new Dictionary<string, object> { ["bpfps_probe_rate"] = rate } : [];
        var started = ProbeStarter.Start(probes, request, planned, new BpfStartOptions
        {
            Variables = variables, Session = ShellSession.Current(), Messages = WriteMessage, ReadsAtOnce = _ => true,
            BufferSize = BufferSize, Targets = Followers(Targets()),
        });
        _started.Add(started);
        WriteVerbose(ProbeText.Programs(planned, started.Maps));
        if (started.LinkedError is { } error)
        {
            WriteVerbose($"The kernel does not take the filter, which is decided on the bytes: {error.Message}");
        }
        if (planned.Measured is { } measured)
        {
            TakeMeasured(started, measured);
            return null;
        }
        return started.Maps.First(map => map.Type == "ringbuf");
    }

    /// <summary>Properties with the stacks that are asked for, which nobody wants to name twice.</summary>
    private protected IReadOnlyList<NamedExpression> WithStacks(IReadOnlyList<NamedExpression> properties) =>
    [
        .. properties, .. s_stacks.Where(Has).Select(stack => $"{stack.ToLowerInvariant()}_stack")
            .Where(name => !properties.Any(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            .Select(name => new NamedExpression(name, FilterParser.Member(name))),
    ];

    private bool Has(string stack) => Stack.Contains(stack, StringComparer.OrdinalIgnoreCase);

    internal static ProbePattern[] Patterns(string[] names) => [.. names.Select(name =>
        new ProbePattern(name, WildcardPattern.ContainsWildcardCharacters(name) ? Wildcards.Pattern(name).IsMatch : null))];

    /// <summary>When reading ends.</summary>
    private protected EventLimits Limits(long first) => new(first, Duration, IdleTimeout)
    {
        HasEnded = _command is null ? null : () => _command.HasEnded,
    };

    /// <summary>The command that is followed; null for none.</summary>
    private protected StoppedCommand? Followed => _command;

    /// <summary>The targets with the command that is to be followed, whose process is made now.</summary>
    private BpfTargets Followers(BpfTargets targets)
    {
        if (CommandLine.Length == 0)
        {
            return targets;
        }
        _command ??= StoppedCommand.Start(CommandLine);
        return targets with { Processes = [.. targets.Processes, (uint)_command.ProcessId], IncludeChildren = true };
    }

    /// <summary>The probes among what is piped in or given as objects; they are started together at the end.</summary>
    private void TakeProbes()
    {
        var (probes, others) = (new List<PSObject>(), new List<object>());
        foreach (var item in InputObject)
        {
            var wrapped = PSObject.AsPSObject(item);
            if (ModuleClass.Of(wrapped) == nameof(BpfProbe))
            {
                probes.Add(wrapped);
            }
            else
            {
                others.Add(item);
            }
        }
        if (probes.Count == 0)
        {
            return;
        }
        InputObject = [.. others];
        foreach (var probe in probes)
        {
            ObjectOrigin.RequireHere(probe);
            var name = new ProbePattern($"{probe.Properties[nameof(BpfProbe.Name)]?.Value}", null);
            _piped = $"{probe.Properties[nameof(BpfProbe.Kind)]?.Value}" switch
            {
                nameof(BpfProbeKind.Tracepoint) => _piped with { Tracepoints = [.. _piped.Tracepoints, name] },
                nameof(BpfProbeKind.Syscall) => _piped with { SystemCalls = [.. _piped.SystemCalls, name] },
                nameof(BpfProbeKind.Function) => _piped with { Functions = [.. _piped.Functions, name] },
                nameof(BpfProbeKind.UserFunction) => _piped with { UserFunctions = [.. _piped.UserFunctions, name] },
                nameof(BpfProbeKind.Usdt) => _piped with { UsdtProbes = [.. _piped.UsdtProbes, name] },
                var kind => throw new BpfException(BpfErrorKind.NotSupported,
                    $"'{VisibleText.Escape(name.Text)}' is a {VisibleText.Escape(kind)}, which cannot be piped here.",
                    "Name it with the parameter of its kind."),
            };
        }
    }

    /// <summary>A function or probe in a file, of which only the name behind the file can be a pattern.</summary>
    internal static ProbePattern Place(string text, int parts)
    {
        var name = string.Join(':', text.Split(':').TakeLast(parts));
        return new ProbePattern(text, WildcardPattern.ContainsWildcardCharacters(name) ? Wildcards.Pattern(name).IsMatch : null);
    }

    private BpfTargets Targets() => new TargetOptions
    {
        ProcessId = ProcessId, IncludeChildren = IncludeChildren, Command = Command, User = User, Cgroup = Cgroup, Unit = Unit,
        Container = Container,
    }.Read();

    private static bool Means(MapReference named, string map) =>
        named.IsPattern ? Wildcards.Pattern(named.ToString()).IsMatch(map) : named.NameInFile() == map;

    /// <summary>The filter, with what does not depend on the events worked out once: it could have another value the next time.</summary>
    private ExpressionNode? Condition() => _condition ??= Filter is null ? null : FilterParser.Parse(Filter, SessionState);

    /// <summary>Whether a map is one of those that were named; each is if none was.</summary>
    private protected bool IsWanted(BpfMap map) => Map.Length == 0 || Array.Exists(Map, one => Means(one, map));

    private static bool Means(MapReference named, BpfMap map) =>
        named.IsPattern ? Wildcards.Pattern(named.ToString()).IsMatch(map.Name) : named.Is(map);

    private BpfEventStream Open(BpfMap ring)
    {
        var stream = new BpfEventStream(ring, _eventTypes, _tags);
        try
        {
            if (Filter is not null)
            {
                var condition = Condition()!;
                stream.SetFilter(made => FilterParser.Condition(condition, made));
                if (!_started.Exists(obj => obj.Maps.Contains(ring)))
                {
                    WriteVerbose($"'{VisibleText.Escape(ring.Name)}' is filtered on the bytes: its program is running already.");
                }
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
