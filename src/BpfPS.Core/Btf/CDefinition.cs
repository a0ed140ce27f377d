using System.Globalization;
using System.Text;

namespace BpfPS.Btf;

/// <summary>Writes a type out in C, including the members of its structs, so that it can be read without the BTF.</summary>
public sealed class CDefinition
{
    private const int MaximumDepth = 16;
    private const int MaximumLength = 1 << 22;
    // In bits, for one gap. A definition with more of it than this has more members than are read again.
    private const ulong MaximumPadding = 1 << 15;

    private static readonly (string Type, ulong Bits)[] s_padding =
        [("unsigned long long", 64), ("unsigned int", 32), ("unsigned short", 16), ("unsigned char", 8)];

    private readonly BtfTypes _btf;
    // Each struct once: one that contains another twice, and so on, would otherwise double the work with each level.
    private readonly Dictionary<uint, string> _texts = [];
    private readonly Dictionary<uint, (bool IsPacked, uint Alignment)> _layouts = [];

    private CDefinition(BtfTypes btf) => _btf = btf;

    /// <summary>
    /// The type in C, such as "struct flow { __u32 address; __be16 port; }". Pointers become "void *", because the type that they
    /// point to is not part of the value.
    /// </summary>
    /// <param name="btf">The types.</param>
    /// <param name="id">The type's number.</param>
    /// <exception cref="BtfFormatException">The type is nested too deeply, or contradicts itself.</exception>
    public static string Of(BtfTypes btf, uint id) => new CDefinition(btf).Declare(id, "", 0).Trim();

