using System.Buffers.Binary;

namespace BpfPS.Generation;

/// <summary>
/// Whether a number is one of many. Few are compared one after the other; many stand in a sorted table, in which they are searched for
/// without a branch: with branches, the verifier would walk through every path.
/// </summary>
/// <param name="Value">The number.</param>
/// <param name="Numbers">What it may be, sorted, each once, all within the bounds of the number.</param>
/// <param name="End">The number of bytes that a record must have for the number.</param>
internal sealed record SetTest(KernelValue Value, Int128[] Numbers, uint End) : KernelTest
{
    /// <summary>More take more memory than a filter should.</summary>
    public const int Most = 1 << 16;

    private const int Few = 8;

    public override int Cost => 3;

    public override uint Need => End;

    public override void Emit(TestCode filter, Assembler.Label to, bool when)
    {
        var code = filter.Code;
        Value.Emit(code, Register.R1);
        var behind = code.NewLabel();
        var (isIn, isOut) = when ? (to, behind) : (behind, to);
        if (Numbers.Length <= Few)
        {
            foreach (var number in Numbers)
            {
                code.Set(Register.R2, unchecked((long)number));
                code.GoIf(Jump.Equal, Register.R1, Register.R2, isIn);
            }
        }
        else
        {
            Search(filter, isOut);
            code.GoIf(Jump.Equal, Register.R1, Register.R3, isIn);
        }
        if (!when)
        {
            code.Go(to);
        }
        code.Place(behind);
    }

    /// <summary>Writes code that looks in the table for the greatest number that is not greater, and puts it into R3.</summary>
    private void Search(TestCode filter, Assembler.Label isOut)
    {
        var code = filter.Code;
        // Within the table's bounds, the distance of two numbers has a sign that is right.
        var (less, greater) = Value.IsSigned ? (Jump.SignedLess, Jump.SignedGreater) : (Jump.Less, Jump.Greater);
        code.Set(Register.R2, unchecked((long)Numbers[0]));
        code.GoIf(less, Register.R1, Register.R2, isOut);
        code.Set(Register.R2, unchecked((long)Numbers[^1]));
        code.GoIf(greater, Register.R1, Register.R2, isOut);

        var steps = 0;
        while (1 << steps < Numbers.Length)
        {
            steps++;
        }
        code.SetAddress(Register.R5, filter.AddTable(Table(1 << steps)));
        code.Set(Register.R2, 0);
        for (var bit = steps - 1; bit >= 0; bit--)
        {
            code.Move(Register.R3, Register.R2);
            code.Calculate(Alu.Add, Register.R3, 1 << bit);
            code.Calculate(Alu.ShiftLeft, Register.R3, 3);
            code.Calculate(Alu.Add, Register.R3, Register.R5);
            code.Load(Register.R3, Register.R3, 0, sizeof(ulong));
            // 1 where the number there is not greater: the sign of the difference. A shift with sign would make verifiers follow both.
            code.Calculate(Alu.Subtract, Register.R3, Register.R1);
            code.Calculate(Alu.Subtract, Register.R3, 1);
            code.Calculate(Alu.ShiftRight, Register.R3, 63);
            code.Calculate(Alu.ShiftLeft, Register.R3, bit);
            code.Calculate(Alu.Add, Register.R2, Register.R3);
        }
        code.Calculate(Alu.ShiftLeft, Register.R2, 3);
        code.Calculate(Alu.Add, Register.R2, Register.R5);
        code.Load(Register.R3, Register.R2, 0, sizeof(ulong));
    }

    private byte[] Table(int length)
    {
        var table = new byte[length * sizeof(ulong)];
        for (var i = 0; i < length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(i * sizeof(ulong)),
                unchecked((ulong)Numbers[Math.Min(i, Numbers.Length - 1)]));
        }
        return table;
    }
}
