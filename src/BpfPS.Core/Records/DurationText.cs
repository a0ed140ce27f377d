using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfPS;

/// <summary>Reads durations as users write them.</summary>
public static partial class DurationText
{
    /// <summary>Reads a duration such as "250ms", "10s", "5m" or "1h30m", or as .NET writes it: "00:00:01.5".</summary>
    /// <param name="text">Numbers followed by the units ns, us, ms, s, m, h or d; or [-][d.]hh:mm:ss[.fffffff].</param>
    /// <param name="duration">The duration, in .NET's resolution of a tenth of a microsecond.</param>
    /// <returns>Whether the text is a duration.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration);
        }
        duration = default;
        var match = Written().Match(text.Trim());
        if (!match.Success)
        {
            return false;
        }
        try
        {
            for (var i = 0; i < match.Groups[1].Captures.Count; i++)
            {
                var number = double.Parse(match.Groups[1].Captures[i].ValueSpan, CultureInfo.InvariantCulture);
                duration += match.Groups[2].Captures[i].Value.ToLowerInvariant() switch
                {
                    "ns" => TimeSpan.FromMicroseconds(number / 1000),
                    "us" => TimeSpan.FromMicroseconds(number),
                    "ms" => TimeSpan.FromMilliseconds(number),
                    "s" => TimeSpan.FromSeconds(number),
                    "m" => TimeSpan.FromMinutes(number),
                    "h" => TimeSpan.FromHours(number),
                    _ => TimeSpan.FromDays(number),
                };
            }
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^(?:(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d))+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Written();
}
