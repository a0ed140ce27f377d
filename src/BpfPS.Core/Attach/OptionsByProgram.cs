using BpfPS.Files;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Decides which programs of an object an option is for, and checks the names of those that are named.</summary>
internal static class OptionsByProgram
{
    /// <summary>The options with a target and a type for each program that they are for, and none for the others.</summary>
    /// <param name="file">The object, in which the programs that will be loaded are chosen.</param>
    /// <param name="options">The options as the user specified them.</param>
    /// <exception cref="BpfException">A program that is named does not exist, is not loaded, or has no use for the option.</exception>
    public static BpfAttachOptions Resolve(ObjectFile file, BpfAttachOptions options)
    {
        RequireLoaded(file, BpfOption.Event, options.Events.Keys);
        RequireLoaded(file, BpfOption.ProgramType, options.ProgramTypes.Keys);
        RequireLoaded(file, BpfOption.Target, options.Targets.Keys);
        var typed = WithTypes(file, options);
        RequireUse(file, typed, BpfOption.Event, options.Events.Keys);
        RequireUse(file, typed, BpfOption.Target, options.Targets.Keys);
        return WithTargets(file, typed);
    }

    private static void RequireLoaded(ObjectFile file, BpfOption option, IEnumerable<string> named)
    {
        foreach (var name in named)
        {
            var program = file.FindProgram(name);
            if (!LibBpf.bpf_program__autoload(program))
            {
                throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"Program '{VisibleText.Escape(name)}' is not among those that are started.",
                    BpfRemedy.With($"Remove it from {option}, or name it with {BpfOption.Program} too."));
            }
        }
    }

    private static void RequireUse(ObjectFile file, BpfAttachOptions options, BpfOption option, IEnumerable<string> named)
    {
        foreach (var program in Programs(file, options).Where(program => named.Contains(program.Name)))
        {
            // A program whose type is unknown still gets an error of its own.
            if (program.Type != "unspec" && !program.Hook.Parameters(program).Contains($"{option}"))
            {
                throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"{option} does not apply to program '{VisibleText.Escape(program.Name)}' "
                        + $"(section {VisibleText.Escape(program.SectionInFile)}).", BpfRemedy.With($"Remove it from {option}."));
            }
        }
    }

    private static BpfAttachOptions WithTypes(ObjectFile file, BpfAttachOptions options)
    {
        var untyped = Programs(file, options with { ProgramType = null, ProgramTypes = new Dictionary<string, string>() })
            .Where(program => program.Type == "unspec").ToDictionary(program => program.Name);
        foreach (var (name, type) in options.ProgramTypes)
        {
            if (!untyped.ContainsKey(name))
            {
                var program = Programs(file, options).First(program => program.Name == name);
                throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"Program '{VisibleText.Escape(name)}' is in section '{VisibleText.Escape(program.SectionInFile)}', which says its "
                        + $"type already: {program.Type}.", BpfRemedy.With($"Remove it from {BpfOption.ProgramType}."));
            }
            RequireType(type);
        }
        if (options.ProgramType is not null)
        {
            RequireType(options.ProgramType);
        }
        var types = untyped.Keys.Select(name => (Name: name, Type: options.ProgramTypes.GetValueOrDefault(name) ?? options.ProgramType))
            .Where(program => program.Type is not null).ToDictionary(program => program.Name, program => program.Type!);
        var typed = options with { ProgramType = null, ProgramTypes = types };
        foreach (var program in Programs(file, typed))
        {
            KnownSections.Declare(program);
        }
        return typed;
    }

    private static void RequireType(string type)
    {
        if (KnownSections.OfType(type) is not null)
        {
            return;
        }
        if (KnownSections.Since(type) is { } since)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"Programs of type '{VisibleText.Escape(type)}' require libbpf {since} or later. "
                    + $"This system has libbpf {LibBpfLibrary.Version}.", "Install a newer libbpf1 package.");
        }
        if (KnownSections.OfAmbiguousType(type) is { Count: > 0 } sections)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Programs of type {type} can be attached in several ways, and a program is loaded for one of them.",
                BpfRemedy.With($"Specify the way with {BpfOption.ProgramType}: {string.Join(", ", sections)}."));
        }
        var near = NearNames.Of(type, KnownSections.TypeNames, 5);
        throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(type)}' is not a type of programs.",
            $"{(near.Count > 0 ? $"Similar names: {string.Join(", ", near)}. " : "")}Specify a type such as xdp, kprobe or sched_cls, "
                + "or a section that has it, such as cgroup/connect4.");
    }

    /// <summary>
    /// A plain target is for the programs whose sections leave the attach point open. If none does, it replaces the one in the section:
    /// that of the only program, or those that do not exist, which only hold the place of the real one.
    /// </summary>
    private static BpfAttachOptions WithTargets(ObjectFile file, BpfAttachOptions options)
    {
        if (options.Target is not { } target)
        {
            return options;
        }
        var takers = Programs(file, options with { Target = null }).Where(program => !options.Targets.ContainsKey(program.Name)
            && program.Type != "unspec" && program.Hook.Parameters(program).Contains(nameof(BpfAttachOptions.Target))).ToArray();
        ProgramToAttach[] chosen = [.. takers.Where(program => !program.Hook.NamesPlace(program))];
        if (chosen.Length == 0)
        {
            chosen = takers.Length == 1 ? takers : [.. takers.Where(program => ProgramAttacher.Look(program) is not null)];
        }
        if (takers.Length > 0 && chosen.Length == 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"The sections of {takers.Length} programs name attach points, which all exist, and it is not clear which of them the "
                    + $"target '{VisibleText.Escape(target)}' should replace.",
                BpfRemedy.With($"Name the program: {BpfOption.Target} @{{ {VisibleText.Escape(takers[0].Name)} = "
                    + $"'{VisibleText.Escape(target)}' }}. The programs are: "
                    + $"{VisibleText.Escape(string.Join(", ", takers.Select(program => program.Name)))}."));
        }
        return options with
        {
            Target = null,
            Targets = options.Targets.Concat(chosen.Select(program => KeyValuePair.Create(program.Name, target))).ToDictionary(),
        };
    }

    // A damaged object can have two programs of one name.
    private static IEnumerable<ProgramToAttach> Programs(ObjectFile file, BpfAttachOptions options) =>
        file.Programs().Where(LibBpf.bpf_program__autoload).Select(program => new ProgramToAttach(program, file, options))
            .DistinctBy(program => program.Name);
}
