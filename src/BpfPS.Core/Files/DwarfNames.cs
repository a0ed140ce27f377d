namespace BpfPS.Files;

/// <summary>The numbers of DWARF (dwarf.h) for types: what an entry is (DW_TAG_*), and what is said of it (DW_AT_*).</summary>
internal static class DwarfNames
{
    public const int Array = 0x01, Class = 0x02, Enumeration = 0x04, Parameter = 0x05,
        LexicalBlock = 0x0b, Member = 0x0d, Pointer = 0x0f,
        Structure = 0x13, Typedef = 0x16,
        Union = 0x17, Subrange = 0x21, Base = 0x24, Const = 0x26, Enumerator = 0x28,
        Subprogram = 0x2e, Volatile = 0x35, Restrict = 0x37, Atomic = 0x47;

    public const uint Name = 0x03, ByteSize = 0x0b, BitOffset = 0x0c, BitSize = 0x0d, ConstantValue = 0x1c, Inline = 0x20,
        UpperBound = 0x2f,
        Count = 0x37, MemberLocation = 0x38, Declaration = 0x3c, Encoding = 0x3e, External = 0x3f, Type = 0x49, DataBitOffset = 0x6b;
}
