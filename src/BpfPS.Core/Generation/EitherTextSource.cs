namespace BpfPS.Generation;

/// <summary>Text at an address of the kernel or of the process, which the address itself says; empty if it cannot be read.</summary>
/// <param name="Address">The address.</param>
internal sealed record EitherTextSource(ProbeValue Address) : MemberSource
{
    public override int Cost => 5;

    public override void Emit(ProbeCode program, int at, int size)
    {
        var code = program.Code;
        var (isOfUser, isDone, isRead) = (code.NewLabel(), code.NewLabel(), code.NewLabel());
        Address.Emit(program, Register.R3);
        program.AddressOf(Register.R1, at);
        code.Set(Register.R2, size);
        code.GoIf(Jump.SignedGreaterOrEqual, Register.R3, 0, isOfUser); // the upper half of all addresses is the kernel's
        code.Call(ProbeCode.ReadKernelText);
        code.Go(isDone);
        code.Place(isOfUser);
        code.Call(ProbeCode.ReadUserText);
        code.Place(isDone);
        code.GoIf(Jump.SignedGreater, Register.R0, 0, isRead);
        code.Store(Register.R6, at, 0, 1);
        code.Place(isRead);
    }
}
