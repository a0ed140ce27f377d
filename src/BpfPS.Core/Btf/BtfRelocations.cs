using System.Buffers.Binary;
using System.Text;

namespace BpfPS.Btf;

/// <summary>
/// The places in an object that depend on kernel types (CO-RE), as listed in the section .BTF.ext
/// (include/uapi/linux/bpf.h, struct bpf_core_relo).
/// </summary>
public static class BtfRelocations
{
    private const ushort Magic = 0xeb9f;
    private const int HeaderWithRelocations = 32;
    private const int RecordSize = 16;

    /// <summary>Reads the list.</summary>
    /// <param name="extension">The section .BTF.ext in this machine's byte order, as libbpf returns it.</param>
    /// <param name="btf">The section .BTF of the same object, for the names.</param>
    /// <exception cref="BtfFormatException">The bytes are damaged.</exception>
    public static IReadOnlyList<BtfRelocation> Parse(ReadOnlySpan<byte> extension, ReadOnlySpan<byte> btf)
    {
        if (extension.Length < 8 || BinaryPrimitives.ReadUInt16LittleEndian(extension) != Magic)
        {
            throw new BtfFormatException("the section .BTF.ext does not begin with a valid header");
        }
        var header = UInt32(extension, 4);
        var relocations = new List<BtfRelocation>();
        if (header < HeaderWithRelocations)
        {
            return relocations; // from a compiler older than CO-RE
        }
        var (start, length) = (header + (ulong)UInt32(extension, 24), (ulong)UInt32(extension, 28));
        if (length == 0)
        {
            return relocations;
        }
        var end = start + length;
        if (end > (ulong)extension.Length)
        {
            throw new BtfFormatException("the list of relocations is cut off");
        }
        var recordSize = UInt32(extension, start);
        if (recordSize < RecordSize)
        {
            throw new BtfFormatException($"a relocation of {recordSize} bytes is too short");
        }
        // For each section of code: its name, the number of records, and the records.
        for (var at = start + 4; at < end;)
        {
            var count = UInt32(extension, at + 4);
            at += 8;
            if (at + (ulong)count * recordSize > end)
            {
                throw new BtfFormatException("the list of relocations is cut off");
            }
            for (var i = 0u; i < count; i++, at += recordSize)
            {
                relocations.Add(new BtfRelocation(UInt32(extension, at + 4), Text(btf, UInt32(extension, at + 8)),
                    (BtfRelocationKind)UInt32(extension, at + 12)));
            }
        }
        return relocations;
    }

    private static string Text(ReadOnlySpan<byte> btf, uint offset)
    {
        // struct btf_header: hdr_len at 4, str_off at 16, str_len at 20
        var start = UInt32(btf, 4) + (ulong)UInt32(btf, 16) + offset;
        if (start >= (ulong)btf.Length || btf[(int)start..].IndexOf((byte)0) is not (>= 0 and var length))
        {
            throw new BtfFormatException($"the text at offset {offset} is not terminated");
        }
        return Encoding.UTF8.GetString(btf.Slice((int)start, length));
    }

    private static uint UInt32(ReadOnlySpan<byte> bytes, ulong offset) => offset + 4 <= (ulong)bytes.Length
        ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(int)offset..])
        : throw new BtfFormatException("the section .BTF.ext is cut off");
}
