namespace BpfPS.Generation;

/// <summary>When an instruction jumps, with its number in the instruction set (BPF_JEQ and so on).</summary>
internal enum Jump : byte
{
    Equal = 0x10, Greater = 0x20, GreaterOrEqual = 0x30, AnyBit = 0x40, NotEqual = 0x50, SignedGreater = 0x60,
    SignedGreaterOrEqual = 0x70, Less = 0xa0, LessOrEqual = 0xb0, SignedLess = 0xc0, SignedLessOrEqual = 0xd0,
}
