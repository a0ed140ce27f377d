namespace BpfPS.Generation;

/// <summary>The sum of a base, an index times a power of two, and a number of bytes.</summary>
/// <param name="Base">The base: a place in the context.</param>
/// <param name="Index">The index: a place in the context.</param>
/// <param name="Shift">The exponent of the power.</param>
/// <param name="Offset">The number of bytes.</param>
internal sealed record IndexedAddress(ProbeValue Base, ProbeValue Index, int Shift, int Offset) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to)
    {
        Index.Emit(program, Register.R4);
        program.Code.Calculate(Alu.ShiftLeft, Register.R4, Shift);
        Base.Emit(program, to);
        program.Code.Calculate(Alu.Add, to, Register.R4);
        program.Code.Calculate(Alu.Add, to, Offset);
    }
}
