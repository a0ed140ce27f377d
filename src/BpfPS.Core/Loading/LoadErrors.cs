using BpfPS.Attach;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Loading;

/// <summary>What a refusal to load, before the verifier has a word to say, means for a kind of program.</summary>
internal static class LoadErrors
{
    // bpf_prog_load() in the kernel asks CAP_NET_ADMIN for these (is_net_admin_prog_type in kernel/bpf/syscall.c).
    private static readonly string[] s_network =
    [
        "sched_cls", "sched_act", "xdp", "lwt_in", "lwt_out", "lwt_xmit", "lwt_seg6local", "sk_skb", "sk_msg", "flow_dissector",
            "cgroup_device", "cgroup_sock", "cgroup_sock_addr",
        "cgroup_sockopt", "cgroup_sysctl", "sock_ops", "ext", "netfilter", "lirc_mode2",
    ];

    // map_create() asks it for these.
    private static readonly string[] s_networkMaps = ["sockmap", "sockhash", "devmap", "devmap_hash", "xskmap"];

    private static readonly string[] s_named = ["tracing", "lsm"];

    /// <summary>The error for a program that was refused without a word; null where the errno says as much as there is to say.</summary>
    /// <param name="program">The program.</param>
    /// <param name="errno">A positive errno.</param>
    public static BpfException? Explain(ProgramToAttach program, int errno) => (BpfErrno)errno switch
    {
        BpfErrno.EPERM or BpfErrno.EACCES when s_network.Contains(program.Type) && !Privileges.Has(Capability.NetAdmin)
            && !Privileges.Has(Capability.SysAdmin) => new BpfException(BpfErrorKind.PermissionDenied,
            $"{Operation(program)}: {ErrnoText.Describe(errno)}. This process (user id {Libc.geteuid()}) lacks {Privileges.Name(Capability.NetAdmin)}, which programs of type {program.Type} need.",
            "Run the shell as root (sudo), or give its process that capability.", errno),
        // libbpf looks for the place in the kernel's types before it asks the kernel.
        BpfErrno.ENOENT or BpfErrno.ESRCH when s_named.Contains(program.Type) => HookNames.Unknown(program, errno),
        BpfErrno.EINVAL or BpfErrno.E2BIG => HookErrors.TooOld(program, errno),
        _ => null,
    };

    /// <summary>The error for a map that could not be made.</summary>
    /// <param name="file">The object.</param>
    /// <param name="name">The map's name.</param>
    /// <param name="operation">What was being done.</param>
    /// <param name="errno">A positive errno.</param>
    public static BpfException ExplainMap(ObjectFile file, string name, string operation, int errno)
    {
        var map = file.Maps().FirstOrDefault(map => ObjectFile.Text(LibBpf.bpf_map__name(map)) == name);
        var type = map == 0 ? "" : TypeNames.Map((uint)LibBpf.bpf_map__type(map));
        var what = $"{operation}, map '{VisibleText.Escape(name)}'";
        if ((BpfErrno)errno == BpfErrno.EPERM && s_networkMaps.Contains(type) && !Privileges.Has(Capability.NetAdmin)
            && !Privileges.Has(Capability.SysAdmin))
        {
            return new BpfException(BpfErrorKind.PermissionDenied,
                $"{what}: {ErrnoText.Describe(errno)}. This process (user id {Libc.geteuid()}) lacks {Privileges.Name(Capability.NetAdmin)}, which maps of type {type} need.",
                "Run the shell as root (sudo), or give its process that capability.", errno);
        }
        var error = Errors.FromErrno(errno, what);
        return error.Advised is not null ? error
            : new BpfException(error.Kind, error.Message, "-Verbose and -Debug show what libbpf says about it.", errno);
    }

    private static string Operation(ProgramToAttach program) =>
        $"Loading program '{VisibleText.Escape(program.Name)}' (section {VisibleText.Escape(program.Section)})";
}
