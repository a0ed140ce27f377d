using System.Collections;
using System.Management.Automation;
using BpfPS.Files;
using BpfPS.Generation;
using BpfPS.Tracing;

namespace BpfPS.Commands;

/// <summary>Start-BpfProgram: loads and attaches a tool, an object file or a C source.</summary>
[Cmdlet(VerbsLifecycle.Start, "BpfProgram", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfObject))]
public sealed class StartBpfProgramCommand : PinningCmdlet
{
    private const string ByName = "Name", ByProbe = "Probe";

    /// <summary>A shipped tool's name, or the path of a .bpf.o or .bpf.c file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = ByName)]
    [Alias("FilePath")]
    [ArgumentCompleter(typeof(ObjectFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

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

    /// <summary>Functions of programs and libraries, wildcards allowed: /usr/bin/bash:readline, libc:getaddrinfo.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(UserFunctionCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] UserFunction { get; set; } = [];

    /// <summary>USDT probes, wildcards allowed: /usr/bin/python3:python:gc__start.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(UsdtCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Usdt { get; set; } = [];

    /// <summary>A profile: so many samples a second of what each CPU does.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ValidateRange(1, 100_000)]
    [WholeNumber]
    public int? Sample { get; set; }

    /// <summary>The only members of the events that are wanted.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Property { get; set; }

    /// <summary>The call stacks that events have: that in the kernel, that in user space.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ValidateSet("Kernel", "User")]
    public string[] Stack { get; set; } = [];

    /// <summary>Values for the program's variables.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VariableCompleter))]
    public Hashtable? Variable { get; set; }

    /// <summary>The numbers of entries of its maps, for those that the file leaves without a size or that need another one.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MapSizeCompleter))]
    [ValidateNotNull]
    public Hashtable? MapSize { get; set; }

    /// <summary>Only events for which this is true leave the kernel.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? Filter { get; set; }

    /// <summary>Only these of the object's programs.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ObjectProgramCompleter))]
    public string[] Program { get; set; } = [];

    /// <summary>Load only.</summary>
    [Parameter]
    public SwitchParameter NoAttach { get; set; }

    /// <summary>Network interfaces (XDP, TC, tcx, netkit).</summary>
    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [SupportsWildcards]
    public string[] Interface { get; set; } = [];

    /// <summary>How XDP programs run.</summary>
    [Parameter]
    [ValidateSet("Default", "Native", "Generic", "Offload")]
    public string XdpMode { get; set; } = "Default";

    /// <summary>The side of an interface (TC).</summary>
    [Parameter]
    [ValidateSet("Ingress", "Egress")]
    public string? Direction { get; set; }

    /// <summary>The priority of a TC filter or of a netfilter function.</summary>
    [Parameter]
    [WholeNumber]
    public int? Priority { get; set; }

    /// <summary>The program before which it runs (tcx, netkit): by name, id, pin, or as an object.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProgramNameCompleter))]
    public ProgramReference? Before { get; set; }

    /// <summary>The program after which it runs (tcx, netkit): by name, id, pin, or as an object.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProgramNameCompleter))]
    public ProgramReference? After { get; set; }

    /// <summary>Detach first what is attached to the interface already (XDP).</summary>
    [Parameter]
    public SwitchParameter Replace { get; set; }

    /// <summary>Cgroups, by path: where it is attached, or what a program that takes targets is restricted to.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    public string[] Cgroup { get; set; } = [];

    /// <summary>Which programs the cgroup may have beside this one.</summary>
    [Parameter]
    [ValidateSet("Multi", "Override", "Single")]
    public string CgroupMode { get; set; } = "Multi";

    /// <summary>Processes: where it is attached (uprobe, USDT, perf_event), or what it is restricted to.</summary>
    [Parameter]
    [Alias("Pid")]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    [WholeNumber]
    public int[] ProcessId { get; set; } = [];

    /// <summary>And their children.</summary>
    [Parameter]
    public SwitchParameter IncludeChildren { get; set; }

    /// <summary>Only processes of this name.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CommandCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Command { get; set; } = [];

    /// <summary>Only processes of these users, by name or id.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(UserCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] User { get; set; } = [];

    /// <summary>Only what is in the cgroups of these systemd units.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(UnitCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Unit { get; set; } = [];

    /// <summary>Only what is in these containers, by name or id.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Container { get; set; } = [];

    /// <summary>CPUs (perf_event).</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CpuCompleter))]
    [WholeNumber]
    public int[] Cpu { get; set; } = [];

    /// <summary>The perf event to sample by, or a hashtable of the events of several programs.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PerfEventCompleter))]
    [ValidateNotNullOrEmpty]
    public object? Event { get; set; }

    /// <summary>Samples per second and CPU (perf_event).</summary>
    [Parameter]
    [ValidateRange(1, ulong.MaxValue)]
    [WholeNumber]
    public ulong? Frequency { get; set; }

    /// <summary>One sample for so many occurrences of the event (perf_event).</summary>
    [Parameter]
    [ValidateRange(1, ulong.MaxValue)]
    [WholeNumber]
    public ulong? Period { get; set; }

    /// <summary>What a program is attached to whose section does not say so, or a hashtable of the places of several programs.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TargetCompleter))]
    [ValidateNotNullOrEmpty]
    public object? Target { get; set; }

    /// <summary>The type of a program whose section libbpf does not know, or a hashtable of the types of several programs.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SectionTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public object? ProgramType { get; set; }

    /// <summary>A network namespace (sk_lookup, flow dissector).</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NetworkNamespaceCompleter))]
    [ValidateNotNullOrEmpty]
    public string? NetworkNamespace { get; set; }

    /// <summary>The object's map of sockets (sk_msg, sk_skb).</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ObjectMapCompleter))]
    [ValidateNotNull]
    public MapReference? Map { get; set; }

    /// <summary>A socket as PID/FD (socket_filter, sk_reuseport).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Socket { get; set; }

    /// <summary>A netfilter hook, such as ipv4/prerouting.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NetfilterHookCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Hook { get; set; }

    /// <summary>Pin maps and attachments in bpffs, below the object's name.</summary>
    [Parameter]
    public SwitchParameter Pin { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByProbe)
        {
            var sources = new ProbeOptions
            {
                Tracepoint = Tracepoint, Syscall = Syscall, Function = Function, UserFunction = UserFunction, Usdt = Usdt, Sample = Sample,
                ProcessId = IncludeChildren ? [] : ProcessId,
            }.Sources;
            if (Try(() => StartProbes(sources), sources.Name) is { } traced)
            {
                WriteObject(traced);
            }
            return;
        }
        foreach (var name in Name)
        {
            if (Try(() => Start(name), name) is { } started)
            {
                WriteObject(started);
            }
        }
    }

    private BpfObject? StartProbes(ProbeSources sources)
    {
        var request = ProbeOptions.Request(Filter, Property, Stack, SessionState);
        var probes = sources.Find(request.TextBytes);
        var planned = ProbeStarter.Plan(probes, ref request, out _);
        FilterPlan.RequireKernel(planned.Filters.SelectMany(one => one.Filter.Parts));
        if (!ShouldProcess(VisibleText.Escape(sources.Name), $"Load and attach BPF programs{FilterText.Of(planned.Filters)}"))
        {
            return null;
        }
        var name = ProbeStarter.NameOf(probes);
        return Options(name) is { } options ? Shown(ProbeStarter.Start(probes, request, planned, options), name, options.PinPath) : null;
    }

    private BpfObject? Start(string name)
    {
        // A name that is none is an error also with -WhatIf; compiling is work already.
        var path = ObjectSource.IsSource(name) ? null : ResolveObject(name);
        var plan = path is null ? null : Plan(path);
        if (!ShouldProcess(VisibleText.Escape(name), $"Load and attach BPF programs{FilterText.Of(plan)}"))
        {
            return null;
        }
        path ??= ResolveObject(name);
        plan ??= Plan(path);
        if (Options(ObjectFile.NameOf(path)) is not { } options)
        {
            return null;
        }
        options = options with { Linked = plan?.Images ?? [], RequireLinked = true };
        return Shown(BpfObjectStarter.Start(path, options), name, options.PinPath);
    }

    /// <summary>How to start; null if there is no place for pins.</summary>
    private BpfStartOptions? Options(string name)
    {
        var pin = PinPath ?? (Pin ? name.Replace('.', '_') : null);
        var access = PinAccess(pin is not null, "-Pin or -PinPath");
        if (pin is not null && !FileSystems.RequireBpf(this))
        {
            return null;
        }
        return new BpfStartOptions
        {
            Variables = ObjectSource.Variables(Variable),
            MapSizes = ObjectSource.MapSizes(MapSize),
            Programs = Program,
            Attach = !NoAttach,
            Attachment = AttachParameters.Of(MyInvocation),
            RequireUse = true,
            // -ProcessId and -Cgroup are among the options of attaching; the engine takes them for targets where they are none.
            Targets = new TargetOptions { Command = Command, User = User, Unit = Unit, Container = Container }.Read()
                with { IncludeChildren = IncludeChildren },
            PinPath = pin,
            PinAccess = access,
            Session = ShellSession.Current(),
            Messages = WriteMessage,
        };
    }

    /// <summary>Says what is to be known of a started object.</summary>
    private BpfObject Shown(BpfObject started, string name, string? pin)
    {
        SayChoice(started);
        if (pin is not null)
        {
            FileSystems.WarnOfPrivate(this, pin);
        }
        foreach (var program in started.SampledByDefault)
        {
            WriteVerbose($"'{VisibleText.Escape(program)}' samples the CPU clock (cpu-clock). -Event names another event.");
        }
        if (!started.HasTypes)
        {
            WriteWarning($"'{VisibleText.Escape(name)}' has no type information (BTF, which comes with 'clang -g'), so its events and the "
                + "entries of its maps are bytes.");
        }
        WarnOfSameTool(started);
        return started;
    }

    /// <summary>The filter, all of which the kernel has to decide; null without one.</summary>
    private FilterPlan? Plan(string path)
    {
        var plan = Filter is null ? null
            : FilterPlan.Of(path, _ => true, [], FilterParser.Parse(Filter, SessionState), ScriptRules.Instance);
        plan?.RequireKernel();
        return plan;
    }
}
