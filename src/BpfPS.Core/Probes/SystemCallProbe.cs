namespace BpfPS.Probes;

/// <summary>A system call as one probe: its entry and its return.</summary>
/// <param name="Name">The name that people use: "stat", where the tracepoints say "newstat".</param>
/// <param name="Entry">The format of the tracepoint of its entry.</param>
/// <param name="Exit">The format of the tracepoint of its return.</param>
/// <param name="Arguments">Its arguments, with their offsets in the context of the entry's program.</param>
/// <param name="Result">What it returns, with its offset in the context of the exit's program.</param>
internal sealed record SystemCallProbe(string Name, TracepointFormat Entry, TracepointFormat Exit,
    IReadOnlyList<ProbeArgument> Arguments, ProbeArgument Result)
{
    /// <summary>The directory of tracefs that has the tracepoints of system calls.</summary>
    public const string Subsystem = "syscalls";

    /// <summary>What comes before a system call's name in the name of the tracepoint of its entry.</summary>
    public const string EntryPrefix = "sys_enter_";

    /// <summary>What comes before a system call's name in the name of the tracepoint of its return.</summary>
    public const string ExitPrefix = "sys_exit_";

    /// <summary>Puts a system call together.</summary>
    /// <param name="entry">The format of the tracepoint of its entry.</param>
    /// <param name="exit">The format of the tracepoint of its return.</param>
    /// <param name="types">The kernel's types.</param>
    public static SystemCallProbe Of(TracepointFormat entry, TracepointFormat exit, ProbeTypes types)
    {
        var name = entry.Name.StartsWith(EntryPrefix, StringComparison.Ordinal) ? entry.Name[EntryPrefix.Length..] : entry.Name;
        return new(SystemCallAliases.Common(name), entry, exit, SystemCallArguments.Of(name, entry, types),
            SystemCallArguments.Result(name, exit));
    }
}
