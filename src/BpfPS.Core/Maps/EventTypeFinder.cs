using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>Finds the struct that a ring buffer carries by the common conventions of BPF programs.</summary>
internal static class EventTypeFinder
{
    private const int MaximumDepth = 8; // of members without a name
    private const string StreamPrefix = "bpfps_stream_";
    private const string GadgetPrefix = "gadget_tracer_";

    // What GADGET_ITER writes, and what it wrote when its name was GADGET_SNAPSHOTTER.
    private static readonly string[] s_iteratorPrefixes = ["gadget_iter_", "gadget_snapshotter_"];

    /// <summary>How all names of bpfps.h begin.</summary>
    public const string HeaderPrefix = "bpfps_";

    /// <summary>The type id of the struct that a declaration ties to a ring buffer, or null.</summary>
    /// <param name="btf">The types of the object or program.</param>
    /// <param name="map">The ring buffer's name, possibly truncated by the kernel.</param>
    public static uint? Find(BtfTypes btf, string map) => ByMapDefinition(btf, map) ?? ByStream(btf, map) ?? ByGadget(btf, map);

    /// <summary>
    /// The type ids of the structs that the program declares as those of its records, for no ring buffer in particular: const struct
    /// event *unused __attribute__((unused)), the convention of bpf2go programs.
    /// </summary>
    public static IReadOnlyList<uint> Declared(BtfTypes btf) =>
        (from variable in btf.All.OfType<BtfVariable>()
         where variable.Name.TrimStart('_').StartsWith("unused", StringComparison.Ordinal)
         let id = StructBehind(btf, variable.Type)
         where id is not null
         select id.Value).Distinct().ToArray();

    /// <summary>
    /// The structs of the program itself, which the kernel does not have, with their tags, or with the typedef's name if they have none.
    /// </summary>
    /// <param name="btf">The types.</param>
    /// <param name="fits">A condition on the size in bytes.</param>
    public static IEnumerable<(uint Id, string Name, uint Size)> Own(BtfTypes btf, Func<uint, bool> fits) =>
        from type in btf.All
        where type.Name.Length > 0
        let composite = CompositeOf(btf, type)
        where composite is { Kind: BtfKind.Struct } && fits(composite.Size) && IsOwn(btf, type)
        select (type.Id, type.Name, composite.Size);

    /// <summary>Whether a struct, or the typedef of one without a tag, is the program's own.</summary>
    public static bool IsOwn(BtfTypes btf, BtfType type) =>
        !(type is BtfComposite composite ? IsOfKernel(btf, composite) : IsTypedefOfOthers(type.Name));

    /// <summary>The type id of the struct or union with a tag, or of the typedef that names one without a tag, or null.</summary>
    public static uint? FindNamed(BtfTypes btf, string name) => btf.Find<BtfComposite>(name)?.Id
        ?? btf.All.FirstOrDefault(type => type is BtfReference && type.Name == name && CompositeOf(btf, type) is not null)?.Id;

    /// <summary>The name of the struct that GADGET_TRACER ties to a ring buffer, or null.</summary>
    public static string? GadgetStruct(BtfTypes btf, string map) =>
        // GADGET_TRACER(name, map, event): a variable gadget_tracer_NAME___MAP___EVENT.
        (from variable in btf.All.OfType<BtfVariable>()
         where variable.Name.StartsWith(GadgetPrefix, StringComparison.Ordinal)
         let parts = variable.Name.Split("___")
         where parts.Length == 3 && IsNamed(parts[1], map)
         select parts[2]).FirstOrDefault();

    /// <summary>The name of the struct that GADGET_ITER ties to an iterator, or null.</summary>
    public static string? GadgetIteratorStruct(BtfTypes btf, string program) =>
        // GADGET_ITER(name, type, program, ...): a variable gadget_iter_NAME___TYPE___PROGRAM..., with up to three programs.
        (from variable in btf.All.OfType<BtfVariable>()
         where s_iteratorPrefixes.Any(prefix => variable.Name.StartsWith(prefix, StringComparison.Ordinal))
         let parts = variable.Name.Split("___")
         where parts.Length > 2 && parts.Skip(2).Contains(program)
         select parts[1]).FirstOrDefault();

