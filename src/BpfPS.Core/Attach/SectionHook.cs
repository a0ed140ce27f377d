using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Tracing programs whose section, or -Target, says where: libbpf attaches them.</summary>
internal sealed class SectionHook : ProgramHook
{
    // Their place is part of the program, and has to be known when it is loaded.
    private static readonly string[] s_boundAtLoad = ["tp_btf", "tp_btf.s", "iter", "iter.s", "fsession", "fsession.s", "fentry",
        "fentry.s", "fexit", "fexit.s", "fmod_ret", "fmod_ret.s", "lsm", "lsm.s", "lsm_cgroup"];

    public override bool Takes(ProgramToAttach program) => true;

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => program.Section.Contains('/') ? [] : ["Target"];

    public override void Declare(ProgramToAttach program) => Bind(program);

    /// <summary>Says the place of a program whose section does not say it, and that has to be known when it is loaded.</summary>
    /// <exception cref="BpfException">Nobody says it.</exception>
    public static void Bind(ProgramToAttach program)
    {
        if (s_boundAtLoad.Contains(program.Section))
        {
            var target = program.Options.Target
                ?? throw program.Missing("where", "Say it with -Target: a function's, tracepoint's or hook's name.");
            var result = LibBpf.bpf_program__set_attach_target(program.Pointer, 0, target);
            if (result is -(int)BpfErrno.ENOENT or -(int)BpfErrno.ESRCH)
            {
                throw HookNames.Unknown(program, -result);
            }
            Errors.ThrowIfNegative(result, program.Operation);
        }
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        var bySection = s_boundAtLoad.Contains(program.Section) ? null : ByTarget(program);
        if (program.Section.Split('/')[0] is "tp" or "tracepoint")
        {
            BpfFileSystem.MountTrace();
        }
        yield return new LinkAttachment(Taken(program, bySection?.Invoke() ?? LibBpf.bpf_program__attach(program.Pointer)));
    }

    /// <summary>Takes over the link that libbpf gave, or throws for the errno it left.</summary>
    public static BpfLinkHandle Taken(ProgramToAttach program, nint link)
    {
        if (link != 0)
        {
            return new BpfLinkHandle(link);
        }
        var errno = Marshal.GetLastPInvokeError();
        throw (BpfErrno)errno switch
        {
            BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP or BpfErrno.EINVAL when HookErrors.TooOld(program, errno) is { } tooOld => tooOld,
            BpfErrno.EOPNOTSUPP => new BpfException(BpfErrorKind.NotSupported, program.Section.Contains('/')
                ? $"{program.Operation}: this kernel has no such attachment."
                    : $"{program.Operation}: the section does not say where, or this kernel has no such attachment.",
                "Say where with -Target, or start it with -NoAttach to load it only.", errno),
            BpfErrno.ENOENT or BpfErrno.ESRCH => HookNames.Unknown(program, errno),
            BpfErrno.EBUSY or BpfErrno.EEXIST =>
                new BpfException(BpfErrorKind.AlreadyExists,
                $"{program.Operation}: another program is attached there already ({ErrnoText.Describe(errno)}).",
                BpfRemedy.To(BpfAdvice.ListLinks), errno),
            _ => Errors.FromErrno(errno, program.Operation),
        };
    }

    /// <summary>How a section that names no place is attached to the target that was given; null for any other section.</summary>
    private static Func<nint>? ByTarget(ProgramToAttach program)
    {
        var pointer = program.Pointer;
        if (program.Section is not ("kprobe.multi" or "kretprobe.multi" or "kprobe.session" or "kprobe" or "kretprobe" or "ksyscall"
            or "kretsyscall" or "tp" or "tracepoint" or "raw_tp" or "raw_tracepoint" or "raw_tp.w" or "raw_tracepoint.w"))
        {
            return null;
        }
        var target = program.Options.Target ?? throw program.Missing("where", "Say it with -Target: a function's or tracepoint's name.");
        return program.Section switch
        {
            "kprobe" or "kretprobe" => () => LibBpf.bpf_program__attach_kprobe(pointer, program.Section == "kretprobe", target),
            "kprobe.multi" or "kretprobe.multi" or "kprobe.session" => () => Multi(program, target),
            "ksyscall" or "kretsyscall" => () => LibBpf.bpf_program__attach_ksyscall(pointer, target, 0),
            "tp" or "tracepoint" => () =>
                target.Split('/') is [var category, var name] ? LibBpf.bpf_program__attach_tracepoint(pointer, category, name)
                : throw program.Missing("which tracepoint", "Give -Target as category/name, such as sched/sched_switch."),
            _ => () => LibBpf.bpf_program__attach_raw_tracepoint(pointer, target),
        };
    }

    // unsafe: the options are a local struct of the size it states; the callee reads them before it returns.
    private static unsafe nint Multi(ProgramToAttach program, string pattern)
    {
        var options = new KprobeMultiOptions { Size = (nuint)sizeof(KprobeMultiOptions),
            IsReturn = (byte)(program.Section == "kretprobe.multi" ? 1 : 0),
            IsSession = (byte)(program.Section == "kprobe.session" ? 1 : 0) };
        return LibBpf.bpf_program__attach_kprobe_multi_opts(program.Pointer, pattern, &options);
    }
}
