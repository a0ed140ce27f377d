using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Tracing programs whose section or -Target names the attach point. libbpf attaches them.</summary>
internal sealed class SectionHook : ProgramHook
{
    // The attach point of these is part of the program and must be known when it is loaded.
    private static readonly string[] s_boundAtLoad = ["tp_btf", "tp_btf.s", "iter", "iter.s", "fsession", "fsession.s", "fentry",
        "fentry.s", "fexit", "fexit.s", "fmod_ret", "fmod_ret.s", "lsm", "lsm.s", "lsm_cgroup"];

    public override bool Takes(ProgramToAttach program) => true;

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => program.Section.Contains('/') ? [] : ["Target"];

    public override void Declare(ProgramToAttach program) => Bind(program);

    /// <summary>Sets the attach point of a program that needs it for loading and whose section does not name one.</summary>
    /// <exception cref="BpfException">-Target does not name one either, or it does not exist.</exception>
    public static void Bind(ProgramToAttach program)
    {
        if (s_boundAtLoad.Contains(program.Section))
        {
            var target = program.Options.Target
                ?? throw program.Missing("attach point",
                    BpfRemedy.With($"Specify the name of a function, tracepoint or hook with {BpfOption.Target}."));
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

    /// <summary>Takes ownership of the link that libbpf returned, or throws for the errno that it set.</summary>
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
                ? $"{program.Operation}: this kernel does not support this attachment type."
                : $"{program.Operation}: the section names no attach point, or this kernel does not support this attachment type.",
                BpfRemedy.With($"Specify an attach point with {BpfOption.Target}, or use {BpfOption.NoAttach} to load the "
                    + $"program without attaching it."), errno),
            BpfErrno.ENOENT or BpfErrno.ESRCH => HookNames.Unknown(program, errno),
            BpfErrno.EBUSY or BpfErrno.EEXIST =>
                new BpfException(BpfErrorKind.AlreadyExists,
                $"{program.Operation}: another program is already attached there ({ErrnoText.Describe(errno)}).",
                BpfRemedy.To(BpfAdvice.ListLinks), errno),
            _ => Errors.FromErrno(errno, program.Operation),
        };
    }

    /// <summary>The call that attaches a section without an attach point to the specified target; null for any other section.</summary>
    private static Func<nint>? ByTarget(ProgramToAttach program)
    {
        var pointer = program.Pointer;
        if (program.Section is not ("kprobe.multi" or "kretprobe.multi" or "kprobe.session" or "kprobe" or "kretprobe" or "ksyscall"
            or "kretsyscall" or "tp" or "tracepoint" or "raw_tp" or "raw_tracepoint" or "raw_tp.w" or "raw_tracepoint.w"))
        {
            return null;
        }
        var target = program.Options.Target
            ?? throw program.Missing("attach point",
                BpfRemedy.With($"Specify the name of a function or tracepoint with {BpfOption.Target}."));
        return program.Section switch
        {
            "kprobe" or "kretprobe" => () => LibBpf.bpf_program__attach_kprobe(pointer, program.Section == "kretprobe", target),
            "kprobe.multi" or "kretprobe.multi" or "kprobe.session" => () => Multi(program, target),
            "ksyscall" or "kretsyscall" => () => LibBpf.bpf_program__attach_ksyscall(pointer, target, 0),
            "tp" or "tracepoint" => () =>
                target.Split('/') is [var category, var name] ? LibBpf.bpf_program__attach_tracepoint(pointer, category, name)
                : throw program.Missing("tracepoint with its category",
                    BpfRemedy.With($"Specify {BpfOption.Target} category/name, such as sched/sched_switch.")),
            _ => () => LibBpf.bpf_program__attach_raw_tracepoint(pointer, target),
        };
    }

    // unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
    private static unsafe nint Multi(ProgramToAttach program, string pattern)
    {
        var options = new KprobeMultiOptions { Size = (nuint)sizeof(KprobeMultiOptions),
            IsReturn = (byte)(program.Section == "kretprobe.multi" ? 1 : 0),
            IsSession = (byte)(program.Section == "kprobe.session" ? 1 : 0) };
        return LibBpf.bpf_program__attach_kprobe_multi_opts(program.Pointer, pattern, &options);
    }
}
