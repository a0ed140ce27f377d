namespace BpfPS.Generation;

/// <summary>
/// A number that is in a different place wherever a program of several places runs: the number of the place is the cookie that it was
/// attached with.
/// </summary>
/// <param name="Values">The number at each of the places.</param>
internal sealed record SiteValue(IReadOnlyList<ProbeValue> Values) : ProbeValue
{
    public override void Emit(ProbeCode program, Register to)
    {
        var code = program.Code;
        if (Values.All(value => value.Equals(Values[0])))
        {
            Values[0].Emit(program, to);
            return;
        }
        code.Move(Register.R1, Register.R7);
        code.Call(CookieSource.Helper);
        var isDone = code.NewLabel();
        for (var i = 0; i < Values.Count; i++)
        {
            var other = code.NewLabel();
            code.GoIf(Jump.NotEqual, Register.R0, i, other);
            Values[i].Emit(program, to);
            code.Go(isDone);
            code.Place(other);
        }
        code.Set(to, 0);
        code.Place(isDone);
    }
}
