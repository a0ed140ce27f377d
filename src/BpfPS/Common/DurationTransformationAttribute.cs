using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace BpfPS.Commands;

/// <summary>Takes a time span as people write it: "10s", "250ms", "5m", "1h30m", a number of seconds, or a TimeSpan.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed partial class DurationTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        switch (value)
        {
            case TimeSpan span:
                return Positive(span);
            // PowerShell reads an unquoted 10s as a short and 1d as a decimal: those are its own suffixes for numbers.
            case decimal days:
                return Positive(TimeSpan.FromDays((double)days));
            case byte or short or int or long or float or double:
                return Positive(TimeSpan.FromSeconds(Convert.ToDouble(value, CultureInfo.InvariantCulture)));
            case string text when double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds):
                return Positive(TimeSpan.FromSeconds(seconds));
            case string text when Written().Match(text.Trim()) is { Success: true } match:
                var sum = TimeSpan.Zero;
                for (var i = 0; i < match.Groups[1].Captures.Count; i++)
                {
                    var number = double.Parse(match.Groups[1].Captures[i].ValueSpan, CultureInfo.InvariantCulture);
                    sum += match.Groups[2].Captures[i].Value.ToLowerInvariant() switch
                    {
                        "ms" => TimeSpan.FromMilliseconds(number),
                        "s" => TimeSpan.FromSeconds(number),
                        "m" => TimeSpan.FromMinutes(number),
                        "h" => TimeSpan.FromHours(number),
                        _ => TimeSpan.FromDays(number),
                    };
                }
                return Positive(sum);
            case string text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span):
                return Positive(span);
            default:
                throw new ArgumentTransformationMetadataException($"'{value}' is no duration. Write it as 10s, 250ms, 5m, 1h30m, or give a TimeSpan.");
        }
    }

    private static TimeSpan Positive(TimeSpan span) =>
        span > TimeSpan.Zero ? span : throw new ArgumentTransformationMetadataException("A duration must be longer than zero.");

    [GeneratedRegex(@"^(?:(\d+(?:\.\d+)?)(ms|s|m|h|d))+$", RegexOptions.IgnoreCase)]
    private static partial Regex Written();
}
