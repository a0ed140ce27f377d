using BpfPS.Btf;
using BpfPS.Host;

namespace BpfPS.Attach;

/// <summary>Errors for attach points that do not exist, with suggestions of similar names.</summary>
internal static class HookNames
{
    private const int Suggestions = 5;

    /// <summary>The error for a function, tracepoint or file that the section or the target names and that does not exist.</summary>
    public static BpfException Unknown(ProgramToAttach program, int errno)
    {
        var section = program.Section;
        var slash = section.IndexOf('/');
        var kind = slash < 0 ? section : section[..slash];
        var place = slash < 0 ? program.Options.Target ?? "" : section[(slash + 1)..];
        var (what, known) = Known(kind.Split('.')[0]);
        if (kind is "kprobe" or "kretprobe" or "ksyscall" or "kretsyscall" && known.Contains(place.Split('+')[0]))
        {
            return new BpfException(BpfErrorKind.NotSupported,
                $"{program.Operation}: the {what} '{VisibleText.Escape(place)}' exists, but this kernel does not allow a probe on it.",
                "Kprobes may be disabled (CONFIG_KPROBE_EVENTS, /sys/kernel/debug/kprobes/enabled), "
                    + "or the function may be on the kernel's kprobe blacklist.", errno);
        }
        return Missing(program.Operation, what, place, known.Distinct(), kind is "tp" or "tracepoint"
            ? "Tracepoints are listed in /sys/kernel/tracing/available_events." : null, errno);
    }

    /// <summary>
    /// The error, before anything is loaded, for an attach point in a section that certainly does not exist; null if it exists or
    /// only an attempt to attach can show it.
    /// </summary>
    public static BpfException? Look(ProgramToAttach program)
    {
        var slash = program.Section.IndexOf('/');
        var kind = slash < 0 ? "" : program.Section[..slash];
        if (kind is not ("tp" or "tracepoint" or "kprobe" or "kretprobe" or "ksyscall" or "kretsyscall" or "raw_tp" or "raw_tracepoint"))
        {
            return null;
        }
        if (kind is "tp" or "tracepoint")
        {
            BpfFileSystem.MountTrace();
        }
        var (_, known) = Known(kind);
        var names = known.ToHashSet(StringComparer.Ordinal);
        return names.Count == 0 || names.Contains(program.Section[(slash + 1)..].Split('+')[0]) ? null
            : Unknown(program, (int)BpfErrno.ENOENT);
    }

    /// <summary>The error for a name that does not exist.</summary>
    /// <param name="operation">The operation that failed.</param>
    /// <param name="what">The kind of thing that has the name: "interface".</param>
    /// <param name="name">The name.</param>
    /// <param name="known">The names that exist.</param>
    /// <param name="otherwise">The remedy if no name is similar; null for a list of the first names.</param>
    /// <param name="errno">The errno from the kernel, or the one for "not found".</param>
    /// <param name="container">What should have a thing with this name, such as "program drop"; null if that is clear.</param>
    public static BpfException Missing(string operation, string what, string name, IEnumerable<string> known, BpfRemedy? otherwise = null,
        int errno = (int)BpfErrno.ENOENT, string? container = null)
    {
        var names = known.ToArray();
        var near = NearNames.Of(name, names, Suggestions);
        BpfRemedy? remedy = near.Count > 0
            ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}."
            : otherwise ?? (names.Length > 0 ? $"Available: {VisibleText.Escape(string.Join(", ", names.Take(Suggestions * 4)))}." : null);
        return new BpfException(BpfErrorKind.NotFound,
            $"{operation}: there is no {what} '{VisibleText.Escape(name)}'{(container is null ? "" : $" in {container}")}.", remedy, errno);
    }

    /// <summary>The word for the attach points of a kind of section, and the names that exist.</summary>
    private static (string What, IEnumerable<string> Names) Known(string kind) => kind switch
    {
        "tp" or "tracepoint" => ("tracepoint", Lines("/sys/kernel/tracing/available_events")
            .Concat(Lines("/sys/kernel/debug/tracing/available_events")).Select(line => line.Replace(':', '/'))),
        "raw_tp" or "raw_tracepoint" or "tp_btf" => ("raw tracepoint", Types(BtfKind.Typedef, "btf_trace_")),
        "kprobe" or "kretprobe" => ("function", Symbols("")),
        "ksyscall" or "kretsyscall" => ("system call", Symbols("__x64_sys_").Concat(Symbols("__arm64_sys_"))),
        "fentry" or "fexit" or "fmod_ret" or "fsession" => ("function", Types(BtfKind.Function, "")),
        "lsm" or "lsm_cgroup" => ("LSM hook", Types(BtfKind.Function, "bpf_lsm_")),
        "iter" => ("iterator", Types(BtfKind.Function, "bpf_iter_")),
        _ => ("attach point", []),
    };

    private static IEnumerable<string> Symbols(string prefix) => Lines("/proc/kallsyms").Select(line => line.Split(' ', '\t'))
        .Where(fields => fields.Length > 2 && fields[1] is "t" or "T" && fields[2].StartsWith(prefix, StringComparison.Ordinal))
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
