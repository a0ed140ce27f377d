using BpfPS.Attach;
using BpfPS.Btf;
using BpfPS.Features;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Requirements;

/// <summary>The needs of an object, each checked against this machine.</summary>
internal sealed class ObjectNeeds
{
    private const byte CallOpcode = 0x85;
    private const uint Unspecified = 0;

    // libbpf marks missing members, maps and functions with large numbers.
    private const uint LargestHelper = 100_000;

    private readonly ObjectFile _file;
    private readonly nint[] _programs;

    private readonly BtfTypes _types;

    public ObjectNeeds(ObjectFile file, BtfTypes types)
    {
        _file = file;
        _types = types;
        _programs = [.. file.Programs().Where(LibBpf.bpf_program__autoload)];
    }

    /// <summary>The types of the object's programs.</summary>
    public IEnumerable<BpfFeature> ProgramTypes() =>
        _programs.Select(program => (Type: Type(program), Section: Section(program))).Distinct().GroupBy(program => program.Type)
        .SelectMany(group => group.Key == Unspecified
            ? group.Select(program => new BpfFeature(BpfFeatureCategory.ProgramType, program.Section, BpfSupport.No,
                KnownSections.Since(program.Section) is { } since
                    ? $"this section requires libbpf {since} or later, and this system has libbpf {LibBpfLibrary.Version}"
                    : $"libbpf {LibBpfLibrary.Version} does not know this section"))
            : [BpfFeatures.Get(BpfFeatureCategory.ProgramType, TypeNames.Program(group.Key), withHelpers: false)]);

    /// <summary>The types of the object's maps.</summary>
    public IEnumerable<BpfFeature> MapTypes() => _file.Maps().Select(map => TypeNames.Map((uint)LibBpf.bpf_map__type(map))).Distinct()
        .Select(type => BpfFeatures.Names(BpfFeatureCategory.MapType).Contains(type)
            ? BpfFeatures.Get(BpfFeatureCategory.MapType, type)
            : new BpfFeature(BpfFeatureCategory.MapType, type, BpfSupport.Unknown, "BpfPS does not know how to test it"));

    /// <summary>The attach types of the object's programs, with their sections.</summary>
    public IEnumerable<BpfFeature> AttachTypeProbes() =>
        _programs.Select(program => (Name: AttachName(program), Section: Section(program))).Where(attach => attach.Name is not null)
        .GroupBy(attach => attach.Name!)
        .Select(group =>
        {
            var answer = BpfFeatures.Get(BpfFeatureCategory.AttachType, group.Key);
            return new BpfFeature(answer.Category, answer.Name, answer.Support, answer.Reason) { Since = answer.Since,
                Value = string.Join(' ', group.Select(attach => attach.Section)) };
        });

    /// <summary>
    /// The helpers that the object's code calls. Shared functions are part of each program only after libbpf has prepared the object.
    /// </summary>
    // unsafe: instructions are read only up to the count that libbpf returns for the program.
    public unsafe IEnumerable<BpfFeature> Helpers()
    {
        var calls = new SortedSet<(string Type, uint Helper)>();
        foreach (var program in _programs.Where(program => Type(program) != Unspecified))
        {
            var instructions = new ReadOnlySpan<ulong>(ProbeCalls.bpf_program__insns(program),
                (int)ProbeCalls.bpf_program__insn_cnt(program));
            foreach (var instruction in instructions)
            {
                // Calls of helpers have 0 as the source register, unlike calls of functions.
                if ((byte)instruction == CallOpcode && (instruction >> 12 & 0xf) == 0 && instruction >> 32 <= LargestHelper)
                {
                    calls.Add((TypeNames.Program(Type(program)), (uint)(instruction >> 32)));
                }
            }
        }
        return [.. calls.Select(call => HelperNames.All.FirstOrDefault(helper => helper.Number == call.Helper).Name is { } name
            ? BpfFeatures.GetHelper(call.Type, name)
            : new BpfFeature(BpfFeatureCategory.Helper, $"helper {call.Helper}", BpfSupport.No,
                "this kernel does not have this helper") { ProgramType = call.Type })];
    }

    /// <summary>The kernel functions that the object refers to.</summary>
    public IEnumerable<BpfFeature> KernelFunctions()
    {
        var index = KernelTypes.Index;
        foreach (var place in _types.Section(".ksyms")?.Variables ?? [])
        {
            if (_types[place.Variable] is BtfReference { Kind: BtfKind.Function } function)
            {
                yield return index is null
                    ? new BpfFeature(BpfFeatureCategory.KernelFunction, function.Name, BpfSupport.Unknown,
                        $"{KernelTypes.Path}, which lists them, does not exist")
                    : index.KernelFunctions.Contains(function.Name) || index.KernelFunctions.Count == 0
                        && index.Functions.ContainsKey(function.Name)
                        ? new BpfFeature(BpfFeatureCategory.KernelFunction, function.Name, BpfSupport.Yes)
                        : new BpfFeature(BpfFeatureCategory.KernelFunction, function.Name, BpfSupport.No,
                            "this kernel does not have this function, or does not let programs call it");
            }
        }
    }

    private static uint Type(nint program) => (uint)LibBpf.bpf_program__type(program);

    private static string Section(nint program) => ObjectFile.Text(LibBpf.bpf_program__section_name(program));

    /// <summary>
    /// The attach type of a program; null if a special command attaches it, or if it runs without being attached.
    /// </summary>
    private static string? AttachName(nint program)
    {
        if (Type(program) == Unspecified)
        {
            return null;
        }
        var type = TypeNames.Program(Type(program));
        var attachType = ProbeCalls.bpf_program__expected_attach_type(program);
        var ofType = AttachKind.All.Where(kind => kind.Program == type).ToArray();
        // Older attach types have no number, so the word in the section name decides.
        var word = Section(program).TrimStart('?').Split('/')[0];
        word = word.EndsWith(".s", StringComparison.Ordinal) ? word[..^2] : word;
        return (ofType.FirstOrDefault(kind => kind.Number is null && (kind.Name == word || kind.Words.Contains(word)))
            ?? ofType.FirstOrDefault(kind => kind.Number == attachType && (attachType != 0 || type == "cgroup_skb"))
            ?? (ofType.Length == 1 && ofType[0].Number is null or 41 ? ofType[0] : null))?.Name;
    }
}
