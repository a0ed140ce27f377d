using BpfPS.Btf;
using BpfPS.Host;

namespace BpfPS.Maps;

/// <summary>The BTF types of a map's key and value.</summary>
/// <param name="Btf">The BTF; null if there is none.</param>
/// <param name="KeyId">The key's type in it; 0 if there is none.</param>
/// <param name="ValueId">The value's type in it; 0 if there is none.</param>
internal sealed record MapTypes(BtfTypes? Btf, uint KeyId, uint ValueId)
{
    /// <summary>The best available types: the map's own, its object's, those of a program that uses it, or none.</summary>
    public static MapTypes Of(BpfMap map)
    {
        var own = map.BtfId == 0 ? null : KernelBtf.TryGet(map.BtfId);
        if (own is not null && map.BtfValueTypeId != 0)
        {
            return new MapTypes(own, map.BtfKeyTypeId, map.BtfValueTypeId);
        }
        return InObject(map.ObjectTypes ?? KernelBtf.OfAnyUser(map.Id), name => EventTypeFinder.IsNamed(name, map.Name));
    }

    /// <summary>Those of a map's definition in an object's BTF; none if it has no such map.</summary>
    /// <param name="types">The BTF; null if there is none.</param>
    /// <param name="isMeant">Whether a variable of this name is the map.</param>
    public static MapTypes InObject(BtfTypes? types, Func<string, bool> isMeant)
    {
        var definition = types?.Variables(".maps").FirstOrDefault(entry => isMeant(entry.Variable.Name)).Variable;
        if (types is null || definition is null || types.Resolve(definition.Type) is not BtfComposite members)
        {
            return new MapTypes(null, 0, 0);
        }
        return new MapTypes(types, Behind("key"), Behind("value"));

        uint Behind(string name) =>
            members.Members.FirstOrDefault(member => member.Name == name) is { } member
            && types.Resolve(member.Type) is BtfReference { Kind: BtfKind.Pointer } pointer ? pointer.Target : 0;
    }
}
