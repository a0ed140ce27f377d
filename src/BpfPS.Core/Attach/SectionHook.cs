using System.Runtime.InteropServices;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Tracing programs whose section or target names the attach point. libbpf attaches them.</summary>
internal sealed class SectionHook : ProgramHook
{
    // The attach point of these is part of the program and must be known when it is loaded.
    private static readonly string[] s_boundAtLoad = ["tp_btf", "tp_btf.s", "iter", "iter.s", "fsession", "fsession.s", "fentry",
        "fentry.s", "fexit", "fexit.s", "fmod_ret", "fmod_ret.s", "lsm", "lsm.s", "lsm_cgroup"];

    // These are loaded as they are, and a call says where to attach them.
    private static readonly string[] s_attachedByCall = ["kprobe", "kretprobe", "ksyscall", "kretsyscall", "kprobe.multi",
        "kretprobe.multi", "kprobe.session", "tp", "tracepoint", "tp.s", "tracepoint.s", "raw_tp", "raw_tracepoint", "raw_tp.w",
        "raw_tracepoint.w", "raw_tp.s", "raw_tracepoint.s"];

    public override bool Takes(ProgramToAttach program) => true;

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) =>
        s_boundAtLoad.Contains(program.Kind) || s_attachedByCall.Contains(program.Kind) ? ["Target"] : [];

    public override void Declare(ProgramToAttach program) => Bind(program);

    /// <summary>
    /// Sets the attach point of a program that needs it for loading, where the options name one. libbpf takes the one in the section
    /// only if none has been set.
    /// </summary>
    /// <exception cref="BpfException">Neither the options nor the section name one, or it does not exist.</exception>
    public static void Bind(ProgramToAttach program)
    {
        if (!s_boundAtLoad.Contains(program.Kind))
        {
            return;
        }
        if (program.Options.Target is { } target)
        {
            var result = LibBpf.bpf_program__set_attach_target(program.Pointer, 0, target);
            if (result is -(int)BpfErrno.ENOENT or -(int)BpfErrno.ESRCH)
            {
                throw HookNames.Unknown(program, -result);
            }
            Errors.ThrowIfNegative(result, program.Operation);
        }
        else if (program.PlaceInSection.Length == 0)
        {
            throw program.Missing("attach point",
                BpfRemedy.With($"Specify the name of a function, tracepoint or hook with {BpfOption.Target}."));
        }
    }

    /// <summary>Attaches a program to the attach point that it was loaded for.</summary>
    /// <returns>libbpf's link; null if errno says why not.</returns>
    public static nint AttachAsLoaded(ProgramToAttach program) =>
        // libbpf finds the way to attach a program by its section, which it does not know if the user had to say the type.
        program.Options.ProgramType is null ? LibBpf.bpf_program__attach(program.Pointer)
            : LibBpf.bpf_program__attach_trace(program.Pointer);

    public override void Check(ProgramToAttach program)
    {
        if (!IsMulti(program) || program.Options.Functions.Count > 0 || FunctionList.Refused() is null)
        {
            return;
        }
        // What the user can mend comes first.
        if (program.Place.Length == 0)
        {
            throw NoPlace(program);
        }
        BpfFileSystem.MountTrace();
        if (FunctionList.Refused() is { } refused && AttachWatch.Explain(program, refused.File, refused.Errno) is { } error)
        {
            throw error;
        }
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        if (program.Kind is "tp" or "tracepoint" or "tp.s" or "tracepoint.s")
        {
            BpfFileSystem.MountTrace();
            if (TracepointAttachment.TryAttach(program) is { } attachment)
            {
                yield return attachment;
                yield break;
            }
        }
        var watch = new AttachWatch(LibBpfMessages.Current);
        nint link;
        int errno;
        using (LibBpfMessages.To(watch))
        {
            link = s_attachedByCall.Contains(program.Kind) ? ByCall(program) : AttachAsLoaded(program);
            errno = Marshal.GetLastPInvokeError();
        }
        yield return link != 0 ? new LinkAttachment(new BpfLinkHandle(link), isSlow: HookErrors.IsByPerfEvent(program))
            : throw Failed(program, errno, watch);
    }

    /// <summary>Takes ownership of the link that libbpf returned, or throws for the errno that it set.</summary>
    public static BpfLinkHandle Taken(ProgramToAttach program, nint link) =>
        link != 0 ? new BpfLinkHandle(link) : throw Failed(program, Marshal.GetLastPInvokeError(), null);

    private static BpfException Failed(ProgramToAttach program, int errno, AttachWatch? watch) =>
        watch?.Explain(program, errno) ?? (BpfErrno)errno switch
        {
            BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP or BpfErrno.EINVAL when HookErrors.TooOld(program, errno) is { } tooOld => tooOld,
            BpfErrno.EOPNOTSUPP => new BpfException(BpfErrorKind.NotSupported, program.Place.Length > 0
                ? $"{program.Operation}: this kernel does not support this attachment type."
                : $"{program.Operation}: the section names no attach point, or this kernel does not support this attachment type.",
                BpfRemedy.With($"Specify an attach point with {BpfOption.Target}, or use {BpfOption.NoAttach} to load the "
                    + $"program without attaching it."), errno),
            BpfErrno.ENOENT or BpfErrno.ESRCH => HookNames.Unknown(program, errno),
            BpfErrno.EBUSY or BpfErrno.EEXIST =>
                new BpfException(BpfErrorKind.AlreadyExists,
                $"{program.Operation}: another program is already attached there ({ErrnoText.Describe(errno)}).",
                BpfRemedy.To(BpfAdvice.ListLinks), errno),
            _ when HookErrors.IsDenied(errno) => HookErrors.Denied(program, errno),
            _ => Errors.FromErrno(errno, program.Operation),
        };

    /// <summary>Attaches a program that a call attaches: libbpf's own for its section, or the one for the specified target.</summary>
    private static nint ByCall(ProgramToAttach program)
    {
        if (program.Options.Functions.Count > 0)
        {
            return Functions(program, program.Options.Functions);
        }
        if (program.Options.Target is not { } target)
        {
            return program.PlaceInSection.Length > 0 ? LibBpf.bpf_program__attach(program.Pointer)
                : throw NoPlace(program);
        }
        return program.Kind switch
        {
            "kprobe" or "kretprobe" => Function(program, target),
            "kprobe.multi" or "kretprobe.multi" or "kprobe.session" => Multi(program, target),
            "ksyscall" or "kretsyscall" => Call(program, target),
            "tp" or "tracepoint" or "tp.s" or "tracepoint.s" =>
                target.Split('/') is [var category, var name] ? LibBpf.bpf_program__attach_tracepoint(program.Pointer, category, name)
                : throw program.Missing("tracepoint with its category",
                    BpfRemedy.With($"Specify {BpfOption.Target} category/name, such as sched/sched_switch.")),
            _ => LibBpf.bpf_program__attach_raw_tracepoint(program.Pointer, target),
        };
    }

    // unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
    private static unsafe nint Function(ProgramToAttach program, string target)
    {
        var (function, offset) = ProbeOffset.Split(program, target);
        var options = new KprobeOptions { Size = (nuint)sizeof(KprobeOptions), Offset = offset,
            IsReturn = (byte)(program.Kind == "kretprobe" ? 1 : 0) };
        return LibBpf.bpf_program__attach_kprobe_opts(program.Pointer, function, &options);
    }

    // unsafe: the callee reads the options, the names and the numbers before it returns; the names are freed then.
    private static unsafe nint Functions(ProgramToAttach program, IReadOnlyList<string> functions)
    {
        var names = new nint[functions.Count];
        try
        {
            for (var i = 0; i < names.Length; i++)
            {
                names[i] = Marshal.StringToCoTaskMemUTF8(functions[i]);
            }
            var numbers = Enumerable.Range(0, names.Length).Select(number => (ulong)number).ToArray();
            fixed (nint* first = names)
            fixed (ulong* cookies = numbers)
            {
                var options = new KprobeMultiOptions { Size = (nuint)sizeof(KprobeMultiOptions), Symbols = (nint)first,
                    Cookies = (nint)cookies, Count = (nuint)names.Length, IsReturn = (byte)(program.Kind == "kretprobe.multi" ? 1 : 0) };
                return LibBpf.bpf_program__attach_kprobe_multi_opts(program.Pointer, null, &options);
            }
        }
        finally
        {
            Array.ForEach(names, Marshal.FreeCoTaskMem);
        }
    }

    // unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
    private static unsafe nint Call(ProgramToAttach program, string target)
    {
        var options = new KsyscallOptions { Size = (nuint)sizeof(KsyscallOptions),
            IsReturn = (byte)(program.Kind == "kretsyscall" ? 1 : 0) };
        return LibBpf.bpf_program__attach_ksyscall(program.Pointer, target, &options);
    }

    private static BpfException NoPlace(ProgramToAttach program) =>
        program.Missing("attach point", BpfRemedy.With($"Specify the name of a function or tracepoint with {BpfOption.Target}."));

    private static bool IsMulti(ProgramToAttach program) => program.Kind is "kprobe.multi" or "kretprobe.multi" or "kprobe.session";

    // unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
    private static unsafe nint Multi(ProgramToAttach program, string pattern)
    {
        var options = new KprobeMultiOptions { Size = (nuint)sizeof(KprobeMultiOptions),
            IsReturn = (byte)(program.Kind == "kretprobe.multi" ? 1 : 0),
            IsSession = (byte)(program.Kind == "kprobe.session" ? 1 : 0) };
        return LibBpf.bpf_program__attach_kprobe_multi_opts(program.Pointer, pattern, &options);
    }
}
