namespace BpfPS.Generation;

/// <summary>A number in the memory of the current process; 0 where it cannot be read.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Size">Its size: 1, 2, 4 or 8 bytes.</param>
internal sealed record UserMemoryValue(ProbeValue Address, int Size) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to)
    {
        var code = program.Code;
        Address.Emit(program, Register.R3);
        code.Store(Register.R10, ProbeCode.Temporary, 0, sizeof(ulong));
        code.Move(Register.R1, Register.R10);
        code.Calculate(Alu.Add, Register.R1, ProbeCode.Temporary);
        code.Set(Register.R2, Size);
        code.Call(ProbeCode.ReadUser);
        code.Load(to, Register.R10, ProbeCode.Temporary, sizeof(ulong));
    }
}
