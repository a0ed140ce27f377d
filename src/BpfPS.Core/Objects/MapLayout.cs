using BpfPS.Btf;
using BpfPS.Records;

namespace BpfPS;

/// <summary>How the entries of a map become objects.</summary>
internal static class MapLayout
{
    /// <summary>The class of a map's entries, from the best types there are: the map's own, its object's, those of a program that uses it, none.</summary>
    /// <exception cref="BpfException">Entries of this type of map cannot be read.</exception>
    public static RecordClass EntryClass(BpfMap map)
    {
        if (map.KeySize == 0)
        {
            throw new BpfException(BpfErrorKind.NotSupported, $"A map of type {map.Type} has no entries with keys, so there are none to list ('{RecordText.Escape(map.Name)}').",
                map.Type is "ringbuf" ? "Read its events with Watch-BpfEvent." : null);
        }
        var (key, value) = Parts(map);
        return RecordClasses.ForEntry(
            key ?? (IsIndexed(map) ? RecordClasses.Numbers(typeof(uint), 4, 1, "key") : RecordClasses.Bytes(map.KeySize, "key")),
            value ?? (map.Type == "stack_trace" ? RecordClasses.Numbers(typeof(ulong), 8, map.ValueSize / 8, "addresses") : RecordClasses.Bytes(map.ValueSize, "value")),
            IsPerCpu(map) ? CpuList.PossibleCount : 0);
    }

    /// <summary>Whether the map has a value for each CPU.</summary>
    public static bool IsPerCpu(BpfMap map) => map.Type is "percpu_hash" or "percpu_array" or "lru_percpu_hash" or "percpu_cgroup_storage";

    /// <summary>Bytes that one value takes when it is read: the kernel gives each CPU's value room in multiples of eight.</summary>
    public static int ReadSize(BpfMap map) =>
        IsPerCpu(map) ? (int)((map.ValueSize + 7) & ~7u) * CpuList.PossibleCount : (int)map.ValueSize;

    private static bool IsIndexed(BpfMap map) => map.KeySize == 4 && (map.Type.Contains("array", StringComparison.Ordinal) || map.Type == "stack_trace");

    private static (StructShape? Key, StructShape? Value) Parts(BpfMap map)
    {
        var own = map.BtfId == 0 ? null : KernelBtf.TryGet(map.BtfId);
        if (own is not null && map.BtfValueTypeId != 0)
        {
            return (Fitting(own, map.BtfKeyTypeId, map.KeySize, "key"), Fitting(own, map.BtfValueTypeId, map.ValueSize, "value"));
        }
        var types = map.ObjectTypes ?? KernelBtf.OfAnyUser(map.Id);
        var definition = types?.Variables(".maps").FirstOrDefault(entry => EventTypeFinder.IsNamed(entry.Variable.Name, map.Name)).Variable;
        if (types is null || definition is null || types.Resolve(definition.Type) is not BtfComposite members)
        {
            return (null, null);
        }
        return (Fitting(types, Behind("key"), map.KeySize, "key"), Fitting(types, Behind("value"), map.ValueSize, "value"));

        uint Behind(string name) =>
            members.Members.FirstOrDefault(member => member.Name == name) is { } member
            && types.Resolve(member.Type) is BtfReference { Kind: BtfKind.Pointer } pointer ? pointer.Target : 0;
    }

    /// <summary>The part, unless its type's size says that it is another map's.</summary>
    private static StructShape? Fitting(BtfTypes types, uint id, uint size, string name) =>
        id != 0 && RecordClasses.Part(types, id, name) is var part && part.Size == size ? part : null;
}
