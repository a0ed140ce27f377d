using BpfPS.Native;

namespace BpfPS;

/// <summary>Errors for places that do not exist, with those that are called much alike.</summary>
internal static class HookNames
{
    private const int Suggestions = 5;

    /// <summary>The error for a function, tracepoint or file that the section or the target names and that is not there.</summary>
    public static BpfException Unknown(ProgramToAttach program, int errno)
    {
        var section = program.Section;
        var slash = section.IndexOf('/');
        var kind = slash < 0 ? section : section[..slash];
        var place = slash < 0 ? program.Options.Target ?? "" : section[(slash + 1)..];
        var (what, known) = kind switch
        {
            "tp" or "tracepoint" => ("tracepoint", Lines("/sys/kernel/tracing/available_events").Concat(Lines("/sys/kernel/debug/tracing/available_events")).Select(line => line.Replace(':', '/'))),
            "kprobe" or "kretprobe" or "kprobe.multi" or "kretprobe.multi" or "ksyscall" or "kretsyscall" => ("function",
                Lines("/proc/kallsyms").Select(line => line.Split(' ', '\t')).Where(fields => fields.Length > 2 && fields[1] is "t" or "T").Select(fields => fields[2])),
            _ => ("place", []),
        };
        if (kind is "kprobe" or "kretprobe" && known.Contains(place.Split('+')[0]))
        {
            return new BpfException(BpfErrorKind.NotSupported, $"{program.Operation}: the function '{RecordText.Escape(place)}' is there, and this kernel gives it no probe.",
                "Kprobes may be switched off (CONFIG_KPROBE_EVENTS, /sys/kernel/debug/kprobes/enabled), or the function is on their list of exceptions.", errno);
        }
        return Missing(program.Operation, what, place, known.Distinct(), kind is "tp" or "tracepoint" ? "Tracepoints are listed in /sys/kernel/tracing/available_events." : null, errno);
    }

    /// <summary>The error for a name that is none of those that there are.</summary>
    /// <param name="operation">What was being done.</param>
    /// <param name="what">What the name is of: "interface".</param>
    /// <param name="name">The name.</param>
    /// <param name="known">The names that there are.</param>
    /// <param name="otherwise">What to say when none is near; null for a list of the first.</param>
    /// <param name="errno">The kernel's own errno, or that for "not there".</param>
    public static BpfException Missing(string operation, string what, string name, IEnumerable<string> known, string? otherwise = null, int errno = (int)BpfErrno.ENOENT)
    {
        var names = known.ToArray();
        var near = NearNames.Of(name, names, Suggestions);
        var remedy = near.Count > 0 ? $"Near names are: {RecordText.Escape(string.Join(", ", near))}."
            : otherwise ?? (names.Length > 0 ? $"There are: {RecordText.Escape(string.Join(", ", names.Take(Suggestions * 4)))}." : null);
        return new BpfException(BpfErrorKind.NotFound, $"{operation}: there is no {what} '{RecordText.Escape(name)}'.", remedy, errno);
    }

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
