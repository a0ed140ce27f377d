namespace BpfPS.Generation;

/// <summary>A condition that a program in the kernel can decide on a record.</summary>
internal abstract record KernelTest
{
    /// <summary>What it costs beside the other ones: the cheaper ones come first.</summary>
    public virtual int Cost => 1;

    /// <summary>The number of bytes that a record must have for it.</summary>
    public abstract uint Need { get; }

    /// <summary>The same condition without parts that are always or never so: the verifier refuses code that nothing leads to.</summary>
    public virtual KernelTest Simplify() => this;

    /// <summary>Writes code that jumps to a place if the condition holds or does not, and else goes on behind it.</summary>
    /// <param name="filter">The filter that it is a part of.</param>
    /// <param name="to">The place.</param>
    /// <param name="when">Whether it jumps if the condition holds.</param>
    public abstract void Emit(TestCode filter, Assembler.Label to, bool when);
}

/// <summary>One that has the same answer for every record.</summary>
internal sealed record ConstantTest(bool Answer) : KernelTest
{
    public override int Cost => 0;

    public override uint Need => 0;

    public override void Emit(TestCode filter, Assembler.Label to, bool when) =>
        throw new InvalidOperationException("what is always or never so has been taken out");
}

/// <summary>Both of two conditions, or at least one of them.</summary>
internal sealed record PairTest(bool IsAnd, KernelTest Left, KernelTest Right) : KernelTest
{
    public override int Cost => Left.Cost + Right.Cost;

    public override uint Need => Math.Max(Left.Need, Right.Need);

    public override KernelTest Simplify() => (Left.Simplify(), Right.Simplify()) switch
    {
        (ConstantTest left, var right) => left.Answer == IsAnd ? right : left,
        (var left, ConstantTest right) => right.Answer == IsAnd ? left : right,
        var (left, right) => this with { Left = left, Right = right },
    };

    public override void Emit(TestCode filter, Assembler.Label to, bool when)
    {
        if (IsAnd != when)
        {
            // One of them decides.
            Left.Emit(filter, to, when);
            Right.Emit(filter, to, when);
            return;
        }
        var behind = filter.Code.NewLabel();
        Left.Emit(filter, behind, !when);
        Right.Emit(filter, to, when);
        filter.Code.Place(behind);
    }
}

/// <summary>The opposite of a condition.</summary>
internal sealed record NotTest(KernelTest Of) : KernelTest
{
    public override int Cost => Of.Cost;

    public override uint Need => Of.Need;

    public override KernelTest Simplify() => Of.Simplify() switch
    {
        ConstantTest constant => new ConstantTest(!constant.Answer),
        var other => new NotTest(other),
    };

    public override void Emit(TestCode filter, Assembler.Label to, bool when) => Of.Emit(filter, to, !when);
}

/// <summary>Whether a number is within bounds.</summary>
/// <param name="Value">The number.</param>
/// <param name="Least">The least that is.</param>
/// <param name="Greatest">The greatest.</param>
/// <param name="End">The number of bytes that a record must have for the number.</param>
internal sealed record RangeTest(KernelValue Value, Int128 Least, Int128 Greatest, uint End) : KernelTest
{
    public override uint Need => End;

    private bool IsFromBelow => Least <= Value.Least;

    private bool IsToAbove => Greatest >= Value.Greatest;

    public override KernelTest Simplify() =>
        Least > Greatest || Least > Value.Greatest || Greatest < Value.Least ? new ConstantTest(false)
        : IsFromBelow && IsToAbove ? new ConstantTest(true) : this;

