namespace BpfPS.Generation;

/// <summary>A number of eight bytes or fewer that a probe's program can get at: an argument, a result, what a pointer points to.</summary>
internal abstract record ProbeValue
{
    /// <summary>Writes the code that puts it into a register. It may change R0 to R5.</summary>
    /// <param name="program">The program.</param>
    /// <param name="to">The register.</param>
    public abstract void Emit(ProbeCode program, Register to);
}

/// <summary>One that lies in the program's context.</summary>
/// <param name="Offset">Where, in bytes.</param>
/// <param name="Size">Its size: 1, 2, 4 or 8 bytes.</param>
internal sealed record ContextValue(int Offset, int Size) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to) => program.Code.Load(to, Register.R7, Offset, Size);
}

/// <summary>An argument of a call that has returned.</summary>
/// <param name="Index">Its number, from 0.</param>
internal sealed record SavedValue(int Index) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to) =>
        program.Code.Load(to, Register.R8, sizeof(ulong) * (1 + Index), sizeof(ulong));
}

/// <summary>The address of a tracepoint's text or array, of which the context has the place (__data_loc).</summary>
/// <param name="Offset">Where in the context that place is, in bytes.</param>
internal sealed record LocatedAddress(int Offset) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to)
    {
        var code = program.Code;
        code.Load(Register.R1, Register.R7, Offset, sizeof(uint));
        code.Calculate(Alu.And, Register.R1, ushort.MaxValue);
        code.Move(Register.R2, Register.R7);
        code.Calculate(Alu.Add, Register.R2, Register.R1);
        code.Move(to, Register.R2);
    }
}

/// <summary>The address of something in the program's context.</summary>
/// <param name="Offset">Where, in bytes.</param>
internal sealed record ContextAddress(int Offset) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to)
    {
        program.Code.Move(to, Register.R7);
        program.Code.Calculate(Alu.Add, to, Offset);
    }
}

/// <summary>What lies behind a pointer of the kernel; 0 where it cannot be followed.</summary>
/// <param name="Pointer">The pointer.</param>
/// <param name="Offset">Bytes from where it points.</param>
/// <param name="Size">The number's size: 1, 2, 4 or 8 bytes.</param>
internal sealed record PointedValue(ProbeValue Pointer, int Offset, int Size) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to)
    {
        var code = program.Code;
        Pointer.Emit(program, Register.R3);
        code.Calculate(Alu.Add, Register.R3, Offset);
        code.Store(Register.R10, ProbeCode.Temporary, 0, sizeof(ulong));
        code.Move(Register.R1, Register.R10);
        code.Calculate(Alu.Add, Register.R1, ProbeCode.Temporary);
        code.Set(Register.R2, Size);
        code.Call(ProbeCode.ReadKernel);
        code.Load(to, Register.R10, ProbeCode.Temporary, sizeof(ulong));
    }
}

/// <summary>Some bits of a number.</summary>
/// <param name="Number">The number.</param>
/// <param name="First">The first bit, counted from the lowest.</param>
/// <param name="Count">The number of bits.</param>
/// <param name="IsSigned">Whether the highest of them is a sign.</param>
internal sealed record BitsOf(ProbeValue Number, int First, int Count, bool IsSigned) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to)
    {
        Number.Emit(program, to);
        program.Code.Calculate(Alu.ShiftLeft, to, 64 - First - Count);
        program.Code.Calculate(IsSigned ? Alu.ShiftRightSigned : Alu.ShiftRight, to, 64 - Count);
    }
}

/// <summary>An address that lies so far behind another one.</summary>
/// <param name="Address">The other one.</param>
/// <param name="Offset">Bytes from there.</param>
internal sealed record MovedAddress(ProbeValue Address, int Offset) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to)
    {
        Address.Emit(program, to);
        program.Code.Calculate(Alu.Add, to, Offset);
    }
}
