using BpfPS.Btf;

namespace BpfPS.Probes;

/// <summary>What the name of a type says of its values.</summary>
/// <param name="Size">Its size in bytes.</param>
/// <param name="IsSigned">Whether it is signed.</param>
/// <param name="IsBool">Whether it is C's bool.</param>
/// <param name="IsPointer">Whether it is an address, perhaps behind a typedef.</param>
/// <param name="Names">The names of an enum's values.</param>
internal sealed record NumberType(uint Size, bool IsSigned, bool IsBool = false, bool IsPointer = false,
    IReadOnlyList<(string Name, ulong Value)>? Names = null)
{
    // Known without the kernel's types, whose first reading takes longer than everything else here.
    private static readonly Dictionary<string, NumberType> s_known = Known(
        (1, true, "signed char, s8, __s8, int8_t"),
        (1, false, "char, unsigned char, u8, __u8, uint8_t"),
        (2, true, "short, s16, __s16, int16_t"),
        (2, false, "unsigned short, u16, __u16, uint16_t, umode_t, __be16, __le16"),
        (4, true, "int, s32, __s32, int32_t, pid_t, clockid_t, timer_t, key_t, key_serial_t, mqd_t, rwf_t"),
        (4, false, "unsigned int, unsigned, u32, __u32, uint32_t, uint, uid_t, gid_t, qid_t, gfp_t, dev_t, __be32, __le32"),
        (8, true, "long, long long, s64, __s64, int64_t, loff_t, off_t, ssize_t, time64_t"),
        (8, false, "unsigned long, unsigned long long, u64, __u64, uint64_t, size_t, ino_t, sector_t, aio_context_t, __be64, __le64"));

    /// <summary>The type of a name; null if it is not that of a number or an address.</summary>
    /// <param name="typeText">The type as C writes it.</param>
    /// <param name="types">The kernel's types.</param>
    public static NumberType? Of(string typeText, ProbeTypes types)
    {
        var name = Bare(typeText);
        if (name.Contains('*', StringComparison.Ordinal))
        {
            return new(8, false, IsPointer: true);
        }
        if (s_known.TryGetValue(name, out var known))
        {
            return known;
        }
        return name is "bool" or "_Bool" ? new(1, false, IsBool: true)
            : name.StartsWith("enum ", StringComparison.Ordinal) ? Of(types.Enum(name["enum ".Length..]))
            : types.Typedef(name) is { } typedef ? Of(types.All, typedef.Id) : null;
    }

    /// <summary>A type of the kernel; null if it is not that of a number or an address.</summary>
    /// <param name="types">The types.</param>
    /// <param name="id">Its number.</param>
    public static NumberType? Of(BtfTypes types, uint id) => types.Resolve(id) switch
    {
        BtfInt number => new(number.Size, number.IsSigned, number.IsBool),
        BtfEnum values => Of(values),
        BtfReference { Kind: BtfKind.Pointer } => new(8, false, IsPointer: true),
        _ => null,
    };

    /// <summary>A type without const and volatile.</summary>
    public static string Bare(string typeText) => string.Join(' ', typeText.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Where(word => word is not ("const" or "volatile" or "__user" or "__seg_gs")));

    private static NumberType? Of(BtfEnum? values) => values is null ? null : new(values.Size, values.IsSigned,
        Names: values.Values.Select(value => (value.Key, unchecked((ulong)value.Value))).ToArray());

    private static Dictionary<string, NumberType> Known(params (uint Size, bool IsSigned, string Names)[] groups) =>
        groups.SelectMany(group => group.Names.Split(", "), (group, name) => (Name: name, Type: new NumberType(group.Size, group.IsSigned)))
            .ToDictionary(known => known.Name, known => known.Type, StringComparer.Ordinal);
}
