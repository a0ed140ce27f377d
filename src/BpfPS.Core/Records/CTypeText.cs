namespace BpfPS.Records;

/// <summary>The types of shapes as text.</summary>
internal static class CTypeText
{
    /// <summary>A shape's type as in C, for errors.</summary>
    public static string Of(FieldShape shape) => shape switch
    {
        ScalarShape { Clr: var clr } => Type.GetTypeCode(clr) switch
        {
            TypeCode.Byte => "u8", TypeCode.SByte => "s8", TypeCode.UInt16 => "u16", TypeCode.Int16 => "s16", TypeCode.UInt32 => "u32",
            TypeCode.Int32 => "s32", TypeCode.Int64 => "s64", TypeCode.Single => "float", TypeCode.Double => "double", _ => "u64",
        },
        EnumShape { Type.Name: var name } => $"enum {name}".TrimEnd(),
        BitFieldShape { Enum: { } value } bits => $"{Of(value)} : {bits.Bits}",
        BitFieldShape bits => $"{(bits.IsSigned ? "signed" : "unsigned")} : {bits.Bits}",
        TextShape text => $"char[{text.Size}]",
        CountedShape counted => $"{Of(counted.Element)}[{counted.Count}]",
        ArrayShape array => $"{Of(array.Element)}[{array.Count}]",
        StructShape { Name: var name } => $"struct {name}",
        ReferenceShape { What: var what } => what,
        ReadShape { Reader: nameof(RecordReader.Boolean) } => "bool",
        ReadShape { Reader: nameof(RecordReader.UnsignedInteger128) } => "unsigned __int128",
        ReadShape { Reader: nameof(RecordReader.SignedInteger128) } => "__int128",
        ReadShape { Reader: nameof(RecordReader.Time) } => "a time",
        ReadShape { Reader: nameof(RecordReader.Duration) } => "a duration in ns",
        ReadShape { Reader: nameof(RecordReader.Ipv4Address) } => "an IPv4 address",
        ReadShape { Reader: nameof(RecordReader.Ipv6Address) } => "an IPv6 address",
        ReadShape { Reader: nameof(RecordReader.AnyAddress) } => "an IP address",
        ReadShape { Reader: nameof(RecordReader.MacAddress) } => "a MAC address",
        ReadShape { Reader: nameof(RecordReader.Ipv4Prefix) } => "an IPv4 prefix such as 10.0.0.0/8",
        ReadShape { Reader: nameof(RecordReader.Ipv6Prefix) } => "an IPv6 prefix such as 2001:db8::/32",
        ReadShape { Reader: nameof(RecordReader.AnyPrefix) } => "a prefix such as 10.0.0.0/8 or 2001:db8::/32",
        ReadShape { Reader: nameof(RecordReader.Errno) } => "an errno",
        _ => "bytes",
    };
}
