using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Finds the kind of hook of each program.</summary>
internal static class ProgramAttacher
{
    // The first that takes a program attaches it.
    private static readonly ProgramHook[] s_hooks =
    [
        new UnattachedHook(), new IteratorHook(), new XdpHook(), new TcxHook(), new TrafficControlHook(), new NetfilterHook(),
            new CgroupHook(), new NetworkNamespaceHook(),
        new SocketMapHook(), new SocketHook(), new SamplingHook(), new UserProbeHook(), new ReplacementHook(), new InfraredHook(),
            new SectionHook(),
    ];

    /// <summary>Says what has to be said before a program is loaded.</summary>
    /// <param name="program">The program.</param>
    /// <param name="attach">Whether it is to be attached as well.</param>
    /// <exception cref="BpfException">It cannot be loaded, or attached, as it is asked for.</exception>
    public static void Prepare(ProgramToAttach program, bool attach)
    {
        KnownSections.Declare(program);
        RequireKnown(program);
        var hook = program.Hook;
        hook.Declare(program);
        if (attach)
        {
            hook.Check(program);
        }
    }

    /// <summary>Fails for an option that says nothing to any of the programs: who gave it expects something of it.</summary>
    /// <exception cref="BpfException">There is one.</exception>
    public static void RequireUse(IReadOnlyList<ProgramToAttach> programs, BpfAttachOptions options)
    {
        var used = programs.SelectMany(program => program.Hook.Parameters(program)).ToHashSet();
        if (options.Given().FirstOrDefault(name => !used.Contains(name)) is { } idle)
        {
            var sections = string.Join(", ", programs.Select(program => program.Section).Distinct());
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"-{idle} says nothing to these programs: none of their sections ({VisibleText.Escape(sections)}) takes it.",
                used.Count > 0 ? $"They take {string.Join(", ", used.Order(StringComparer.Ordinal).Select(name => $"-{name}"))}. Leave -{idle} out." : $"Their sections say all. Leave -{idle} out.");
        }
        if (options.Frequency is not null && options.Period is not null)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, "Both -Frequency and -Period say how often to sample.",
                "Give one of the two.");
        }
    }

    /// <summary>The error for a place that surely is not there; null where it is, or where only the attempt can tell.</summary>
    public static BpfException? Look(ProgramToAttach program) =>
        program.Hook is UserProbeHook ? UserProbeHook.Look(program) : HookNames.Look(program);

    /// <summary>Attaches a program that is loaded, once for each place.</summary>
    /// <exception cref="BpfException">A place does not exist or refuses.</exception>
    public static IEnumerable<Attachment> Attach(ProgramToAttach program) => program.Hook.Attach(program);

    /// <summary>A program of a kind that libbpf does not know cannot even be loaded.</summary>
    private static void RequireKnown(ProgramToAttach program)
    {
        if (program.Type != "unspec")
        {
            return;
        }
        var where = $"Program '{VisibleText.Escape(program.Name)}' is in section '{VisibleText.Escape(program.Section)}'";
        if (KnownSections.Since(program.Section) is { } since)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"{where}, which libbpf knows since version {since}; this system has {LibBpfLibrary.Version}.",
                "Install a newer libbpf1 package, or leave this one out with -Program.");
        }
        var near = KnownSections.Near(program.Section);
        throw new BpfException(BpfErrorKind.InvalidData, $"{where}, which says no kind of program.",
            $"{(near.Count > 0 ? $"Near names are: {string.Join(", ", near)}. " : "")}The sections that libbpf knows are in its documentation, 'Program Types and ELF Sections'; leave this one out with -Program.");
    }

    /// <summary>The kind of hook of a program; <see cref="ProgramToAttach.Hook"/> keeps it.</summary>
    public static ProgramHook HookOf(ProgramToAttach program) => Array.Find(s_hooks, hook => hook.Takes(program))!;
}
