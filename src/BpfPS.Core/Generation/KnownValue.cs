namespace BpfPS.Generation;

/// <summary>A number that is known before the program runs.</summary>
/// <param name="Value">The number.</param>
internal sealed record KnownValue(long Value) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to) => program.Code.Set(to, Value);
}
