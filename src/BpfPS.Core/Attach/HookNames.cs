using BpfPS.Btf;
using BpfPS.Host;

namespace BpfPS.Attach;

/// <summary>Errors for attach points that do not exist, with suggestions of similar names.</summary>
internal static class HookNames
{
    private const int Suggestions = 5;

    // A longer list is of no use: nobody finds a name among thousands, and those at its start are not nearer than the others.
    private const int LongestList = 30;

    /// <summary>The error for a function, tracepoint or file that the section or the target names and that does not exist.</summary>
    public static BpfException Unknown(ProgramToAttach program, int errno)
    {
        var known = KnownTo(program.Kind);
        if (program.Kind is "kprobe" or "kretprobe" or "ksyscall" or "kretsyscall" && known.Names.Contains(program.Place.Split('+')[0]))
        {
            return new BpfException(BpfErrorKind.NotSupported,
                $"{program.Operation}: the {known.What} '{VisibleText.Escape(program.Place)}' exists, but this kernel does not allow a "
                    + "probe on it.",
                "Kprobes may be disabled (CONFIG_KPROBE_EVENTS, /sys/kernel/debug/kprobes/enabled), "
                    + "or the function may be on the kernel's kprobe blacklist.", errno);
        }
        var error = Missing(program.Operation, known.What, program.Place, known.Names, known.Listed, errno);
        // Authors write a name that no kernel has where their own user program would set the real one.
        return program.Options.Target is not null || program.PlaceInSection.Length == 0 ? error
            : new BpfException(error.Kind, error.Message, BpfRemedy.With($"{(error.Remedy is { } near ? $"{near} " : "")}If the section "
                + $"only holds the place, specify the real {known.What} with {BpfOption.Target}, or for one of several programs with "
                + $"{BpfOption.Target} @{{ {VisibleText.Escape(program.Name)} = 'NAME' }}."), errno);
    }

    /// <summary>
    /// The error, before anything is loaded, for an attach point that certainly does not exist; null if it exists or only an attempt to
    /// attach can show it.
    /// </summary>
    public static BpfException? Look(ProgramToAttach program)
    {
        if (program.Place.Length == 0)
        {
            return null;
        }
        if (program.Kind.Split('.')[0] is "tp" or "tracepoint")
        {
            BpfFileSystem.MountTrace();
        }
        var names = KnownTo(program.Kind).Names.ToHashSet(StringComparer.Ordinal);
        // "module:function" names a function of a module.
        return names.Count == 0 || program.Place.Contains(':') || names.Contains(program.Place.Split('+')[0]) ? null
            : Unknown(program, (int)BpfErrno.ENOENT);
    }

    /// <summary>The error for a name that does not exist.</summary>
    /// <param name="operation">The operation that failed.</param>
    /// <param name="what">The kind of thing that has the name: "interface".</param>
    /// <param name="name">The name.</param>
    /// <param name="known">The names that exist.</param>
    /// <param name="otherwise">The remedy if no name is similar; null for the names themselves, unless there are many.</param>
    /// <param name="errno">The errno from the kernel, or the one for "not found".</param>
    /// <param name="container">What should have a thing with this name, such as "program drop"; null if that is clear.</param>
    public static BpfException Missing(string operation, string what, string name, IEnumerable<string> known, BpfRemedy? otherwise = null,
        int errno = (int)BpfErrno.ENOENT, string? container = null)
    {
        var names = known.Distinct().ToArray();
        var near = NearNames.Of(name, names, Suggestions);
        BpfRemedy? remedy = near.Count > 0
            ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}."
            : otherwise ?? (names.Length is > 0 and <= LongestList ? $"Available: {VisibleText.Escape(string.Join(", ", names))}."
                : names.Length > LongestList ? $"None of the {names.Length} names that exist is similar." : null);
        return new BpfException(BpfErrorKind.NotFound,
            $"{operation}: there is no {what} '{VisibleText.Escape(name)}'{(container is null ? "" : $" in {container}")}.", remedy, errno);
    }

    /// <summary>The word for the attach points of a kind of section, the names that exist, and where they are listed.</summary>
    private static (string What, IEnumerable<string> Names, string? Listed) KnownTo(string kind) => kind switch
    {
        "tp" or "tracepoint" or "tp.s" or "tracepoint.s" => ("tracepoint", Events().Select(line => line.Replace(':', '/')),
            "Tracepoints are listed in /sys/kernel/tracing/available_events."),
        "raw_tp" or "raw_tracepoint" or "tp_btf" or "raw_tp.w" or "raw_tracepoint.w" or "raw_tp.s" or "raw_tracepoint.s" or "tp_btf.s" =>
            // Those of modules are not in the kernel's own BTF, but each has a function that calls its probes.
            ("raw tracepoint", Types(BtfKind.Typedef, "btf_trace_").Concat(Symbols("__traceiter_")),
            "They are listed in /sys/kernel/tracing/available_events, behind the colon; those of system calls are sys_enter and sys_exit."),
        "kprobe" or "kretprobe" => ("function", Symbols(""), "The kernel's functions are listed in /proc/kallsyms."),
        "ksyscall" or "kretsyscall" => ("system call", Symbols("__x64_sys_").Concat(Symbols("__arm64_sys_")),
            "System calls are listed in /proc/kallsyms with a prefix, such as __x64_sys_read."),
        "fentry" or "fexit" or "fmod_ret" or "fsession" or "fentry.s" or "fexit.s" or "fmod_ret.s" or "fsession.s" =>
            // The functions of modules are in the BTF of the modules.
            ("function", Types(BtfKind.Function, "").Concat(Symbols("")), "The kernel's functions are listed in /proc/kallsyms."),
        "lsm" or "lsm.s" or "lsm_cgroup" => ("LSM hook", Types(BtfKind.Function, "bpf_lsm_"),
            "LSM hooks are listed in /proc/kallsyms as bpf_lsm_NAME."),
        "iter" or "iter.s" => ("iterator", Types(BtfKind.Function, "bpf_iter_").Concat(Symbols("bpf_iter_")),
            "Iterators are listed in /proc/kallsyms as bpf_iter_NAME."),
        _ => ("attach point", [], null),
    };

    private static IEnumerable<string> Events() => BpfFileSystem.TracePlaces.SelectMany(place => Lines($"{place}/available_events"));

    private static IEnumerable<string> Symbols(string prefix) => Lines("/proc/kallsyms").Select(line => line.Split(' ', '\t'))
        .Where(fields => fields.Length > 2 && fields[1] is "t" or "T" or "w" or "W"
            && fields[2].StartsWith(prefix, StringComparison.Ordinal))
            .Select(fields => fields[2][prefix.Length..]);

    private static IEnumerable<string> Types(BtfKind kind, string prefix) => File.Exists("/sys/kernel/btf/vmlinux")
        ? KernelBtf.Kernel.All.Where(type => type.Kind == kind && type.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(type => type.Name[prefix.Length..]) : [];

    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.ReadLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
