using System.Globalization;
using BpfPS.Btf;
using BpfPS.Features;

namespace BpfPS.Requirements;

/// <summary>Finds the kernel types, members and enumerators that an object needs and this kernel does not have.</summary>
internal static class RelocationCheck
{
    private const string Flavor = "___"; // libbpf ignores the rest of a name from here on

    /// <summary>One row per missing item. Items whose existence the object checks at run time do not count.</summary>
    public static IEnumerable<BpfFeature> Missing(BtfTypes types, IReadOnlyList<BtfRelocation> relocations, KernelTypeIndex kernel) =>
        relocations.Select(relocation => Lack(types, relocation, kernel)).OfType<string>().Distinct()
            .Select(lack => new BpfFeature(BpfFeatureCategory.Btf, lack, BpfSupport.No,
                "this kernel's types do not have it; the verifier rejects the program if it reaches the code that uses it"));

    /// <summary>The missing item, written in C; null if nothing is missing.</summary>
    private static string? Lack(BtfTypes types, BtfRelocation relocation, KernelTypeIndex kernel)
    {
        var type = types.Resolve(relocation.TypeId);
        switch (relocation.Kind)
        {
            case BtfRelocationKind.FieldByteOffset or BtfRelocationKind.FieldByteSize or BtfRelocationKind.FieldSigned
                or BtfRelocationKind.FieldLeftShift or BtfRelocationKind.FieldRightShift
                when type is BtfComposite composite:
                return MissingMember(types, composite, relocation.Access, kernel);
            case BtfRelocationKind.TypeIdTarget or BtfRelocationKind.TypeSize when type is BtfComposite { Name.Length: > 0 } composite:
                return kernel.Structs.ContainsKey(Plain(composite.Name)) ? null : $"struct {Plain(composite.Name)}";
            case BtfRelocationKind.EnumeratorValue when type is BtfEnum numbers
                && int.TryParse(relocation.Access, CultureInfo.InvariantCulture, out var index) && index < numbers.Values.Count:
                var name = Plain(numbers.Values[index].Key);
                return kernel.Enumerators(Plain(numbers.Name)).Contains(name) ? null : $"enum {Plain(numbers.Name)} {{ {name} }}";
            default:
                return null;
        }
    }

    private static string? MissingMember(BtfTypes types, BtfComposite local, string access, KernelTypeIndex kernel)
    {
        if (!kernel.Structs.TryGetValue(Plain(local.Name), out var found))
        {
            return $"struct {Plain(local.Name)}";
        }
        BtfType here = local;
        BtfType? there = found;
        var path = $"struct {Plain(local.Name)}";
        // The first index belongs to the pointer itself: p[0].
        foreach (var word in access.Split(':').Skip(1))
        {
            if (!int.TryParse(word, CultureInfo.InvariantCulture, out var index))
            {
                return null;
            }
            if (here is BtfArray array)
            {
                here = types.Resolve(array.Element);
                there = there is BtfArray other ? kernel.Types.Resolve(other.Element) : there;
                continue;
            }
            if (here is not BtfComposite composite || index >= composite.Members.Count)
            {
                return null;
            }
            var member = composite.Members[index];
            here = types.Resolve(member.Type);
            if (member.Name.Length == 0)
            {
                continue; // an anonymous struct: its members may be anywhere in the kernel's struct
            }
            path = $"{path}.{Plain(member.Name)}";
            if (there is not BtfComposite outer || Find(kernel.Types, outer, Plain(member.Name)) is not { } match)
            {
                return path;
            }
            there = kernel.Types.Resolve(match.Type);
        }
        return null;
    }

    private static BtfMember? Find(BtfTypes types, BtfComposite composite, string name)
    {
        foreach (var member in composite.Members)
        {
            if (member.Name == name)
            {
                return member;
            }
            if (member.Name.Length == 0 && types.Resolve(member.Type) is BtfComposite inner && Find(types, inner, name) is { } found)
            {
                return found;
            }
        }
        return null;
    }

    private static string Plain(string name) => name.IndexOf(Flavor, StringComparison.Ordinal) is var at and > 0 ? name[..at] : name;
}
