namespace BpfPS.Btf;

/// <summary>
/// Copies types from one blob to another with all that they contain, each once. What they point to is left out: it is an address.
/// </summary>
/// <param name="from">The types, such as those of the kernel.</param>
/// <param name="to">Where they are added.</param>
internal sealed class BtfCopier(BtfTypes from, BtfWriter to)
{
    private readonly Dictionary<uint, uint> _copied = [];

    /// <summary>Copies a type.</summary>
    /// <param name="id">Its number among those that it is copied from.</param>
    /// <returns>Its new number; 0 for what has no size, such as a function.</returns>
    public uint Copy(uint id)
    {
        if (_copied.TryGetValue(id, out var known))
        {
            return known;
        }
        var type = from[id];
        return _copied[id] = type switch
        {
            BtfInt { IsCharacter: true } => to.Int(type.Name, 1, isSigned: true),
            BtfInt number => to.Int(number.Name, number.Size, number.IsSigned, number.IsBool),
            BtfFloat number => to.Float(number.Name, number.Size),
            BtfEnum { Kind: BtfKind.Enum, Size: 8 } names => to.Int("long long", names.Size, names.IsSigned),
            BtfEnum names => to.Enum(names.Name, names.Values, names.Size, names.IsSigned),
            BtfArray array => to.Array(Copy(array.Element), Index(), array.Count),
            BtfComposite composite => Composite(composite),
            BtfReference { Kind: BtfKind.Pointer } => to.Pointer(),
            BtfReference { Kind: BtfKind.Typedef } typedef => to.Typedef(typedef.Name, Copy(typedef.Target)),
            BtfReference { Kind: BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag } modifier =>
                Copy(modifier.Target),
            _ => 0,
        };
    }

    // Compilers mark C's char by name only, and the index of an array has to be a number.
    private uint Index() => _copied.TryGetValue(uint.MaxValue, out var known) ? known
        : _copied[uint.MaxValue] = to.Int("unsigned int", sizeof(uint), isSigned: false);

    private uint Composite(BtfComposite composite)
    {
        // A struct cannot contain itself, so that its members can come first.
        var members = composite.Members.Select(member => member with { Type = Copy(member.Type) }).ToArray();
        return to.Composite(composite.Kind, composite.Name, composite.Size, members);
    }
}
