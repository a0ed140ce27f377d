namespace BpfPS.Generation;

/// <summary>
/// Code that adds an event to its group. It has the event in R6, which begins with the key, and uses all other registers: R8 for the group,
/// R9 for the number of events that it had.
/// </summary>
/// <param name="code">The program's code.</param>
/// <param name="values">What is added up.</param>
/// <param name="isGrouped">Whether events are grouped, and groups are looked for by their keys.</param>
internal sealed class MeasureCode(Assembler code, IReadOnlyList<MeasuredValue> values, bool isGrouped)
{
    private const int LookUp = 1, Update = 2; // enum bpf_func_id
    private const int NoExist = 1; // BPF_NOEXIST

    /// <summary>Writes it.</summary>
    public void Emit()
    {
        var (isMissed, isDone) = (code.NewLabel(), code.NewLabel());
        Find(MeasureMaps.Groups, MeasureMaps.GroupKeyAt, isMissed, makes: isGrouped);
        code.Move(Register.R8, Register.R0);
        code.Load(Register.R9, Register.R8, 0, sizeof(ulong));
        code.Move(Register.R1, Register.R9);
        code.Calculate(Alu.Add, Register.R1, 1);
        code.Store(Register.R8, 0, Register.R1, sizeof(ulong));
        for (var i = 0; i < values.Count; i++)
        {
            Add(values[i], sizeof(ulong) + i * MeasureMaps.ValueSize);
            if (!values[i].HasHistogram)
            {
                continue;
            }
            BucketOf(values[i]);
            if (isGrouped)
            {
                Count(MeasureMaps.Buckets, i);
            }
            else
            {
                CountInOctave(i);
            }
            if (values[i].SlotWidth is { } width)
            {
                SlotOf(values[i], width);
                Count(MeasureMaps.Slots, i);
            }
        }
        code.Go(isDone);
        code.Place(isMissed);
        AddTo(MeasureMaps.GroupsMissed);
        code.Place(isDone);
    }

    private void Add(MeasuredValue value, int at)
    {
        value.Value.Emit(code, Register.R1);
        code.Load(Register.R2, Register.R8, at, sizeof(ulong));
        code.Calculate(Alu.Add, Register.R2, Register.R1);
        code.Store(Register.R8, at, Register.R2, sizeof(ulong));
        if (value.HasCarry)
        {
            Carry(value, at + 3 * sizeof(ulong));
        }
        if (!value.HasExtremes)
        {
            return;
        }
        var (isFirst, isNotLess, isDone) = (code.NewLabel(), code.NewLabel(), code.NewLabel());
        var (notLess, notGreater) = value.Value.IsSigned ? (Jump.SignedGreaterOrEqual, Jump.SignedLessOrEqual)
            : (Jump.GreaterOrEqual, Jump.LessOrEqual);
        code.GoIf(Jump.Equal, Register.R9, 0, isFirst);
        code.Load(Register.R2, Register.R8, at + sizeof(ulong), sizeof(ulong));
        code.GoIf(notLess, Register.R1, Register.R2, isNotLess);
        code.Store(Register.R8, at + sizeof(ulong), Register.R1, sizeof(ulong));
        code.Place(isNotLess);
        code.Load(Register.R2, Register.R8, at + 2 * sizeof(ulong), sizeof(ulong));
        code.GoIf(notGreater, Register.R1, Register.R2, isDone);
        code.Store(Register.R8, at + 2 * sizeof(ulong), Register.R1, sizeof(ulong));
        code.Go(isDone);
        code.Place(isFirst);
        code.Store(Register.R8, at + sizeof(ulong), Register.R1, sizeof(ulong));
        code.Store(Register.R8, at + 2 * sizeof(ulong), Register.R1, sizeof(ulong));
        code.Place(isDone);
    }

