using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Host;

/// <summary>The names of types that libbpf and bpftool use.</summary>
internal static class TypeNames
{
    // Types that are newer than the oldest supported libbpf.
    private static readonly Dictionary<uint, string> s_newerMaps = new() { [33] = "arena", [34] = "insn_array", [35] = "rhash" };

    private static readonly Dictionary<uint, string> s_newerPrograms = new() { [32] = "netfilter" };

    private static readonly Dictionary<uint, string> s_newerLinks = new()
    {
        [10] = "netfilter", [11] = "tcx", [12] = "uprobe_multi", [13] = "netkit", [14] = "sockmap", [15] = "tracing_multi",
    };

    private static readonly Dictionary<uint, string> s_newerAttachments = new()
    {
        [44] = "struct_ops", [45] = "netfilter", [46] = "tcx_ingress", [47] = "tcx_egress", [48] = "trace_uprobe_multi",
            [49] = "cgroup_unix_connect",
        [50] = "cgroup_unix_sendmsg", [51] = "cgroup_unix_recvmsg", [52] = "cgroup_unix_getpeername", [53] = "cgroup_unix_getsockname",
        [54] = "netkit_primary", [55] = "netkit_peer", [56] = "trace_kprobe_session", [57] = "trace_uprobe_session",
        [58] = "trace_fsession", [59] = "trace_fentry_multi", [60] = "trace_fexit_multi", [61] = "trace_fsession_multi",
    };

    public static string Map(uint type) => s_newerMaps.GetValueOrDefault(type) ?? Text(LibBpf.libbpf_bpf_map_type_str((int)type), type);

    /// <summary>The number of a map type by its name, ignoring case and underscores; null if there is no such type.</summary>
    public static uint? MapNumber(string name)
    {
        for (var type = 1u; s_newerMaps.ContainsKey(type) || LibBpf.libbpf_bpf_map_type_str((int)type) != 0; type++)
        {
            if (IsSame(Map(type), name))
            {
                return type;
            }
        }
        return s_newerMaps.Where(newer => IsSame(newer.Value, name)).Select(newer => (uint?)newer.Key).FirstOrDefault();
    }

    /// <summary>Whether two type names are the same, ignoring case and underscores.</summary>
    public static bool IsSame(string one, string other) => Plain(one) == Plain(other);

    /// <summary>A type's name without underscores, in lower case.</summary>
    public static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    public static string Program(uint type) =>
        s_newerPrograms.GetValueOrDefault(type) ?? Text(LibBpf.libbpf_bpf_prog_type_str((int)type), type);

    public static string Link(uint type) => s_newerLinks.GetValueOrDefault(type) ?? Text(LibBpf.libbpf_bpf_link_type_str((int)type), type);

    /// <summary>The name of an attach type, such as "cgroup_inet_egress".</summary>
    public static string Attachment(uint type) =>
        s_newerAttachments.GetValueOrDefault(type) ?? Text(LibBpf.libbpf_bpf_attach_type_str((int)type), type);

    // The kernel may have types that the system's libbpf does not know yet.
    private static string Text(nint name, uint type) =>
        Marshal.PtrToStringUTF8(name) ?? string.Create(CultureInfo.InvariantCulture, $"type_{type}");
}
