using BpfPS.Attach;
using BpfPS.Files;
using BpfPS.Native;

namespace BpfPS.Loading;

/// <summary>
/// Programs of one object of which only one is meant: the same thing for kernels that have a better kind of hook and for those that do
/// not. Their own user program would choose; both together count everything twice.
/// </summary>
internal static class Alternatives
{
    // For each kind of section: what it hooks, in one word, and how good it is. The best one that this kernel has is taken.
    private static readonly Dictionary<string, (string Place, int Rank)> s_kinds = new()
    {
        ["tp_btf"] = ("tracepoint", 2), ["raw_tp"] = ("tracepoint", 1), ["raw_tracepoint"] = ("tracepoint", 1),
        ["fentry"] = ("entry", 2), ["kprobe"] = ("entry", 1), ["fexit"] = ("return", 2), ["kretprobe"] = ("return", 1),
    };

    private const string OneOf = "bpfps:one_of=";

    /// <summary>
    /// Of programs that are declared to be one (BPFPS_ONE_OF of bpfps.h), has only the first loaded whose hook this kernel has; of others,
    /// only the better of two programs for one hook.
    /// </summary>
    /// <param name="file">The object, before it is loaded.</param>
    /// <param name="options">Where to attach its programs. Of two for one hook, the only one that has a place here is meant.</param>
    /// <returns>The names of the programs that were taken, each with the one that was not, and why it was not.</returns>
    public static IReadOnlyList<ChosenProgram> Choose(ObjectFile file,
        BpfAttachOptions options)
    {
        var chosen = new List<ChosenProgram>();
        ChooseDeclared(file, options, chosen);
        // Those of bpfps_targets.h are always meant, whatever else the object has at their hooks.
        var places = file.Programs().Where(LibBpf.bpf_program__autoload).Select(Describe)
            .Where(program => program.Rank > 0 && !TargetMap.IsFollower(program.Name)).GroupBy(program => program.Place);
        foreach (var place in places)
        {
            // Two of one kind are two programs for one hook, and both are meant.
            if (place.OrderByDescending(program => program.Rank).ToArray() is not [{ Rank: 2 } better, { Rank: 1 } other])
            {
                continue;
            }
            var isNamed = options.Targets.ContainsKey(better.Name);
            if (isNamed && options.Targets.ContainsKey(other.Name))
            {
                continue; // each has a place of its own
            }
            var (taken, passedOver, why) = isNamed != options.Targets.ContainsKey(other.Name)
                ? (isNamed ? better : other, isNamed ? other : better, "a target is specified for this one")
                : IsHere(better.Kind)
                ? (better, other, $"the other is for kernels without {better.Kind}")
                : (other, better, $"this kernel does not have {better.Kind}, which the other needs");
            Errors.ThrowIfNegative(LibBpf.bpf_program__set_autoload(passedOver.Pointer, false), "Selecting a program");
            chosen.Add(new(taken.Name, passedOver.Name, why, IsDeclared: false));
        }
        return chosen;
    }

    private static void ChooseDeclared(ObjectFile file, BpfAttachOptions options, List<ChosenProgram> chosen)
    {
        var declared = from pointer in file.Programs().Where(LibBpf.bpf_program__autoload)
                       let program = new ProgramToAttach(pointer, file, options)
                       let one = GroupOf(file, program.Name)
                       where one is not null
                       group program by one;
        foreach (var group in declared)
        {
            ProgramToAttach? taken = null;
            foreach (var program in group)
            {
                var missing = taken is null ? WhyNot(program) : $"'{taken.SectionInFile}' is here";
                if (missing is null)
                {
                    taken = program;
                    continue;
                }
                Errors.ThrowIfNegative(LibBpf.bpf_program__set_autoload(program.Pointer, false), "Selecting a program");
                chosen.Add(new(taken?.Name ?? "", program.Name, missing, IsDeclared: true));
            }
        }
    }

    /// <summary>The name that programs of which one is meant have in common; null if this is not such a program.</summary>
    private static string? GroupOf(ObjectFile file, string program) =>
        file.TagsOf(program).FirstOrDefault(tag => tag.StartsWith(OneOf, StringComparison.Ordinal))?[OneOf.Length..];

    /// <summary>Why a program's hook is not in this kernel; null if it is, or if only an attempt can show it.</summary>
    private static string? WhyNot(ProgramToAttach program)
    {
        if (program.Kind is "fentry" or "fexit" or "kprobe" or "kretprobe" && !IsHere(program.Kind))
        {
            return $"this kernel does not have {program.Kind}";
        }
        if (program.Kind == "tcx" && IsMissing("tcx_ingress"))
        {
            return "this kernel does not have tcx";
        }
        KnownSections.Declare(program);
        return ProgramAttacher.Look(program)?.Message;
    }

    private static (nint Pointer, string Name, string Kind, string Place, int Rank) Describe(nint program)
    {
        var section = ObjectFile.Text(LibBpf.bpf_program__section_name(program)).TrimStart('?');
        var slash = section.IndexOf('/');
        var kind = slash < 0 ? "" : section[..slash];
        var (place, rank) = s_kinds.GetValueOrDefault(kind);
        return (program, ObjectFile.Text(LibBpf.bpf_program__name(program)), kind, $"{place}/{section[(slash + 1)..]}", rank);
    }

    private static bool IsHere(string kind) =>
        kind == "tp_btf" || !IsMissing(kind is "kprobe" or "kretprobe" ? kind : $"trace_{kind}");

    private static bool IsMissing(string attachType) =>
        BpfFeatures.Get(BpfFeatureCategory.AttachType, attachType, withHelpers: false).Support == BpfSupport.No;
}