    /// <summary>Adds what a sum in R2 has beyond 64 bits, after R1 was added to it: large numbers do that soon.</summary>
    private void Carry(MeasuredValue value, int at)
    {
        var (isNot, isDone) = (code.NewLabel(), code.NewLabel());
        if (value.Value.Least < 0)
        {
            code.Move(Register.R3, Register.R1);
            code.Calculate(Alu.ShiftRightSigned, Register.R3, 63);
        }
        else
        {
            code.Set(Register.R3, 0);
        }
        code.GoIf(Jump.GreaterOrEqual, Register.R2, Register.R1, isNot);
        code.Calculate(Alu.Add, Register.R3, 1);
        code.Place(isNot);
        code.GoIf(Jump.Equal, Register.R3, 0, isDone);
        code.Load(Register.R2, Register.R8, at, sizeof(ulong));
        code.Calculate(Alu.Add, Register.R2, Register.R3);
        code.Store(Register.R8, at, Register.R2, sizeof(ulong));
        code.Place(isDone);
    }

    /// <summary>Counts a value in its bucket or slot, whose number is in R1.</summary>
    private void Count(string map, int number)
    {
        var (isMissed, isDone) = (code.NewLabel(), code.NewLabel());
        code.Store(Register.R6, 0, Register.R1, sizeof(ulong));
        code.Store(Register.R6, MeasureMaps.ValueNumberAt, number, sizeof(uint));
        Find(map, 0, isMissed, makes: true);
        code.Load(Register.R1, Register.R0, 0, sizeof(ulong));
        code.Calculate(Alu.Add, Register.R1, 1);
        code.Store(Register.R0, 0, Register.R1, sizeof(ulong));
        code.Go(isDone);
        code.Place(isMissed);
        AddTo(MeasureMaps.BucketsMissed);
        code.Place(isDone);
    }

    /// <summary>Counts a value in its bucket, whose number is in R1, where the buckets of an octave are an entry of an array.</summary>
    private void CountInOctave(int number)
    {
        var isDone = code.NewLabel();
        code.Move(Register.R7, Register.R1); // the context is not needed any more
        code.Calculate(Alu.And, Register.R7, MeasureMaps.BucketsInOctave - 1);
        code.Calculate(Alu.ShiftLeft, Register.R7, 3);
        code.Calculate(Alu.ShiftRight, Register.R1, MeasureMaps.FractionBits);
        code.Load(Register.R2, Register.R6, MeasureMaps.GroupKeyAt, sizeof(uint));
        code.Calculate(Alu.Multiply, Register.R2, values.Count * MeasureMaps.Octaves);
        code.Calculate(Alu.Add, Register.R1, Register.R2);
        code.Calculate(Alu.Add, Register.R1, number * MeasureMaps.Octaves);
        code.Store(Register.R6, 0, Register.R1, sizeof(uint));
        Find(MeasureMaps.Buckets, 0, isDone, makes: false);
        code.Calculate(Alu.Add, Register.R0, Register.R7);
        code.Load(Register.R1, Register.R0, 0, sizeof(ulong));
        code.Calculate(Alu.Add, Register.R1, 1);
        code.Store(Register.R0, 0, Register.R1, sizeof(ulong));
        code.Place(isDone);
    }

    /// <summary>
    /// Puts the number of a value's bucket into R1: its power of two, and the bits behind the first. Without branches where it can be:
    /// the verifier would walk through every path.
    /// </summary>
    private void BucketOf(MeasuredValue value)
    {
        var (isDone, isPositive, isNotZero) = (code.NewLabel(), code.NewLabel(), code.NewLabel());
        Scaled(value);
        if (value.Value.Least < 0)
        {
            code.Set(Register.R5, 0);
            code.GoIf(Jump.SignedGreaterOrEqual, Register.R1, 0, isPositive);
            code.Calculate(Alu.Negate, Register.R1, 0);
            code.Set(Register.R5, MeasureMaps.Negative);
            code.Place(isPositive);
        }
        code.GoIf(Jump.NotEqual, Register.R1, 0, isNotZero);
        code.Set(Register.R1, MeasureMaps.Zero);
        code.Go(isDone);
        code.Place(isNotZero);
        code.Move(Register.R2, Register.R1);
        code.Set(Register.R3, 0); // the power of two
        for (var bits = 5; bits >= 0; bits--)
        {
            // 1 where the number has more than so many bits: what is left without them is not 0, and its negative has a sign.
            code.Move(Register.R4, Register.R2);
            code.Calculate(Alu.ShiftRight, Register.R4, 1 << bits);
            if (bits > 0)
            {
                code.Calculate(Alu.Negate, Register.R4, 0);
                code.Calculate(Alu.ShiftRight, Register.R4, 63);
                code.Calculate(Alu.ShiftLeft, Register.R4, bits);
                code.Calculate(Alu.ShiftRight, Register.R2, Register.R4);
            }
            code.Calculate(Alu.Add, Register.R3, Register.R4);
        }
        // The first bit to the top and out of it; then the bits behind it are the upper ones.
        code.Set(Register.R4, 63);
        code.Calculate(Alu.Subtract, Register.R4, Register.R3);
        code.Calculate(Alu.ShiftLeft, Register.R1, Register.R4);
        code.Calculate(Alu.ShiftLeft, Register.R1, 1);
        code.Calculate(Alu.ShiftRight, Register.R1, 64 - MeasureMaps.FractionBits);
        code.Calculate(Alu.ShiftLeft, Register.R3, MeasureMaps.FractionBits);
        code.Calculate(Alu.Add, Register.R1, Register.R3);
        if (value.Value.Least < 0)
        {
            code.Calculate(Alu.Add, Register.R1, Register.R5);
        }
        code.Place(isDone);
    }

