using BpfPS.Btf;
using BpfPS.Probes;

namespace BpfPS.Generation;

/// <summary>
/// Members of the kernel's structs that expressions name behind a pointer, as a struct of their own that has no others. It is nested as
/// the names are, whether there is another pointer or a struct in place.
/// </summary>
/// <param name="types">The types of the object.</param>
/// <param name="kernel">The kernel's types.</param>
/// <param name="textBytes">The room for each text, in bytes.</param>
internal sealed class PointedMembers(EventTypes types, ProbeTypes kernel, uint textBytes)
{
    private const uint MostBytes = 256;

    /// <summary>A member with what is named of a struct.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tag">The tag of its struct.</param>
    /// <param name="pointer">The address of the kernel's struct.</param>
    /// <param name="structName">The name of the kernel's struct.</param>
    /// <param name="chains">The names of the members from that struct on, which are not empty.</param>
    /// <returns>Null if the struct is not known.</returns>
    /// <exception cref="BpfException">There is no such member, or one cannot be read.</exception>
    public TracedMember? Of(string name, string tag, ProbeValue pointer, string structName, IEnumerable<IReadOnlyList<string>> chains) =>
        kernel.Struct(structName) is { } type ? Struct(name, tag, pointer, 0, type, [.. chains], $"$_.{name}") : null;

    private TracedMember Struct(string name, string tag, ProbeValue pointer, uint offset, BtfComposite type,
        IReadOnlyList<IReadOnlyList<string>> chains, string text)
    {
        var parts = new List<(TracedMember Member, uint At)>();
        var end = 0u;
        foreach (var group in chains.GroupBy(chain => chain[0], StringComparer.OrdinalIgnoreCase))
        {
            var (member, bits) = Find(type, group.Key) ?? throw NoMember(type, group.Key, text);
            // A name behind what has no members is of the value: its length, for example.
            var deeper = group.Where(chain => chain.Count > 1).Select(chain => (IReadOnlyList<string>)[.. chain.Skip(1)]).ToArray();
            var part = Member(member, $"{tag}_{member.Name}", pointer, offset * 8 + bits, deeper, $"{text}.{member.Name}");
            var at = (end + part.Align - 1) / part.Align * part.Align;
            parts.Add((part, at));
            end = at + part.Size;
        }
        var size = (end + sizeof(ulong) - 1) / sizeof(ulong) * sizeof(ulong);
        return new TracedMember(name, types.Struct(tag, size, [.. parts.Select(part => (part.Member.Name, part.Member.Type, part.At))]),
            size, sizeof(ulong), new StructSource([.. parts.Select(part => ((int)part.At, (int)part.Member.Size, part.Member.Source))]));
    }

    private TracedMember Member(BtfMember member, string tag, ProbeValue pointer, uint bits, IReadOnlyList<string>[] deeper,
        string text)
    {
        var (name, offset, all) = (member.Name, bits / 8, kernel.All);
        var type = all.Resolve(member.Type);
        var size = all.SizeOf(member.Type);
        if (member.BitFieldSize != 0)
        {
            return BitField(member, type, pointer, bits);
        }
        switch (type)
        {
            case BtfComposite composite when deeper.Length > 0:
                return Struct(name, tag, pointer, offset, composite, deeper, text);
            case BtfReference { Kind: BtfKind.Pointer } reference:
                var value = new PointedValue(pointer, (int)offset, sizeof(ulong));
                var target = all.Resolve(reference.Target);
                return target is BtfComposite behind && deeper.Length > 0 ? Struct(name, tag, value, 0, behind, deeper, text)
                    : IsText(target) ? new(name, types.Text(textBytes), textBytes, 1, new TextSource(value, IsOfUser: false))
                    : new(name, types.Address, sizeof(ulong), sizeof(ulong), new ValueSource(value));
            case BtfInt or BtfEnum when size is 1 or 2 or 4 or 8:
                return new(name, types.Copied(all, member.Type), size, size,
                    new ValueSource(new PointedValue(pointer, (int)offset, (int)size)));
            default:
                return size is > 0 and <= MostBytes
                    ? new(name, types.Copied(all, member.Type), size, 8, new BytesSource(new MovedAddress(pointer, (int)offset), false))
                    : throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(text)}' has {size} bytes, and at most "
                        + $"{MostBytes} are taken into an event.", "Name the members of it that are needed.");
        }
    }

    // The kernel has names as "const unsigned char *", too.
    private static bool IsText(BtfType type) => type is BtfInt { Size: 1, IsBool: false, Name: "char" or "unsigned char" };

    private TracedMember BitField(BtfMember member, BtfType type, ProbeValue pointer, uint bits)
    {
        var first = bits / 8;
        var bytes = (bits % 8 + member.BitFieldSize + 7) / 8;
        var number = type as BtfInt;
        var size = number is { IsBool: true } ? 1u : member.BitFieldSize <= 32 ? 4u : 8;
        var value = new BitsOf(new PointedValue(pointer, (int)first, bytes <= 1 ? 1 : bytes <= 2 ? 2 : bytes <= 4 ? 4 : 8),
            (int)(bits % 8), (int)member.BitFieldSize, number is { IsSigned: true });
        return new(member.Name, number is { IsBool: true } ? types.Boolean : number is { IsSigned: true } ? types.Signed(size)
            : types.Unsigned(size), size, size, new ValueSource(value));
    }

    /// <summary>A member with its place in bits, also of a struct or union without a name within; null if there is none.</summary>
    private (BtfMember Member, uint Bits)? Find(BtfComposite type, string name)
    {
        var named = type.Members.FirstOrDefault(member => member.Name == name)
            ?? type.Members.FirstOrDefault(member => name.Length > 0 && member.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (named is not null)
        {
            return (named, named.BitOffset);
        }
        foreach (var member in type.Members.Where(member => member.Name.Length == 0))
        {
            if (kernel.All.Resolve(member.Type) is BtfComposite inner && Find(inner, name) is { } found)
            {
                return (found.Member, member.BitOffset + found.Bits);
            }
        }
        return null;
    }

    private IEnumerable<string> Names(BtfComposite type) => type.Members.SelectMany(member => member.Name.Length > 0 ? [member.Name]
        : kernel.All.Resolve(member.Type) is BtfComposite inner ? Names(inner) : []);

    private BpfException NoMember(BtfComposite type, string name, string text)
    {
        var near = NearNames.Of(name, Names(type), 5);
        return new BpfException(BpfErrorKind.InvalidArgument,
            $"'{VisibleText.Escape(text)}.{VisibleText.Escape(name)}': {kernel.All.Describe(type.Id)} of this kernel has no such member.",
            near.Count > 0 ? $"Similar names: {string.Join(", ", near)}."
                : $"The members are: {string.Join(", ", Names(type).Take(30))}.") { NamesNoMember = true };
    }
}
