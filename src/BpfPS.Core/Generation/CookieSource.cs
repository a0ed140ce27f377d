namespace BpfPS.Generation;

/// <summary>The number that the program was attached with where it runs now.</summary>
internal sealed record CookieSource : MemberSource
{
    /// <summary>The number of the helper (BPF_FUNC_get_attach_cookie).</summary>
    public const int Helper = 174;

    public override int Cost => 1;

    public override void Emit(ProbeCode program, int at, int size)
    {
        program.Code.Move(Register.R1, Register.R7);
        program.Code.Call(Helper);
        program.Code.Store(Register.R6, at, Register.R0, size);
    }
}
