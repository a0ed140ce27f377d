namespace BpfPS.TestRuns;

/// <summary>The input and output of test runs of a program type (net/bpf/test_run.c).</summary>
internal sealed record TestRunKind
{
    /// <summary>Whether the input is a packet.</summary>
    public bool TakesData { get; init; }

    /// <summary>The smallest allowed packet, in bytes.</summary>
    public int LeastData { get; init; }

    /// <summary>The struct of its context in the kernel's BTF; null for none.</summary>
    public string? Context { get; init; }

    /// <summary>Whether the context is the struct that the program's own first parameter points to.</summary>
    public bool HasOwnContext { get; init; }

    /// <summary>Whether the context is a list of arguments, as numbers.</summary>
    public bool TakesArguments { get; init; }

    /// <summary>Whether the context is optional.</summary>
    public bool IsContextOptional { get; init; }

    /// <summary>Whether the kernel returns the context.</summary>
    public bool GivesContext { get; init; }

    /// <summary>The struct that the kernel returns instead of the packet; null for the packet.</summary>
    public string? Result { get; init; }

    /// <summary>Whether the kernel can repeat the run, and measure its time.</summary>
    public bool Repeats { get; init; }

    private const int EthernetHeader = 14;

    private static readonly TestRunKind s_packet = new() { TakesData = true, LeastData = EthernetHeader, Context = "__sk_buff",
        GivesContext = true, Repeats = true };

    private static readonly Dictionary<string, TestRunKind> s_kinds = new(StringComparer.Ordinal)
    {
        ["socket_filter"] = s_packet,
        ["sched_cls"] = s_packet,
        ["sched_act"] = s_packet,
        ["cgroup_skb"] = s_packet,
        ["lwt_in"] = s_packet,
        ["lwt_out"] = s_packet,
        ["lwt_xmit"] = s_packet,
        ["lwt_seg6local"] = s_packet,
        ["xdp"] = s_packet with { Context = "xdp_md" },
        ["flow_dissector"] = new() { TakesData = true, LeastData = EthernetHeader, Result = "bpf_flow_keys", Repeats = true },
        ["netfilter"] = new() { TakesData = true, LeastData = EthernetHeader + 20, Context = "nf_hook_state", IsContextOptional = true,
            Repeats = true },
        ["sk_lookup"] = new() { Context = "bpf_sk_lookup", GivesContext = true, Repeats = true },
        ["syscall"] = new() { HasOwnContext = true, GivesContext = true },
        ["raw_tracepoint"] = new() { TakesArguments = true },
        ["tracing"] = new(),
    };

    /// <summary>The kind of a program type; null for types without test runs.</summary>
    public static TestRunKind? Of(string type) => s_kinds.GetValueOrDefault(type);

    /// <summary>The types that can be test-run, for errors.</summary>
    public static string Types => string.Join(", ", s_kinds.Keys);
}
