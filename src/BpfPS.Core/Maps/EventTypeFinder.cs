using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>Finds the struct that a ring buffer carries by the common conventions of BPF programs.</summary>
internal static class EventTypeFinder
{
    private const string StreamPrefix = "bpfps_stream_";
    private const string GadgetPrefix = "gadget_tracer_";

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

    /// <summary>The named structs of the program itself, which the kernel does not have.</summary>
    public static IEnumerable<BtfComposite> Own(BtfTypes btf) =>
        btf.All.OfType<BtfComposite>().Where(type => type.Kind == BtfKind.Struct && type.Name.Length > 0 && !IsOfKernel(type));

    /// <summary>The type id of the struct with a name.</summary>
    /// <exception cref="BpfException">There is none; the error lists the existing ones.</exception>
    public static uint FindNamed(BtfTypes btf, string name)
    {
        var wanted = name.StartsWith("struct ", StringComparison.Ordinal) ? name[7..] : name;
        if (btf.Find<BtfComposite>(wanted) is { } found)
        {
            return found.Id;
        }
        var near = NearNames.Of(wanted, btf.All.OfType<BtfComposite>().Select(type => type.Name).Distinct(), 5);
        throw new BpfException(BpfErrorKind.NotFound, $"The program's type information has no struct '{VisibleText.Escape(name)}'.",
            near.Count > 0 ? $"Similar names: {Listed(near)}."
            : Own(btf).Select(type => type.Name).Distinct().Take(20).ToArray() is { Length: > 0 } own
                ? $"The program's own structs are: {Listed(own)}."
            : "It has no struct of its own: declare one in the program, const struct NAME *unused __attribute__((unused)).");

        static string Listed(IEnumerable<string> names) => string.Join(", ", names.Select(VisibleText.Escape));
    }

    /// <summary>The type ids of the program's own structs whose size in bytes meets a condition.</summary>
    public static IReadOnlyList<uint> BySize(BtfTypes btf, Func<uint, bool> fits) =>
        [.. Own(btf).Where(type => fits(type.Size)).Select(type => type.Id)];

    /// <summary>The section and offset of the variable that counts a ring buffer's lost events, or null.</summary>
    public static (string Section, uint Offset)? LossCounter(BtfTypes btf, string map)
    {
        foreach (var section in btf.All.OfType<BtfDataSection>().Where(section => section.Name is ".bss" or ".data"))
        {
            foreach (var place in section.Variables)
            {
                if (btf[place.Variable] is BtfVariable variable && IsStreamOf(variable.Name, map)
                    && btf.Resolve(variable.Type) is BtfComposite stream
                    && stream.Members.FirstOrDefault(member => member.Name == "lost") is { } lost)
                {
                    return (section.Name, place.Offset + lost.BitOffset / 8);
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

    // GADGET_TRACER(name, map, event): a variable gadget_tracer_NAME___MAP___EVENT.
    private static uint? ByGadget(BtfTypes btf, string map) =>
        (from variable in btf.All.OfType<BtfVariable>()
         where variable.Name.StartsWith(GadgetPrefix, StringComparison.Ordinal)
         let parts = variable.Name.Split("___")
         where parts.Length == 3 && IsNamed(parts[1], map)
         select btf.Find<BtfComposite>(parts[2])?.Id).FirstOrDefault(id => id is not null);

    /// <summary>
    /// Whether a struct is one of the kernel's, whole or in part, as vmlinux.h and CO-RE have them: nothing in it is unknown there.
    /// </summary>
    private static bool IsOfKernel(BtfComposite type)
    {
        var flavour = type.Name.IndexOf("___", StringComparison.Ordinal);
        return KernelBtf.Find<BtfComposite>(flavour > 0 ? type.Name[..flavour] : type.Name) is { } known
            && type.Members.Select(member => member.Name).All(known.Members.Select(member => member.Name).ToHashSet().Contains);
    }

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