    public override void Emit(TestCode filter, Assembler.Label to, bool when)
    {
        var code = filter.Code;
        Value.Emit(code, Register.R1);
        if (Least == Greatest)
        {
            GoIf(when ? Jump.Equal : Jump.NotEqual, Least, to);
            return;
        }
        var (less, greater) = Value.IsSigned ? (Jump.SignedLess, Jump.SignedGreater) : (Jump.Less, Jump.Greater);
        var (atMost, atLeast) = Value.IsSigned ? (Jump.SignedLessOrEqual, Jump.SignedGreaterOrEqual)
            : (Jump.LessOrEqual, Jump.GreaterOrEqual);
        if (IsFromBelow)
        {
            GoIf(when ? atMost : greater, Greatest, to);
        }
        else if (IsToAbove)
        {
            GoIf(when ? atLeast : less, Least, to);
        }
        else if (when)
        {
            var behind = code.NewLabel();
            GoIf(less, Least, behind);
            GoIf(atMost, Greatest, to);
            code.Place(behind);
        }
        else
        {
            GoIf(less, Least, to);
            GoIf(greater, Greatest, to);
        }

        void GoIf(Jump condition, Int128 number, Assembler.Label place)
        {
            // The number in an instruction has 32 bits and a sign, which is extended.
            if (number == (int)number)
            {
                code.GoIf(condition, Register.R1, (int)number, place);
                return;
            }
            code.Set(Register.R2, unchecked((long)number));
            code.GoIf(condition, Register.R1, Register.R2, place);
        }
    }
}

/// <summary>How two numbers compare.</summary>
/// <param name="Condition">The comparison, of unsigned numbers.</param>
/// <param name="SignedCondition">The same comparison of signed ones.</param>
/// <param name="Left">The left number.</param>
/// <param name="Right">The right one.</param>
/// <param name="End">The number of bytes that a record must have for them.</param>
internal sealed record OrderTest(Jump Condition, Jump SignedCondition, KernelValue Left, KernelValue Right, uint End) : KernelTest
{
    public override int Cost => 2;

    public override uint Need => End;

    public override void Emit(TestCode filter, Assembler.Label to, bool when)
    {
        var code = filter.Code;
        Left.Emit(code, Register.R1);
        Right.Emit(code, Register.R2);
        var condition = Left.IsSigned && Right.IsSigned ? SignedCondition : Condition;
        if (when)
        {
            code.GoIf(condition, Register.R1, Register.R2, to);
            return;
        }
        var behind = code.NewLabel();
        code.GoIf(condition, Register.R1, Register.R2, behind);
        code.Go(to);
        code.Place(behind);
    }
}

/// <summary>Whether a number can be divided by; where not, the script's answer is an error, and the record does not pass.</summary>
/// <param name="Divisor">The number.</param>
/// <param name="Then">The condition that divides by it.</param>
/// <param name="End">The number of bytes that a record must have for the number.</param>
internal sealed record DivisibleTest(KernelValue Divisor, KernelTest Then, uint End) : KernelTest
{
    public override int Cost => Then.Cost + 1;

    public override uint Need => Math.Max(Then.Need, End);

    public override KernelTest Simplify() => this with { Then = Then.Simplify() };

    public override void Emit(TestCode filter, Assembler.Label to, bool when)
    {
        Divisor.Emit(filter.Code, Register.R1);
        filter.Code.GoIf(Jump.Equal, Register.R1, 0, filter.Reject);
        if (Then is not ConstantTest constant)
        {
            Then.Emit(filter, to, when);
        }
        else if (constant.Answer == when)
        {
            // Never 0 where this is reached, and so a jump that code may follow.
            filter.Code.GoIf(Jump.NotEqual, Register.R1, 0, to);
        }
    }
}

/// <summary>Whether bytes are those of a value, such as an address.</summary>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="Wanted">The value's bytes.</param>
internal sealed record BytesTest(uint Offset, byte[] Wanted) : KernelTest
{
    public override int Cost => 2;

    public override uint Need => Offset + (uint)Wanted.Length;

    public override void Emit(TestCode filter, Assembler.Label to, bool when)
    {
        var code = filter.Code;
        var behind = code.NewLabel();
        var differs = when ? behind : to;
        for (var at = 0; at < Wanted.Length;)
        {
            // The verifier wants what lies on the stack to be read in pieces that are aligned.
            var size = Aligned.Size(Offset + (uint)at, Wanted.Length - at);
            var piece = 0UL;
            for (var i = size - 1; i >= 0; i--)
            {
                piece = piece << 8 | Wanted[at + i];
            }
            code.Load(Register.R1, Register.R6, (int)Offset + at, size);
            code.Set(Register.R2, (long)piece);
            code.GoIf(Jump.NotEqual, Register.R1, Register.R2, differs);
            at += size;
        }
        if (when)
        {
            code.Go(to);
        }
        code.Place(behind);
    }
}
