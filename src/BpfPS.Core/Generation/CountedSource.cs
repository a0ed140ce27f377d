namespace BpfPS.Generation;

/// <summary>How many bytes there are where an address points to.</summary>
internal abstract record ByteCount
{
    /// <summary>Writes the code that puts it into R1: 0, or a number that may be too large. It may change R0 to R5.</summary>
    public abstract void Emit(ProbeCode program);
}

/// <summary>As many as the place of a tracepoint's array says (__data_loc).</summary>
/// <param name="Offset">Where in the context the place is, in bytes.</param>
internal sealed record LocatedCount(int Offset) : ByteCount
{
    public override void Emit(ProbeCode program)
    {
        program.Code.Load(Register.R1, Register.R7, Offset, sizeof(uint));
        program.Code.Calculate(Alu.ShiftRight, Register.R1, 16);
    }
}

/// <summary>As many as an argument or a result says; none if that is negative.</summary>
/// <param name="Value">The argument or result.</param>
/// <param name="Size">How many bytes of it count.</param>
internal sealed record ValueCount(ProbeValue Value, int Size) : ByteCount
{
    public override void Emit(ProbeCode program)
    {
        var isNone = program.Code.NewLabel();
        Value.Emit(program, Register.R1);
        if (Size < sizeof(ulong))
        {
            var unused = 64 - Size * 8;
            program.Code.Calculate(Alu.ShiftLeft, Register.R1, unused);
            program.Code.Calculate(Alu.ShiftRightSigned, Register.R1, unused);
        }
        program.Code.GoIf(Jump.SignedGreaterOrEqual, Register.R1, 0, isNone);
        program.Code.Set(Register.R1, 0);
        program.Code.Place(isNone);
    }
}

/// <summary>Bytes or numbers at an address, behind how many of them were read; none where they cannot be.</summary>
/// <param name="Address">The address.</param>
/// <param name="Bytes">How many bytes there are.</param>
/// <param name="ElementSize">The size of one element: 1, 2, 4 or 8 bytes.</param>
/// <param name="IsOfUser">Whether it is an address of the current process, not of the kernel.</param>
internal sealed record CountedSource(ProbeValue Address, ByteCount Bytes, int ElementSize, bool IsOfUser) : MemberSource
{
    public override int Cost => 4;

    public override void Emit(ProbeCode program, int at, int size)
    {
        var code = program.Code;
        var room = size - (int)EventTypes.CountedStart;
        var (fits, isRead) = (code.NewLabel(), code.NewLabel());
        Bytes.Emit(program);
        code.GoIf(Jump.LessOrEqual, Register.R1, room, fits);
        code.Set(Register.R1, room);
        code.Place(fits);
        code.Store(Register.R10, ProbeCode.Temporary, Register.R1, sizeof(ulong)); // with the bounds that the verifier knows
        code.Calculate(Alu.ShiftRight, Register.R1, int.Log2(ElementSize));
        code.Store(Register.R6, at, Register.R1, sizeof(uint));
        Address.Emit(program, Register.R3);
        program.AddressOf(Register.R1, at + (int)EventTypes.CountedStart);
        code.Load(Register.R2, Register.R10, ProbeCode.Temporary, sizeof(ulong));
        code.Call(IsOfUser ? ProbeCode.ReadUser : ProbeCode.ReadKernel);
        code.GoIf(Jump.Equal, Register.R0, 0, isRead);
        code.Store(Register.R6, at, 0, sizeof(uint));
        code.Place(isRead);
    }
}