    /// <summary>Puts the number of a value's slot into R1.</summary>
    private void SlotOf(MeasuredValue value, long width)
    {
        value.Value.Emit(code, Register.R1);
        if (value.IsDuration)
        {
            code.Calculate(Alu.Divide, Register.R1, (int)TimeSpan.NanosecondsPerTick);
        }
        code.Set(Register.R2, width);
        if (value.Value.Least < 0)
        {
            // Down to the slot that begins below, for negative numbers too.
            var (isNotNegative, isDone) = (code.NewLabel(), code.NewLabel());
            code.GoIf(Jump.SignedGreaterOrEqual, Register.R1, 0, isNotNegative);
            code.Calculate(Alu.Add, Register.R1, 1);
            code.Calculate(Alu.Negate, Register.R1, 0);
            code.Calculate(Alu.Divide, Register.R1, Register.R2);
            code.Calculate(Alu.Add, Register.R1, 1);
            code.Calculate(Alu.Negate, Register.R1, 0);
            code.Go(isDone);
            code.Place(isNotNegative);
            code.Calculate(Alu.Divide, Register.R1, Register.R2);
            code.Place(isDone);
            return;
        }
        code.Calculate(Alu.Divide, Register.R1, Register.R2);
    }

    /// <summary>Puts a value into R1 as its buckets count it: durations in parts of microseconds.</summary>
    private void Scaled(MeasuredValue value)
    {
        value.Value.Emit(code, Register.R1);
        if (value.IsDuration)
        {
            code.Calculate(Alu.Divide, Register.R1, (int)TimeSpan.NanosecondsPerTick);
            code.Calculate(Alu.ShiftLeft, Register.R1, MeasureMaps.MicrosecondShift);
            code.Calculate(Alu.Divide, Register.R1, (int)TimeSpan.TicksPerMicrosecond);
        }
    }

    /// <summary>Puts the address of an entry into R0, and where it may, makes the entry if there is none.</summary>
    private void Find(string map, int keyAt, Assembler.Label isMissed, bool makes)
    {
        var isThere = code.NewLabel();
        Call(LookUp);
        if (!makes)
        {
            code.GoIf(Jump.Equal, Register.R0, 0, isMissed);
            return;
        }
        code.GoIf(Jump.NotEqual, Register.R0, 0, isThere);
        code.SetAddress(Register.R3, MeasureMaps.Nothing);
        code.Set(Register.R4, NoExist);
        Call(Update);
        Call(LookUp);
        code.GoIf(Jump.Equal, Register.R0, 0, isMissed);
        code.Place(isThere);

        void Call(int helper)
        {
            code.SetAddress(Register.R1, map);
            code.Move(Register.R2, Register.R6);
            code.Calculate(Alu.Add, Register.R2, keyAt);
            code.Call(helper);
        }
    }

    private void AddTo(string variable)
    {
        code.SetAddress(Register.R1, variable);
        code.Set(Register.R2, 1);
        code.AddAtomically(Register.R1, 0, Register.R2);
    }
}