    private string Declare(uint id, string name, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new BtfFormatException($"type {id} is nested too deeply");
        }
        var spaced = name.Length == 0 || name[0] == '[' ? name : $" {name}";
        switch (_btf.SkipModifiers(id))
        {
            case BtfReference { Kind: BtfKind.Pointer }:
                return $"void *{name}";
            case BtfReference { Kind: BtfKind.Typedef } typedef:
                // The name of a typedef carries the meaning of the type, but a typedef of a struct is written out.
                return _btf.Resolve(typedef.Target) is BtfComposite && !typedef.Name.StartsWith("bpfps_", StringComparison.Ordinal)
                    ? Declare(typedef.Target, name, depth + 1) : typedef.Name + spaced;
            case BtfArray array:
                return Declare(array.Element, string.Create(CultureInfo.InvariantCulture, $"{name}[{array.Count}]"), depth + 1);
            case BtfComposite composite:
                return Composite(composite, depth) + spaced;
            case BtfEnum literal:
                var values = literal.Values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.Key} = {value.Value}"));
                return $"enum {literal.Name}{(literal.Name.Length > 0 ? " " : "")}{{ {string.Join(", ", values)} }}{spaced}";
            case var plain:
                return plain.Name + spaced;
        }
    }

    private string Composite(BtfComposite composite, int depth)
    {
        if (_texts.TryGetValue(composite.Id, out var known))
        {
            return known;
        }
        var text = new StringBuilder(composite.Kind == BtfKind.Union ? "union " : "struct ");
        if (composite.Name.Length > 0)
        {
            text.Append(composite.Name).Append(' ');
        }
        text.Append("{ ");
        AppendMembers(text, composite, depth);
        text.Append('}');
        if (LayoutOf(composite, 0).IsPacked)
        {
            text.Append(" __attribute__((packed))");
        }
        return text.Length <= MaximumLength ? _texts[composite.Id] = text.ToString()
            : throw new BtfFormatException($"type {composite.Id} has a definition of more than {MaximumLength} characters");
    }

    private void AppendMembers(StringBuilder text, BtfComposite composite, int depth)
    {
        var (isPacked, widest) = LayoutOf(composite, 0);
        var isStruct = composite.Kind == BtfKind.Struct;
        ulong place = 0, end = 0; // in bits
        foreach (var member in composite.Members)
        {
            if (isStruct && NextPlace(member, place, isPacked) < member.BitOffset)
            {
                AppendPadding(text, place, member.BitOffset);
            }
            text.Append(Declare(member.Type, member.Name, depth + 1));
            if (member.BitFieldSize != 0)
            {
                text.Append(CultureInfo.InvariantCulture, $" : {member.BitFieldSize}");
            }
            text.Append("; ");
            place = member.BitOffset + (member.BitFieldSize != 0 ? member.BitFieldSize : _btf.SizeOf(member.Type) * 8ul);
            end = Math.Max(end, place);
        }
        if (Up(end, widest * 8ul) >= composite.Size * 8ul)
        {
            return;
        }
        if (isStruct)
        {
            AppendPadding(text, place, composite.Size * 8ul);
        }
        else if (composite.Size <= 16) // the widest bit field
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{(composite.Size <= 8 ? "unsigned long long" : "unsigned __int128")} : {composite.Size * 8}; ");
        }
    }

    /// <summary>Where C puts a member that comes after a place.</summary>
    private ulong NextPlace(BtfMember member, ulong place, bool isPacked)
    {
        if (member.BitFieldSize == 0)
        {
            return Up(place, isPacked ? 8 : Alignment(member.Type, 0) * 8ul);
        }
        return isPacked || !IsInTwoUnits(member, place) ? place : Up(place, _btf.SizeOf(member.Type) * 8ul);
    }

    private bool IsInTwoUnits(BtfMember member, ulong place) =>
        _btf.SizeOf(member.Type) * 8ul is > 0 and var unit && place / unit != (place + member.BitFieldSize - 1) / unit;

    /// <summary>
    /// Fills a gap that C would not leave by itself, after bit fields without a name or before something with an alignment of its own.
    /// Bit fields without a name have neither an alignment nor a place in BTF, so that what is read again is the same.
    /// </summary>
    private static void AppendPadding(StringBuilder text, ulong from, ulong to)
    {
        if (to <= from || to - from > MaximumPadding)
        {
            return;
        }
        while (from < to)
        {
            var (start, left) = (from, to - from);
            var (type, unit) = Array.Find(s_padding, one => one.Bits == 8 || start % one.Bits == 0 && left >= one.Bits);
            var bits = Math.Min(unit - from % unit, left);
            text.Append(CultureInfo.InvariantCulture, $"{type} : {bits}; ");
            from += bits;
        }
    }

    private static ulong Up(ulong value, ulong alignment) => (value + alignment - 1) / alignment * alignment;

    /// <summary>Whether a member is at a place where C would not put it, and the alignment in bytes that follows.</summary>
    private (bool IsPacked, uint Alignment) LayoutOf(BtfComposite composite, int depth)
    {
        if (_layouts.TryGetValue(composite.Id, out var known))
        {
            return known;
        }
        var widest = 1u;
        var isPacked = false;
        foreach (var member in composite.Members)
        {
            var alignment = Alignment(member.Type, depth + 1);
            widest = Math.Max(widest, alignment);
            isPacked |= member.BitFieldSize == 0 ? member.BitOffset % (alignment * 8ul) != 0 : IsInTwoUnits(member, member.BitOffset);
        }
        isPacked |= composite.Size % widest != 0;
        return _layouts[composite.Id] = (isPacked, isPacked ? 1 : widest);
    }

    private uint Alignment(uint id, int depth) => _btf.Resolve(id) switch
    {
        BtfArray array when depth < MaximumDepth => Alignment(array.Element, depth + 1),
        BtfComposite composite when depth < MaximumDepth => LayoutOf(composite, depth).Alignment,
        // Damaged BTF has numbers of no bytes.
        BtfInt { Size: var size } => Math.Max(size, 1),
        BtfEnum { Size: var size } => Math.Max(size, 1),
        BtfFloat { Size: var size } => Math.Max(size, 1),
        BtfReference { Kind: BtfKind.Pointer } => 8,
        _ => 1,
    };
}
