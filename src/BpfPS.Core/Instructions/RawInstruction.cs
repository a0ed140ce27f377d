using System.Buffers.Binary;

namespace BpfPS.Instructions;

/// <summary>struct bpf_insn (include/uapi/linux/bpf.h).</summary>
/// <param name="Code">The operation.</param>
/// <param name="Destination">The register that it writes.</param>
/// <param name="Source">The register that it reads, or the meaning of its immediate number.</param>
/// <param name="Offset">The offset of memory from a register, or the distance of a jump.</param>
/// <param name="Immediate">The immediate number.</param>
internal readonly record struct RawInstruction(byte Code, byte Destination, byte Source, short Offset, int Immediate)
{
    /// <summary>The size of an instruction in bytes; the load of a 64-bit number takes two instructions.</summary>
    public const int Size = 8;

    /// <summary>BPF_LD | BPF_IMM | BPF_DW.</summary>
    public const byte LoadWide = 0x18;

    /// <summary>BPF_JMP | BPF_CALL.</summary>
    public const byte Call = 0x85;

    /// <summary>Reads one instruction. The byte with the two registers depends on this machine's byte order.</summary>
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

    /// <summary>The class of the operation (BPF_CLASS).</summary>
    public int Class => Code & 0x07;

    /// <summary>For arithmetic and jumps, the operation (BPF_OP, from 0 to 15).</summary>
    public int Operation => Code >> 4;

    /// <summary>For arithmetic and jumps, whether the second operand is a register (BPF_X).</summary>
    public bool HasRegister => (Code & 0x08) != 0;

    /// <summary>For loads and stores, the mode (BPF_MODE).</summary>
    public int Mode => Code & 0xe0;

    /// <summary>For loads and stores, the width: 0 for 32 bits, 1 for 16, 2 for 8, 3 for 64 (BPF_SIZE).</summary>
    public int Width => (Code >> 3) & 3;
}
