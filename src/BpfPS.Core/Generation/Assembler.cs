using System.Buffers.Binary;

namespace BpfPS.Generation;

/// <summary>Writes the instructions of one function (include/uapi/linux/bpf.h, struct bpf_insn).</summary>
internal sealed class Assembler
{
    private const byte Immediate = 0x00, FromRegister = 0x08; // BPF_K, BPF_X
    private const byte Alu64 = 0x07, Jump64 = 0x05;
    private const byte Atomic = 0xdb; // BPF_STX | BPF_ATOMIC | BPF_DW
    private const byte LoadWide = 0x18; // BPF_LD | BPF_IMM | BPF_DW, of two instructions
    private const byte ToBigEndian = 0xdc; // BPF_ALU | BPF_END | BPF_TO_BE

    private readonly List<ulong> _code = [];
    private readonly List<(int At, Label To)> _jumps = [];
    private readonly List<int> _places = [];
    private readonly List<(int At, string Symbol, bool IsCall)> _references = [];

    /// <summary>A place in the code to jump to.</summary>
    public readonly record struct Label(int Number);

    /// <summary>How many instructions there are; a wide one counts twice.</summary>
    public int Count => _code.Count;

    /// <summary>The instructions that refer to a symbol: their numbers, the symbols, and whether they call them.</summary>
    public IReadOnlyList<(int At, string Symbol, bool IsCall)> References => _references;

    /// <summary>A label that has no place yet.</summary>
    public Label NewLabel()
    {
        _places.Add(-1);
        return new Label(_places.Count - 1);
    }

    /// <summary>Gives a label its place: before the next instruction.</summary>
    public void Place(Label label) => _places[label.Number] = _code.Count;

    /// <summary>Loads a number of 1, 2, 4 or 8 bytes, without its sign.</summary>
    /// <exception cref="NotSupportedException">The offset is larger than an instruction can say.</exception>
    public void Load(Register to, Register address, int offset, int size) => Add((byte)(0x61 | SizeCode(size)), to, address,
        offset == (short)offset ? (short)offset : throw new NotSupportedException("the member is more than 32 KiB behind the start"), 0);

    /// <summary>Stores 1, 2, 4 or 8 bytes of a register.</summary>
    public void Store(Register address, int offset, Register value, int size) =>
        Add((byte)(0x63 | SizeCode(size)), address, value, checked((short)offset), 0);

    /// <summary>Stores a number in 1, 2, 4 or 8 bytes; of eight, its sign is extended.</summary>
    public void Store(Register address, int offset, int value, int size) =>
        Add((byte)(0x62 | SizeCode(size)), address, 0, checked((short)offset), value);

    /// <summary>Adds to the eight bytes at an address, atomically.</summary>
    public void AddAtomically(Register address, int offset, Register value) => Add(Atomic, address, value, (short)offset, 0);

    /// <summary>Copies a register.</summary>
    public void Move(Register to, Register from) => Calculate(Alu.Move, to, from);

    /// <summary>Sets a register.</summary>
    public void Set(Register to, long value)
    {
        if (value == (int)value)
        {
            Calculate(Alu.Move, to, (int)value);
            return;
        }
        Add(LoadWide, to, 0, 0, (int)value);
        Add(0, 0, 0, 0, (int)(value >> 32));
    }

    /// <summary>Sets a register to an address in the data of a symbol.</summary>
    /// <param name="to">The register.</param>
    /// <param name="symbol">The symbol of a variable or map.</param>
    public void SetAddress(Register to, string symbol)
    {
        _references.Add((_code.Count, symbol, IsCall: false));
        Add(LoadWide, to, 0, 0, 0);
        Add(0, 0, 0, 0, 0);
    }

    /// <summary>Calculates with two registers, in 64 bits.</summary>
    public void Calculate(Alu operation, Register to, Register with) => Add((byte)((byte)operation | Alu64 | FromRegister), to, with, 0, 0);

    /// <summary>Calculates with a register and a number, whose sign is extended, in 64 bits.</summary>
    public void Calculate(Alu operation, Register to, int with) => Add((byte)((byte)operation | Alu64 | Immediate), to, 0, 0, with);

    /// <summary>Makes a number in network order, as it was loaded, one in the order of this machine.</summary>
    /// <param name="of">The register.</param>
    /// <param name="bits">16, 32 or 64.</param>
    public void Swap(Register of, int bits) => Add(ToBigEndian, of, 0, 0, bits);

    /// <summary>Jumps.</summary>
    public void Go(Label to) => Add(Jump64, 0, 0, to);

    /// <summary>Jumps if two registers compare so, in 64 bits.</summary>
    public void GoIf(Jump condition, Register left, Register right, Label to) =>
        Add((byte)((byte)condition | Jump64 | FromRegister), left, right, to);

    /// <summary>Jumps if a register and a number, whose sign is extended, compare so, in 64 bits.</summary>
    public void GoIf(Jump condition, Register left, int right, Label to) =>
        Add((byte)((byte)condition | Jump64 | Immediate), left, 0, to, right);

    /// <summary>Calls a helper of the kernel.</summary>
    /// <param name="helper">Its number (BPF_FUNC_*).</param>
    public void Call(int helper) => Add(0x85, 0, 0, 0, helper);

    /// <summary>Calls a function of the same object or of one that it is linked with.</summary>
    /// <param name="symbol">Its name.</param>
    public void Call(string symbol)
    {
        _references.Add((_code.Count, symbol, IsCall: true));
        Add(0x85, 0, (Register)1, 0, -1); // BPF_PSEUDO_CALL
    }

    /// <summary>Returns R0.</summary>
    public void Exit() => Add(0x95, 0, 0, 0, 0);

    /// <summary>The code, with its jumps.</summary>
    /// <exception cref="InvalidOperationException">A jump is too long for its instruction, or a label has no place.</exception>
    public byte[] ToArray()
    {
        var bytes = new byte[_code.Count * sizeof(ulong)];
        for (var i = 0; i < _code.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), _code[i]);
        }
        foreach (var (at, to) in _jumps)
        {
            var distance = _places[to.Number] - at - 1;
            if (_places[to.Number] < 0 || distance != (short)distance)
            {
                throw new InvalidOperationException($"instruction {at} cannot jump to {_places[to.Number]}");
            }
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(at * sizeof(ulong) + 2), (short)distance);
        }
        return bytes;
    }

    private void Add(byte code, Register to, Register from, Label target, int immediate = 0)
    {
        _jumps.Add((_code.Count, target));
        Add(code, to, from, 0, immediate);
    }

    private void Add(byte code, Register to, Register from, short offset, int immediate) =>
        _code.Add(code | (ulong)((byte)to | (byte)from << 4) << 8 | (ulong)(ushort)offset << 16 | (ulong)(uint)immediate << 32);

    private static byte SizeCode(int size) => size switch
    {
        1 => 0x10,
        2 => 0x08,
        4 => 0x00,
        _ => 0x18,
    };
}
