namespace BpfPS.Records;

/// <summary>Errors of values that cannot be written.</summary>
internal static class ValueErrors
{
    /// <summary>The error for a value that does not fit its type.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">The type, as text.</param>
    /// <param name="why">Why it does not fit.</param>
    public static BpfException Misfit(object value, string type, string why)
    {
        const int Shown = 100;
        var text = RecordText.Format(value);
        return new(BpfErrorKind.InvalidArgument, $"'{(text.Length > Shown ? $"{text[..Shown]}..." : text)}' does not fit {type}: {why}.");
    }
}
