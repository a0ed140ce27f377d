using BpfPS.Attach;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Loading;

/// <summary>Errors for loads that the kernel rejected before the verifier ran.</summary>
internal static class LoadErrors
{
    // The kernel's bpf_prog_load() requires CAP_NET_ADMIN for these (is_net_admin_prog_type in kernel/bpf/syscall.c).
    private static readonly string[] s_network =
    [
        "sched_cls", "sched_act", "xdp", "lwt_in", "lwt_out", "lwt_xmit", "lwt_seg6local", "sk_skb", "sk_msg", "flow_dissector",
            "cgroup_device", "cgroup_sock", "cgroup_sock_addr",
        "cgroup_sockopt", "cgroup_sysctl", "sock_ops", "ext", "netfilter", "lirc_mode2",
    ];

    // map_create() requires it for these.
    private static readonly string[] s_networkMaps = ["sockmap", "sockhash", "devmap", "devmap_hash", "xskmap"];

    // Their entries belong to something else, which limits them; max_entries must be 0, or is not looked at.
    private static readonly string[] s_withoutSize =
        ["sk_storage", "inode_storage", "task_storage", "cgrp_storage", "cgroup_storage", "percpu_cgroup_storage", "struct_ops"];

    private static readonly string[] s_named = ["tracing", "lsm"];

    /// <summary>The error for a program that was rejected without a log; null if there is nothing to add to the errno.</summary>
    /// <param name="program">The program.</param>
    /// <param name="errno">A positive errno.</param>
    public static BpfException? Explain(ProgramToAttach program, int errno) => (BpfErrno)errno switch
    {
        BpfErrno.EPERM or BpfErrno.EACCES when s_network.Contains(program.Type) && !Privileges.Has(Capability.NetAdmin)
            && !Privileges.Has(Capability.SysAdmin) => Privileges.Denied(Operation(program), errno, [Capability.NetAdmin],
            $"programs of type {program.Type}"),
        // libbpf looks for the attach point in the kernel's types before it loads the program.
        BpfErrno.ENOENT or BpfErrno.ESRCH when s_named.Contains(program.Type) => HookNames.Unknown(program, errno),
        BpfErrno.EINVAL or BpfErrno.E2BIG => HookErrors.TooOld(program, errno),
        _ => null,
    };

    /// <summary>The error for a map that could not be created.</summary>
    /// <param name="file">The object.</param>
    /// <param name="name">The map's name.</param>
    /// <param name="operation">The operation that failed.</param>
    /// <param name="errno">A positive errno.</param>
    /// <param name="watch">What libbpf said.</param>
    public static BpfException ExplainMap(ObjectFile file, string name, string operation, int errno, LoadWatch watch)
    {
        var map = file.Maps().FirstOrDefault(map => ObjectFile.Text(LibBpf.bpf_map__name(map)) == name);
        var type = map == 0 ? "" : TypeNames.Map((uint)LibBpf.bpf_map__type(map));
        var what = $"{operation}, map '{VisibleText.Escape(name)}'";
        if ((BpfErrno)errno == BpfErrno.EPERM && s_networkMaps.Contains(type) && !Privileges.Has(Capability.NetAdmin)
            && !Privileges.Has(Capability.SysAdmin))
        {
            return Privileges.Denied(what, errno, [Capability.NetAdmin], $"maps of type {type}");
        }
        if ((BpfErrno)errno == BpfErrno.EINVAL && map != 0 && LibBpf.bpf_map__max_entries(map) == 0 && !s_withoutSize.Contains(type))
        {
            return new BpfException(BpfErrorKind.InvalidArgument,
                $"{what}: it has no size (max_entries is 0). The program leaves that to the one who starts it.",
                BpfRemedy.With($"Give the number of its entries with "
                    + $"{BpfOption.MapSize}: @{{ {VisibleText.Escape(name)} = 10240 }}."), errno);
        }
        var error = Errors.FromErrno(errno, what);
        return error.Advised is not null ? error : WithReason(error, watch, BpfRemedy.To(BpfAdvice.ShowMessages));
    }

    /// <summary>An error with the reason that libbpf gave, where it gave one.</summary>
    public static BpfException WithReason(BpfException error, LoadWatch watch, BpfRemedy otherwise) => watch.Reason is { } reason
        ? new BpfException(error.Kind, $"{error.Message.TrimEnd('.')}: {reason}.", otherwise, (int)error.Errno)
        : new BpfException(error.Kind, error.Message, otherwise, (int)error.Errno);

    private static string Operation(ProgramToAttach program) =>
        $"Loading program '{VisibleText.Escape(program.Name)}' (section {VisibleText.Escape(program.Section)})";
}
