using BpfPS.Btf;
using BpfPS.Host;

namespace BpfPS.TestRuns;

/// <summary>Names the return values of programs.</summary>
internal static class ReturnNames
{
    // include/uapi/linux/pkt_cls.h: macros, which are not in BTF.
    private static readonly string[] s_trafficControl =
        ["TC_ACT_OK", "TC_ACT_RECLASSIFY", "TC_ACT_SHOT", "TC_ACT_PIPE", "TC_ACT_STOLEN", "TC_ACT_QUEUED", "TC_ACT_REPEAT",
            "TC_ACT_REDIRECT", "TC_ACT_TRAP"];

    // enum bpf_ret_code
    private static readonly Dictionary<int, string> s_codes = new()
    {
        [0] = "BPF_OK", [2] = "BPF_DROP", [7] = "BPF_REDIRECT", [128] = "BPF_LWT_REROUTE", [129] = "BPF_FLOW_DISSECTOR_CONTINUE",
    };

    /// <summary>The name of a return value of programs of a type; null if it has none.</summary>
    public static string? Find(string type, int value) => type switch
    {
        "xdp" => KernelBtf.Kernel.Find<BtfEnum>("xdp_action")?.Values.FirstOrDefault(entry => entry.Value == value).Key,
        "sched_cls" or "sched_act" =>
            value == -1 ? "TC_ACT_UNSPEC" : value >= 0 && value < s_trafficControl.Length ? s_trafficControl[value] : null,
        "sk_lookup" => value switch { 0 => "SK_DROP", 1 => "SK_PASS", _ => null },
        "netfilter" => value switch { 0 => "NF_DROP", 1 => "NF_ACCEPT", _ => null },
        "flow_dissector" or "lwt_in" or "lwt_out" or "lwt_xmit" or "lwt_seg6local" => s_codes.GetValueOrDefault(value),
        _ => null,
    };
}
