using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the types that a map's key or value can have.</summary>
public sealed class TypeNameCompleter : NameCompleter
{
    private static readonly (string, string)[] s_types =
    [
        ("u8", "8 bits"), ("u16", "16 bits"), ("u32", "32 bits"), ("u64", "64 bits"),
        ("s8", "8 bits, with a sign"), ("s16", "16 bits, with a sign"), ("s32", "32 bits, with a sign"), ("s64", "64 bits, with a sign"),
        ("char[16]", "text, or bytes"),
        ("bpfps_time_t", "nanoseconds since boot, shown as a time"), ("bpfps_duration_t", "nanoseconds, shown as a duration"),
        ("bpfps_ipv4_t", "an IPv4 address"), ("bpfps_ipv6_t", "an IPv6 address"),
        ("bpfps_ip_t", "an address of either family"), ("bpfps_mac_t", "a MAC address"),
        ("bpfps_port_t", "a port in network byte order"), ("bpfps_errno_t", "an errno, shown by its name"),
        ("bpfps_cgroup_t", "a cgroup's id"), ("bpfps_pid_t", "a process id"),
        ("bpfps_device_t", "a device's number (dev_t), shown with its name"),
        ("struct { u32 id; u64 count; }", "members of your own"),
    ];

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => s_types;
}
