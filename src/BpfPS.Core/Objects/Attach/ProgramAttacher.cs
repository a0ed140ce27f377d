using BpfPS.Native;

namespace BpfPS;

/// <summary>Finds the kind of hook of each program.</summary>
internal static class ProgramAttacher
{
    // The first that takes a program attaches it.
    private static readonly ProgramHook[] s_hooks =
    [
        new UnattachedHook(), new IteratorHook(), new XdpHook(), new TcxHook(), new TrafficControlHook(), new NetfilterHook(), new CgroupHook(), new NetworkNamespaceHook(),
        new SocketMapHook(), new SocketHook(), new SamplingHook(), new UserProbeHook(), new ReplacementHook(), new SectionHook(),
    ];

    // What libbpf came to know after 1.1, the oldest that is supported, and is not attached here without it.
    private static readonly Dictionary<string, string> s_newerSections = new()
    {
        ["uprobe.multi"] = "1.3", ["uretprobe.multi"] = "1.3", ["uprobe.multi.s"] = "1.3", ["uretprobe.multi.s"] = "1.3", ["struct_ops.s"] = "1.2",
        ["kprobe.session"] = "1.5", ["uprobe.session"] = "1.6", ["uprobe.session.s"] = "1.6",
        ["cgroup/connect_unix"] = "1.3", ["cgroup/sendmsg_unix"] = "1.3", ["cgroup/recvmsg_unix"] = "1.3", ["cgroup/getpeername_unix"] = "1.3", ["cgroup/getsockname_unix"] = "1.3",
    };

    /// <summary>Says what has to be said before a program is loaded.</summary>
    /// <param name="program">The program.</param>
    /// <param name="attach">Whether it is to be attached as well.</param>
    /// <exception cref="BpfException">It cannot be loaded, or attached, as it is asked for.</exception>
    public static void Prepare(ProgramToAttach program, bool attach)
    {
        RequireKnown(program);
        var hook = HookOf(program);
        hook.Declare(program);
        if (attach)
        {
            hook.Check(program);
        }
    }

    /// <summary>Attaches a program that is loaded, once for each place.</summary>
    /// <exception cref="BpfException">A place does not exist or refuses.</exception>
    public static IEnumerable<Attachment> Attach(ProgramToAttach program) => HookOf(program).Attach(program);

    /// <summary>A program of a kind that libbpf does not know cannot even be loaded.</summary>
    private static void RequireKnown(ProgramToAttach program)
    {
        if (program.Type != "unspec" || HookOf(program) is not SectionHook)
        {
            return;
        }
        var word = program.Section.Split('/')[0];
        var since = s_newerSections.GetValueOrDefault(program.Section) ?? s_newerSections.GetValueOrDefault(word);
        throw since is not null
            ? new BpfException(BpfErrorKind.NotSupported, $"Program '{RecordText.Escape(program.Name)}' is in section '{RecordText.Escape(program.Section)}', which libbpf knows since version {since}; this system has {LibBpfLibrary.Version}.",
                "Install a newer libbpf1 package.")
            : new BpfException(BpfErrorKind.InvalidData, $"Program '{RecordText.Escape(program.Name)}' is in section '{RecordText.Escape(program.Section)}', which says no kind of program.",
                "The sections that libbpf knows are in its documentation, 'Program Types and ELF Sections'; leave this one out with -Program.");
    }

    private static ProgramHook HookOf(ProgramToAttach program) => Array.Find(s_hooks, hook => hook.Takes(program))!;
}
