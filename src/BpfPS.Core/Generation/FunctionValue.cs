namespace BpfPS.Generation;

/// <summary>
/// An argument or the result of a kernel function in a program of fexit, as the number that it is: the context itself gives only those
/// whose types the verifier knows what to do with.
/// </summary>
/// <param name="Argument">The number of the argument, from 0; null for the result.</param>
internal sealed record FunctionValue(int? Argument) : ProbeValue
{
    private const int GetArgument = 183, GetResult = 184; // BPF_FUNC_get_func_arg, BPF_FUNC_get_func_ret

    public override void Emit(ProbeCode program, Register to)
    {
        var code = program.Code;
        var place = Argument is null ? Register.R2 : Register.R3;
        code.Store(Register.R10, ProbeCode.Temporary, 0, sizeof(ulong));
        code.Move(Register.R1, Register.R7);
        if (Argument is { } number)
        {
            code.Set(Register.R2, number);
        }
        code.Move(place, Register.R10);
        code.Calculate(Alu.Add, place, ProbeCode.Temporary);
        code.Call(Argument is null ? GetResult : GetArgument);
        code.Load(to, Register.R10, ProbeCode.Temporary, sizeof(ulong));
    }
}
