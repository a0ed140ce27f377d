namespace BpfPS.Generation;

/// <summary>
/// The first texts of a list of addresses in the memory of the process, such as argv, behind their number. What is longer is cut.
/// </summary>
/// <param name="Address">The address of the list.</param>
internal sealed record TextListSource(ProbeValue Address) : MemberSource
{
    /// <summary>How many texts there is room for.</summary>
    public const int Most = 8;

    /// <summary>The room for each of them, in bytes.</summary>
    public const int TextBytes = 128;

    /// <summary>The room for all of them and their number, in bytes.</summary>
    public const int Size = (int)EventTypes.CountedStart + Most * TextBytes;

    public override int Cost => 7;

    public override void Emit(ProbeCode program, int at, int size) => Emit(program, Address, Register.R6, at);

    /// <summary>Writes code that reads a list.</summary>
    /// <param name="program">The program.</param>
    /// <param name="address">The address of the list.</param>
    /// <param name="to">A register with the address of where it is written to, that no call changes.</param>
    /// <param name="at">Bytes from there.</param>
    public static void Emit(ProbeCode program, ProbeValue address, Register to, int at)
    {
        var code = program.Code;
        var end = code.NewLabel();
        code.Store(to, at, 0, sizeof(uint));
        for (var i = 0; i < Most; i++)
        {
            address.Emit(program, Register.R3);
            code.Calculate(Alu.Add, Register.R3, i * sizeof(ulong));
            code.Move(Register.R1, Register.R10);
            code.Calculate(Alu.Add, Register.R1, ProbeCode.Temporary);
            code.Set(Register.R2, sizeof(ulong));
            code.Call(ProbeCode.ReadUser);
            code.GoIf(Jump.NotEqual, Register.R0, 0, end);
            code.Load(Register.R3, Register.R10, ProbeCode.Temporary, sizeof(ulong));
            code.GoIf(Jump.Equal, Register.R3, 0, end);
            code.Move(Register.R1, to);
            code.Calculate(Alu.Add, Register.R1, at + (int)EventTypes.CountedStart + i * TextBytes);
            code.Set(Register.R2, TextBytes);
            code.Call(ProbeCode.ReadUserText);
            code.GoIf(Jump.SignedLessOrEqual, Register.R0, 0, end);
            code.Store(to, at, i + 1, sizeof(uint));
        }
        code.Place(end);
    }
}
