using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Takes a time span as people write it: "10s", "250ms", "5m", "1h30m", a number of seconds, or a TimeSpan.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        switch (value)
        {
            case TimeSpan span:
                return Positive(span);
            // PowerShell reads an unquoted 10s as a short and 1d as a decimal, its own suffixes for numbers, and rounds 1.5s
            // on the way. It still has what was typed.
            case short or decimal when DurationText.TryParse(LanguagePrimitives.ConvertTo<string>(inputData), out var typed):
                return Positive(typed);
            case decimal days:
                return Positive(TimeSpan.FromDays((double)days));
            case byte or short or int or long or float or double:
                return Positive(TimeSpan.FromSeconds(Convert.ToDouble(value, CultureInfo.InvariantCulture)));
            case string text when double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds):
                return Positive(TimeSpan.FromSeconds(seconds));
            case string text when DurationText.TryParse(text, out var written):
                return Positive(written);
            case string text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span):
                return Positive(span);
            default:
                throw new ArgumentTransformationMetadataException(
                    $"'{value}' is not a duration. Write it as 10s, 250ms, 5m, 1h30m, or give a TimeSpan.");
        }
    }

    private static TimeSpan Positive(TimeSpan span) =>
        span > TimeSpan.Zero ? span : throw new ArgumentTransformationMetadataException("A duration must be longer than zero.");
}
