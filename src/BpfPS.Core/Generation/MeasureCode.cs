namespace BpfPS.Generation;

/// <summary>
/// Code that adds an event to its group. It has the event in R6, which begins with the key, and uses all other registers: R8 for the group,
/// R9 for the number of events that it had.
/// </summary>
/// <param name="code">The program's code.</param>
/// <param name="values">What is added up.</param>
internal sealed class MeasureCode(Assembler code, IReadOnlyList<MeasuredValue> values)
{
    private const int LookUp = 1, Update = 2; // enum bpf_func_id
    private const int NoExist = 1; // BPF_NOEXIST

    /// <summary>Writes it.</summary>
    public void Emit()
    {
        var (isMissed, isDone) = (code.NewLabel(), code.NewLabel());
        Find(MeasureMaps.Groups, MeasureMaps.GroupKeyAt, isMissed);
        code.Move(Register.R8, Register.R0);
        code.Load(Register.R9, Register.R8, 0, sizeof(ulong));
        code.Move(Register.R1, Register.R9);
        code.Calculate(Alu.Add, Register.R1, 1);
        code.Store(Register.R8, 0, Register.R1, sizeof(ulong));
        for (var i = 0; i < values.Count; i++)
        {
            var at = sizeof(ulong) + i * MeasureMaps.ValueSize;
            Add(values[i], at);
            if (values[i].HasHistogram)
            {
                Count(values[i], 2 * i, BucketOf);
                if (values[i].SlotWidth is { } width)
                {
                    Count(values[i], 2 * i + 1, value => SlotOf(value, width));
                }
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

    /// <summary>Counts a value in its bucket.</summary>
    private void Count(MeasuredValue value, int number, Action<MeasuredValue> bucketOf)
    {
        var (isMissed, isDone) = (code.NewLabel(), code.NewLabel());
        bucketOf(value); // into R1
        code.Store(Register.R6, sizeof(uint), Register.R1, sizeof(uint));
        code.Store(Register.R6, 0, number, sizeof(uint));
        Find(MeasureMaps.Buckets, 0, isMissed);
        code.Load(Register.R1, Register.R0, 0, sizeof(ulong));
        code.Calculate(Alu.Add, Register.R1, 1);
        code.Store(Register.R0, 0, Register.R1, sizeof(ulong));
        code.Go(isDone);
        code.Place(isMissed);
        AddTo(MeasureMaps.BucketsMissed);
        code.Place(isDone);
    }

    /// <summary>
    /// Puts the number of a value's bucket into R1: its power of two, and the bits behind the first. Without branches where it can be:
    /// the verifier would walk through every path.
    /// </summary>
    private void BucketOf(MeasuredValue value)
    {
        var (isDone, isPositive) = (code.NewLabel(), code.NewLabel());
        Scaled(value);
        code.Set(Register.R5, 0);
        if (value.Value.Least < 0)
        {
            code.GoIf(Jump.SignedGreaterOrEqual, Register.R1, 0, isPositive);
            code.Calculate(Alu.Negate, Register.R1, 0);
            code.Set(Register.R5, MeasureMaps.Negative);
            code.Place(isPositive);
        }
        var isNotZero = code.NewLabel();
        code.GoIf(Jump.NotEqual, Register.R1, 0, isNotZero);
        code.Set(Register.R1, MeasureMaps.Zero);
        code.Go(isDone);
        code.Place(isNotZero);
        var isWithin = code.NewLabel();
        code.Set(Register.R2, MeasureMaps.Greatest);
        code.GoIf(Jump.LessOrEqual, Register.R1, Register.R2, isWithin);
        code.Move(Register.R1, Register.R2);
        code.Place(isWithin);
        code.Move(Register.R2, Register.R1);
        code.Set(Register.R3, 0); // the power of two
        for (var bits = 5; bits >= 0; bits--)
        {
            // 1 where the number is beyond so many bits: the sign of a difference.
            code.Set(Register.R4, (1L << (1 << bits)) - 1);
            code.Calculate(Alu.Subtract, Register.R4, Register.R2);
            code.Calculate(Alu.ShiftRight, Register.R4, 63);
            code.Calculate(Alu.ShiftLeft, Register.R4, bits);
            code.Calculate(Alu.ShiftRight, Register.R2, Register.R4);
            code.Calculate(Alu.Add, Register.R3, Register.R4);
        }
        code.Calculate(Alu.ShiftLeft, Register.R1, MeasureMaps.FractionBits);
        code.Calculate(Alu.ShiftRight, Register.R1, Register.R3);
        code.Calculate(Alu.And, Register.R1, (1 << MeasureMaps.FractionBits) - 1);
        code.Calculate(Alu.ShiftLeft, Register.R3, MeasureMaps.FractionBits);
        code.Calculate(Alu.Add, Register.R1, Register.R3);
        code.Calculate(Alu.Add, Register.R1, Register.R5);
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

    /// <summary>Puts the address of an entry into R0, and makes the entry if there is none.</summary>
    private void Find(string map, int keyAt, Assembler.Label isMissed)
    {
        var isThere = code.NewLabel();
        Call(LookUp);
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
