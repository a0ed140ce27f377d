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

    /// <summary>Has only the better of two programs for one hook loaded.</summary>
    /// <param name="file">The object, before it is loaded.</param>
    /// <param name="options">Where to attach its programs. Of two for one hook, the only one that has a place here is meant.</param>
    /// <returns>The names of the programs that were taken, each with the one that was not, and why it was not.</returns>
    public static IReadOnlyList<(string Taken, string PassedOver, string Why)> Choose(ObjectFile file,
        BpfAttachOptions options)
    {
        var chosen = new List<(string, string, string)>();
        var places = file.Programs().Where(LibBpf.bpf_program__autoload).Select(Describe).Where(program => program.Rank > 0)
            .GroupBy(program => program.Place);
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
            chosen.Add((taken.Name, passedOver.Name, why));
        }
        return chosen;
    }

    private static (nint Pointer, string Name, string Kind, string Place, int Rank) Describe(nint program)
    {
        var section = ObjectFile.Text(LibBpf.bpf_program__section_name(program)).TrimStart('?');
        var slash = section.IndexOf('/');
        var kind = slash < 0 ? "" : section[..slash];
        var (place, rank) = s_kinds.GetValueOrDefault(kind);
        return (program, ObjectFile.Text(LibBpf.bpf_program__name(program)), kind, $"{place}/{section[(slash + 1)..]}", rank);
    }

    private static bool IsHere(string kind) => kind == "tp_btf"
        || BpfFeatures.Get(BpfFeatureCategory.AttachType, $"trace_{kind}", withHelpers: false).Support != BpfSupport.No;
}
