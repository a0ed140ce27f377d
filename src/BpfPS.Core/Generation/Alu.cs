namespace BpfPS.Generation;

/// <summary>What an instruction calculates, with its number in the instruction set (BPF_ADD and so on).</summary>
internal enum Alu : byte
{
    Add = 0x00, Subtract = 0x10, Multiply = 0x20, Divide = 0x30, Or = 0x40, And = 0x50, ShiftLeft = 0x60, ShiftRight = 0x70,
    Negate = 0x80, Remainder = 0x90, Xor = 0xa0, Move = 0xb0, ShiftRightSigned = 0xc0,
}
