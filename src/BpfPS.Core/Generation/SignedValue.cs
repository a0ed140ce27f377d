namespace BpfPS.Generation;

/// <summary>A number in the lower bytes of a register or of memory, with its sign.</summary>
/// <param name="Value">The number without its sign.</param>
/// <param name="Size">Its size: 1, 2, 4 or 8 bytes.</param>
internal sealed record SignedValue(ProbeValue Value, int Size) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to)
    {
        var bits = (sizeof(ulong) - Size) * 8;
        Value.Emit(program, to);
        program.Code.Calculate(Alu.ShiftLeft, to, bits);
        program.Code.Calculate(Alu.ShiftRightSigned, to, bits);
    }
}
