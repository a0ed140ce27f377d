using System.Buffers.Binary;

namespace BpfPS.Generation;

/// <summary>
/// Whether a member's text, up to its first NUL, is as one of several patterns want it. Only ASCII can be compared in the kernel; of other
/// text it does not decide, and lets the record through for the reader.
/// </summary>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="Room">The number of bytes up to which the text goes.</param>
/// <param name="Patterns">The patterns, with at most <see cref="MostBits"/> bits together.</param>
/// <param name="IsUndecided">Characters of which the kernel does not decide, by their numbers from 1 to 127.</param>
internal sealed record TextTest(uint Offset, uint Room, IReadOnlyList<TextPattern> Patterns, Func<char, bool> IsUndecided) : KernelTest
{
    /// <summary>The bits of a word but for the sign, which marks characters that are not decided.</summary>
    public const int MostBits = 63;

    /// <summary>The bytes that are looked at in one turn of the loop.</summary>
    private const uint Turn = 8;
    private const int Characters = 256;

    public override int Cost => 10;

    public override uint Need => Offset + Room;

    public override void Emit(TestCode filter, Assembler.Label to, bool when)
    {
        var code = filter.Code;
        var (first, last, gaps) = Masks();
        var (isUnequal, isEnd, behind) = (code.NewLabel(), code.NewLabel(), code.NewLabel());
        // R1 counts, R2 points to the text, R3 takes a character, R4 and R5 are the table and the gaps, R0 has what is matched so far.
        code.SetAddress(Register.R4, filter.AddTable(Table()));
        code.Set(Register.R5, gaps);
        code.Set(Register.R0, first);
        var turns = Room / Turn;
        if (turns > 0)
        {
            var again = code.NewLabel();
            code.Set(Register.R1, 0);
            code.Place(again);
            code.Move(Register.R2, Register.R6);
            code.Calculate(Alu.Add, Register.R2, Register.R1);
            for (var i = 0u; i < Turn; i++)
            {
                Character(Register.R2, Offset + i);
            }
            code.Calculate(Alu.Add, Register.R1, (int)Turn);
            code.GoIf(Jump.Less, Register.R1, (int)(turns * Turn), again);
        }
        for (var i = turns * Turn; i < Room; i++)
        {
            Character(Register.R6, Offset + i);
        }
        code.Place(isEnd);
        code.Set(Register.R5, last);
        code.GoIf(Jump.AnyBit, Register.R0, Register.R5, when ? to : behind);
        code.Place(isUnequal);
        if (!when)
        {
            code.Go(to);
        }
        code.Place(behind);

        void Character(Register address, uint offset)
        {
            code.Load(Register.R3, address, (int)offset, 1);
            code.GoIf(Jump.Equal, Register.R3, 0, isEnd);
            code.Calculate(Alu.ShiftLeft, Register.R3, 3);
            code.Calculate(Alu.Add, Register.R3, Register.R4);
            code.Load(Register.R3, Register.R3, 0, sizeof(ulong));
            code.GoIf(Jump.SignedLess, Register.R3, 0, filter.Accept);
            if (gaps == 0)
            {
                code.Calculate(Alu.And, Register.R0, Register.R3);
                code.Calculate(Alu.ShiftLeft, Register.R0, 1);
            }
            else
            {
                code.Calculate(Alu.And, Register.R3, Register.R0);
                code.Calculate(Alu.ShiftLeft, Register.R3, 1);
                code.Calculate(Alu.And, Register.R0, Register.R5);
                code.Calculate(Alu.Or, Register.R0, Register.R3);
            }
            code.GoIf(Jump.Equal, Register.R0, 0, isUnequal);
        }
    }

    /// <summary>The bits with which the text begins, those that it must have at its end, and those of gaps.</summary>
    private (long First, long Last, long Gaps) Masks()
    {
        var (first, last, gaps) = (0L, 0L, 0L);
        foreach (var (pattern, start) in Placed())
        {
            first |= 1L << start;
            last |= 1L << (start + pattern.Elements.Count);
            gaps = pattern.Gaps.Aggregate(gaps, (all, gap) => all | 1L << (start + gap));
        }
        return (first, last, gaps);
    }

    /// <summary>For each character, the bits of the elements that take it.</summary>
    private byte[] Table()
    {
        var table = new byte[Characters * sizeof(ulong)];
        for (var c = 1; c < Characters; c++)
        {
            var bits = c > 127 || IsUndecided((char)c) ? long.MinValue : 0;
            foreach (var (pattern, start) in bits < 0 ? [] : Placed())
            {
                for (var i = 0; i < pattern.Elements.Count; i++)
                {
                    bits |= pattern.Elements[i]((char)c) ? 1L << (start + i) : 0;
                }
            }
            BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(c * sizeof(ulong)), bits);
        }
        return table;
    }

    private IEnumerable<(TextPattern Pattern, int Start)> Placed()
    {
        var start = 0;
        foreach (var pattern in Patterns)
        {
            yield return (pattern, start);
            start += pattern.Bits;
        }
    }
}
