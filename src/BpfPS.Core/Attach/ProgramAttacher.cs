using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Finds the hook for each program.</summary>
internal static class ProgramAttacher
{
    // The first hook that accepts a program attaches it, so the order matters.
    private static readonly ProgramHook[] s_hooks =
    [
        new UnattachedHook(), new IteratorHook(), new XdpHook(), new TcxHook(), new TrafficControlHook(), new NetfilterHook(),
            new CgroupHook(), new NetworkNamespaceHook(),
        new SocketMapHook(), new SocketHook(), new SamplingHook(), new UserProbeHook(), new ReplacementHook(), new InfraredHook(),
            new SectionHook(),
    ];

    /// <summary>Sets and checks everything that must be known before a program is loaded.</summary>
    /// <param name="program">The program.</param>
    /// <param name="attach">Whether to attach it as well.</param>
    /// <exception cref="BpfException">The program cannot be loaded or attached as requested.</exception>
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

    /// <summary>Fails if an option applies to none of the programs: whoever specified it expects it to have an effect.</summary>
    /// <exception cref="BpfException">Such an option is set.</exception>
    public static void RequireUse(IReadOnlyList<ProgramToAttach> programs, BpfAttachOptions options)
    {
        var used = programs.SelectMany(program => program.Hook.Parameters(program)
            .Concat(program.Options.ProgramType is null ? [] : [nameof(BpfAttachOptions.ProgramType)])).ToHashSet();
        if (options.Given().FirstOrDefault(name => !used.Contains(name)) is { } idle)
        {
            var sections = string.Join(", ", programs.Select(program => program.SectionInFile).Distinct());
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"{idle} does not apply to any of these programs (sections: {VisibleText.Escape(sections)}).",
                used.Count > 0
                    ? BpfRemedy.With($"Remove {Option(idle)}. They accept {used.Order(StringComparer.Ordinal).Select(Option)}.")
                    : BpfRemedy.With($"The section names already say where to attach. Remove {Option(idle)}."));
        }
        if (options.Frequency is not null && options.Period is not null)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, "A frequency and a period both set how often to sample.",
                BpfRemedy.With($"Specify only one of {BpfOption.Frequency} and {BpfOption.Period}."));
        }
    }

    /// <summary>The error for an attach point that certainly does not exist; null if it exists or only an attempt can show it.</summary>
    public static BpfException? Look(ProgramToAttach program) =>
        program.Hook is UserProbeHook ? UserProbeHook.Look(program) : HookNames.Look(program);

    /// <summary>Attaches a loaded program, once for each attach point.</summary>
    /// <exception cref="BpfException">An attach point does not exist, or the kernel refuses to attach there.</exception>
    public static IEnumerable<Attachment> Attach(ProgramToAttach program) => program.Hook.Attach(program);

    private static BpfOption Option(string parameter) => Enum.Parse<BpfOption>(parameter);

    /// <summary>Fails for a program whose kind libbpf does not know: it cannot even be loaded.</summary>
    private static void RequireKnown(ProgramToAttach program)
    {
        if (program.Type != "unspec")
        {
            return;
        }
        var where = $"Program '{VisibleText.Escape(program.Name)}' is in section '{VisibleText.Escape(program.SectionInFile)}'";
        if (KnownSections.Since(program.Section) is { } since)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"{where}, which requires libbpf {since} or later. This system has libbpf {LibBpfLibrary.Version}.",
                BpfRemedy.With($"Install a newer libbpf1 package, or use {BpfOption.Program} to start only the other programs."));
        }
        var near = KnownSections.Near(program.Section);
        throw new BpfException(BpfErrorKind.InvalidData, $"{where}, which is not the name of a program type.",
            BpfRemedy.With($"{(near.Count > 0 ? $"Similar names: {string.Join(", ", near)}. " : "")}"
                + $"If the name is of your own making, specify the type with {BpfOption.ProgramType}, such as xdp. "
                + $"libbpf's documentation lists the sections that it knows under 'Program Types and ELF Sections'. "
                + $"Use {BpfOption.Program} to start only the other programs."));
    }

    /// <summary>Finds the hook of a program; <see cref="ProgramToAttach.Hook"/> keeps the result.</summary>
    public static ProgramHook HookOf(ProgramToAttach program) => Array.Find(s_hooks, hook => hook.Takes(program))!;
}