    /// <summary>The section and offset of a member of the variable that BPFPS_EVENTS defines beside a ring buffer, or null.</summary>
    /// <param name="btf">The types of the object or program.</param>
    /// <param name="map">The ring buffer's name, possibly truncated by the kernel.</param>
    /// <param name="name">The member: lost, or wake_at.</param>
    public static (string Section, uint Offset)? StreamMember(BtfTypes btf, string map, string name)
    {
        foreach (var section in btf.All.OfType<BtfDataSection>().Where(section => section.Name is ".bss" or ".data"))
        {
            foreach (var place in section.Variables)
            {
                if (btf[place.Variable] is BtfVariable variable && IsStreamOf(variable.Name, map)
                    && btf.Resolve(variable.Type) is BtfComposite stream
                    && stream.Members.FirstOrDefault(one => one.Name == name) is { } member)
                {
                    return (section.Name, place.Offset + member.BitOffset / 8);
                }
            }
        }
        return null;
    }

    /// <summary>Whether a full name matches a name that the kernel may have truncated.</summary>
    public static bool IsNamed(string fullName, string kernelName) =>
        fullName == kernelName || kernelName.Length == KernelObjects.NameLength
            && fullName.StartsWith(kernelName, StringComparison.Ordinal);

    // __type(value, struct event) in the map's definition: cilium/ebpf's convention.
    private static uint? ByMapDefinition(BtfTypes btf, string map) =>
        (from entry in btf.Variables(".maps")
         where IsNamed(entry.Variable.Name, map)
         let definition = btf.Resolve(entry.Variable.Type) as BtfComposite
         let value = definition?.Members.FirstOrDefault(member => member.Name == "value")
         where value is not null
         select StructBehind(btf, value.Type)).FirstOrDefault(id => id is not null);

    // BPFPS_EVENTS of bpfps.h.
    private static uint? ByStream(BtfTypes btf, string map) =>
        (from variable in btf.All.OfType<BtfVariable>()
         where IsStreamOf(variable.Name, map)
         let stream = btf.Resolve(variable.Type) as BtfComposite
         let member = stream?.Members.FirstOrDefault(member => member.Name == "event")
         where member is not null
         select StructBehind(btf, member.Type)).FirstOrDefault(id => id is not null);

    private static uint? ByGadget(BtfTypes btf, string map) =>
        GadgetStruct(btf, map) is { } name ? btf.Find<BtfComposite>(name)?.Id : null;

    /// <summary>A struct or union itself, or what a typedef names that has no name of its own; null for anything else.</summary>
    private static BtfComposite? CompositeOf(BtfTypes btf, BtfType type) => type switch
    {
        BtfComposite composite => composite,
        BtfReference { Kind: BtfKind.Typedef, Target: var target } =>
            btf.SkipModifiers(target) is BtfComposite { Name: "" } found ? found : null,
        _ => null,
    };

    /// <summary>Whether a typedef is one of the kernel's, or of bpfps.h: its types of values that are structs.</summary>
    private static bool IsTypedefOfOthers(string name) => name.StartsWith(HeaderPrefix, StringComparison.Ordinal)
        || KernelBtf.Find<BtfReference>(name) is not null;

    /// <summary>
    /// Whether a struct is one of the kernel's, whole or in part, as vmlinux.h and CO-RE have them: nothing in it is unknown there.
    /// </summary>
    private static bool IsOfKernel(BtfTypes btf, BtfComposite type)
    {
        var flavour = type.Name.IndexOf("___", StringComparison.Ordinal);
        return KernelBtf.Find<BtfComposite>(flavour > 0 ? type.Name[..flavour] : type.Name) is { } known
            && MemberNames(btf, type, 0).All(MemberNames(KernelBtf.Kernel, known, 0).ToHashSet().Contains);
    }

    /// <summary>The names by which C reaches the members: those of an unnamed member are among them, as the kernel has many.</summary>
    private static IEnumerable<string> MemberNames(BtfTypes btf, BtfComposite type, int depth) => type.Members.SelectMany(member =>
        member.Name.Length > 0 ? [member.Name]
        : depth < MaximumDepth && btf.Resolve(member.Type) is BtfComposite inner ? MemberNames(btf, inner, depth + 1) : []);

    private static bool IsStreamOf(string variable, string map) =>
        variable.StartsWith(StreamPrefix, StringComparison.Ordinal) && IsNamed(variable[StreamPrefix.Length..], map);

    private static uint? StructBehind(BtfTypes btf, uint pointer)
    {
        if (btf.Resolve(pointer) is not BtfReference { Kind: BtfKind.Pointer } reference)
        {
            return null;
        }
        var target = btf.Resolve(reference.Target);
        // BTF may contain both a forward declaration and the definition of a struct that only a member's pointer uses.
        return target switch
        {
            BtfComposite => target.Id,
            BtfForward forward => btf.Find<BtfComposite>(forward.Name)?.Id,
            _ => null,
        };
    }
}
