namespace BpfPS.Generation;

/// <summary>A whole number that a program in the kernel can work out of a record, which R6 points to.</summary>
/// <param name="Least">The least value that it can have.</param>
/// <param name="Greatest">The greatest.</param>
internal abstract record KernelValue(Int128 Least, Int128 Greatest)
{
    /// <summary>Whether it is compared with signs: it is never beyond what a long holds.</summary>
    public bool IsSigned => Greatest <= long.MaxValue;

    /// <summary>Writes the code that puts the number into a register. It may change the registers behind that, up to R5.</summary>
    public abstract void Emit(Assembler code, Register to);

    /// <summary>The register behind another one, for the second operand.</summary>
    /// <exception cref="NotSupportedException">There are not that many.</exception>
    protected static Register Next(Register register) => register < Register.R5 ? register + 1
        : throw new NotSupportedException("it is nested too deeply for the registers of the kernel");
}

/// <summary>A member of 1, 2, 4 or 8 bytes.</summary>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="IsNegatable">Whether it has a sign.</param>
/// <param name="Swap">Whether its bytes are in network order.</param>
internal sealed record MemberValue(uint Offset, int Size, bool IsNegatable, bool Swap = false) : KernelValue(
    IsNegatable ? -(Int128.One << (Size * 8 - 1)) : 0, (Int128.One << (Size * 8 - (IsNegatable ? 1 : 0))) - 1)
{
    public override void Emit(Assembler code, Register to)
    {
        Aligned.Load(code, to, Offset, Size);
        if (Swap && Size > 1)
        {
            code.Swap(to, Size * 8);
        }
        if (IsNegatable && Size < sizeof(long))
        {
            code.Calculate(Alu.ShiftLeft, to, 64 - Size * 8);
            code.Calculate(Alu.ShiftRightSigned, to, 64 - Size * 8);
        }
    }
}

/// <summary>A bit field, whose bytes are read one by one: a wider read could go beyond the record.</summary>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="BitOffset">The first bit, counted from there.</param>
/// <param name="Bits">The number of bits.</param>
/// <param name="IsNegatable">Whether they are a number with a sign.</param>
internal sealed record BitsValue(uint Offset, uint BitOffset, uint Bits, bool IsNegatable) : KernelValue(
    IsNegatable ? -(Int128.One << (int)(Bits - 1)) : 0, (Int128.One << (int)(Bits - (IsNegatable ? 1u : 0))) - 1)
{
    /// <summary>The bytes that have some of the bits.</summary>
    public uint Bytes => (BitOffset + Bits + 7) / 8;

    public override void Emit(Assembler code, Register to)
    {
        var part = Next(to);
        code.Load(to, Register.R6, (int)Offset, 1);
        for (var i = 1; i < Bytes; i++)
        {
            code.Load(part, Register.R6, (int)Offset + i, 1);
            code.Calculate(Alu.ShiftLeft, part, 8 * i);
            code.Calculate(Alu.Or, to, part);
        }
        code.Calculate(Alu.ShiftLeft, to, (int)(64 - BitOffset - Bits));
        code.Calculate(IsNegatable ? Alu.ShiftRightSigned : Alu.ShiftRight, to, (int)(64 - Bits));
    }
}

/// <summary>An errno of either sign, of which only the number counts.</summary>
/// <param name="Offset">Bytes from the start of the record.</param>
internal sealed record ErrnoValue(uint Offset) : KernelValue(int.MinValue, int.MaxValue)
{
    public override void Emit(Assembler code, Register to)
    {
        var isPositive = code.NewLabel();
        new MemberValue(Offset, sizeof(int), IsNegatable: true).Emit(code, to);
        code.GoIf(Jump.SignedGreaterOrEqual, to, 0, isPositive);
        code.Calculate(Alu.Negate, to, 0);
        code.Calculate(Alu.ShiftLeft, to, 32);
        code.Calculate(Alu.ShiftRightSigned, to, 32); // the least number has no positive one
        code.Place(isPositive);
    }
}

/// <summary>A constant.</summary>
/// <param name="Number">Its value, of 64 bits with a sign or without.</param>
internal sealed record ConstantValue(Int128 Number) : KernelValue(Number, Number)
{
    public override void Emit(Assembler code, Register to) => code.Set(to, unchecked((long)Number));
}

/// <summary>A number calculated from two others.</summary>
/// <param name="Operation">How.</param>
/// <param name="Left">The left one.</param>
/// <param name="Right">The right one.</param>
/// <param name="Least">The least value that the result can have.</param>
/// <param name="Greatest">The greatest.</param>
/// <param name="Cut">The number of bits that the result is cut to, with their sign if negative; 0 for all of them.</param>
internal sealed record CalculatedValue(Alu Operation, KernelValue Left, KernelValue Right, Int128 Least, Int128 Greatest, int Cut = 0)
    : KernelValue(Least, Greatest)
{
    public override void Emit(Assembler code, Register to)
    {
        Left.Emit(code, to);
        if (Right is ConstantValue { Number: var number } && number == (int)number)
        {
            code.Calculate(Operation, to, (int)number);
        }
        else
        {
            var right = Next(to);
            Right.Emit(code, right);
            code.Calculate(Operation, to, right);
        }
        if (Cut != 0)
        {
            code.Calculate(Alu.ShiftLeft, to, 64 - Math.Abs(Cut));
            code.Calculate(Cut < 0 ? Alu.ShiftRightSigned : Alu.ShiftRight, to, 64 - Math.Abs(Cut));
        }
    }
}
