using System.Buffers.Binary;

namespace BpfPS.Instructions;

/// <summary>struct bpf_insn (include/uapi/linux/bpf.h).</summary>
/// <param name="Code">The operation.</param>
/// <param name="Destination">The register that it writes.</param>
/// <param name="Source">The register that it reads, or what its number means.</param>
/// <param name="Offset">A distance: of memory from a register, of a jump.</param>
/// <param name="Immediate">The number in it.</param>
internal readonly record struct RawInstruction(byte Code, byte Destination, byte Source, short Offset, int Immediate)
{
    /// <summary>Bytes of one; the load of a 64-bit number takes two.</summary>
    public const int Size = 8;

    /// <summary>BPF_LD | BPF_IMM | BPF_DW.</summary>
    public const byte LoadWide = 0x18;

    /// <summary>BPF_JMP | BPF_CALL.</summary>
    public const byte Call = 0x85;

    /// <summary>Reads one, in this machine's byte order, which the two registers share a byte in.</summary>
    public static RawInstruction Read(ReadOnlySpan<byte> bytes) => BitConverter.IsLittleEndian
        ? new(bytes[0], (byte)(bytes[1] & 15), (byte)(bytes[1] >> 4), BinaryPrimitives.ReadInt16LittleEndian(bytes[2..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]))
        : new(bytes[0], (byte)(bytes[1] >> 4), (byte)(bytes[1] & 15), BinaryPrimitives.ReadInt16BigEndian(bytes[2..]),
            BinaryPrimitives.ReadInt32BigEndian(bytes[4..]));

    /// <summary>Reads a whole program.</summary>
    public static RawInstruction[] ReadAll(ReadOnlySpan<byte> bytes)
    {
        var all = new RawInstruction[bytes.Length / Size];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = Read(bytes[(i * Size)..]);
        }
        return all;
    }

    /// <summary>Which group of operations it is of (BPF_CLASS).</summary>
    public int Class => Code & 0x07;

    /// <summary>For arithmetic and jumps, which one (BPF_OP, from 0 to 15).</summary>
    public int Operation => Code >> 4;

    /// <summary>For arithmetic and jumps, whether the second operand is a register (BPF_X).</summary>
    public bool HasRegister => (Code & 0x08) != 0;

    /// <summary>For loads and stores, how (BPF_MODE).</summary>
    public int Mode => Code & 0xe0;

    /// <summary>For loads and stores, how much: 0 for 32 bits, 1 for 16, 2 for 8, 3 for 64 (BPF_SIZE).</summary>
    public int Width => (Code >> 3) & 3;
}
