using System.Globalization;
using System.Text;

namespace BpfPS.Btf;

/// <summary>Writes a type out in C, including the members of its structs, so that it can be read without the BTF.</summary>
public static class CDefinition
{
    private const int MaximumDepth = 16;

    /// <summary>
    /// The type in C, such as "struct flow { __u32 address; __be16 port; }". Pointers become "void *", because the type that they
    /// point to is not part of the value.
    /// </summary>
    /// <param name="btf">The types.</param>
    /// <param name="id">The type's number.</param>
    /// <exception cref="BtfFormatException">The type is nested too deeply, or contradicts itself.</exception>
    public static string Of(BtfTypes btf, uint id) => Declare(btf, id, "", 0).Trim();

    private static string Declare(BtfTypes btf, uint id, string name, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new BtfFormatException($"type {id} is nested too deeply");
        }
        var spaced = name.Length == 0 || name[0] == '[' ? name : $" {name}";
        switch (btf.SkipModifiers(id))
        {
            case BtfReference { Kind: BtfKind.Pointer }:
                return $"void *{name}";
            case BtfReference { Kind: BtfKind.Typedef } typedef:
                // The name of a typedef carries the meaning of the type, but a typedef of a struct is written out.
                return btf.Resolve(typedef.Target) is BtfComposite && !typedef.Name.StartsWith("bpfps_", StringComparison.Ordinal)
                    ? Declare(btf, typedef.Target, name, depth + 1) : typedef.Name + spaced;
            case BtfArray array:
                return Declare(btf, array.Element, string.Create(CultureInfo.InvariantCulture, $"{name}[{array.Count}]"), depth + 1);
            case BtfComposite composite:
                return Composite(btf, composite, depth) + spaced;
            case BtfEnum literal:
                var values = literal.Values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.Key} = {value.Value}"));
                return $"enum {literal.Name}{(literal.Name.Length > 0 ? " " : "")}{{ {string.Join(", ", values)} }}{spaced}";
            case var plain:
                return plain.Name + spaced;
        }
    }

    private static string Composite(BtfTypes btf, BtfComposite composite, int depth)
    {
        var text = new StringBuilder(composite.Kind == BtfKind.Union ? "union " : "struct ");
        if (composite.Name.Length > 0)
        {
            text.Append(composite.Name).Append(' ');
        }
        text.Append("{ ");
        foreach (var member in composite.Members)
        {
            text.Append(Declare(btf, member.Type, member.Name, depth + 1));
            if (member.BitFieldSize != 0)
            {
                text.Append(CultureInfo.InvariantCulture, $" : {member.BitFieldSize}");
            }
            text.Append("; ");
        }
        text.Append('}');
        if (IsPacked(btf, composite))
        {
            text.Append(" __attribute__((packed))");
        }
        return text.ToString();
    }

    /// <summary>Whether a member is at a place where C would not put it.</summary>
    private static bool IsPacked(BtfTypes btf, BtfComposite composite)
    {
        var widest = 1u;
        foreach (var member in composite.Members)
        {
            var alignment = Alignment(btf, member.Type, 0);
            widest = Math.Max(widest, alignment);
            if (member.BitFieldSize == 0 && member.BitOffset % (alignment * 8) != 0)
            {
                return true;
            }
        }
        return composite.Size % widest != 0;
    }

    private static uint Alignment(BtfTypes btf, uint id, int depth) => btf.Resolve(id) switch
    {
        BtfArray array when depth < MaximumDepth => Alignment(btf, array.Element, depth + 1),
        BtfComposite composite when depth < MaximumDepth =>
            IsPacked(btf, composite)
                ? 1
                : composite.Members.Select(member => Alignment(btf, member.Type, depth + 1)).DefaultIfEmpty(1u).Max(),
        BtfInt { Size: var size } => Math.Max(size, 1),
        BtfEnum { Size: var size } => size,
        BtfFloat { Size: var size } => size,
        BtfReference { Kind: BtfKind.Pointer } => 8,
        _ => 1,
    };
}
