namespace BpfPS.Generation;

/// <summary>The members that the events of all probes have, and those that they have only when somebody asks for them.</summary>
internal static class CommonMembers
{
    /// <summary>The name of the member that says which probe an event is of.</summary>
    public const string Probe = "probe";

    // enum bpf_func_id
    private const int GetProcessor = 8, GetUser = 15, GetCgroup = 80, GetBootTime = 125;

    private const uint CommandBytes = 16; // TASK_COMM_LEN

    /// <summary>The names of those that events have only when somebody asks for them.</summary>
    public static IReadOnlySet<string> OnAsking { get; } =
        new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "ppid", "parent", "gid", "cgroup" };

    /// <summary>The names of all of them.</summary>
    public static IReadOnlySet<string> Names { get; } = new HashSet<string>(OnAsking, StringComparer.OrdinalIgnoreCase)
    {
        "time", Probe, "pid", "tid", "comm", "cpu", "uid", "kernel_stack", "user_stack",
    };

    /// <summary>The members before those of a probe itself.</summary>
    /// <param name="types">The types of the object.</param>
    /// <param name="tag">The number of the enum of probes.</param>
    /// <param name="value">The probe's value in it.</param>
    /// <param name="request">What is wanted of the events.</param>
    public static IEnumerable<TracedMember> Of(EventTypes types, uint tag, int value, ProbeRequest request)
    {
        yield return new("time", types.Time, 8, 8, new HelperSource(GetBootTime, HelperCost: 3));
        yield return new(Probe, tag, 4, 4, new ConstantSource(value));
        yield return new("pid", types.ProcessId, 4, 4, new RegisterSource(Register.R9, Shift: 32));
        yield return new("tid", types.Unsigned(4), 4, 4, new RegisterSource(Register.R9, Shift: 0));
        yield return new("comm", types.Text(CommandBytes), CommandBytes, 1, new CommandSource());
        yield return new("cpu", types.Unsigned(4), 4, 4, new HelperSource(GetProcessor, HelperCost: 1));
        yield return new("uid", types.Unsigned(4), 4, 4, new HelperSource(GetUser, HelperCost: 1));
        yield return new("gid", types.Unsigned(4), 4, 4, new UpperHalfSource(GetUser));
        yield return new("ppid", types.ProcessId, 4, 4, new FunctionSource("bpfps_probe_ppid"));
        yield return new("parent", types.Text(CommandBytes), CommandBytes, 1, new FunctionBytesSource("bpfps_probe_parent"));
        yield return new("cgroup", types.Cgroup, 8, 8, new HelperSource(GetCgroup, HelperCost: 1));
        if (request.HasKernelStack)
        {
            yield return new("kernel_stack", types.KernelStack, 4, 4, new StackSource(ProbeMaps.Stacks, IsOfUser: false));
        }
        if (request.HasUserStack)
        {
            yield return new("user_stack", types.UserStack, 4, 4, new StackSource(ProbeMaps.Stacks, IsOfUser: true));
        }
    }
}
