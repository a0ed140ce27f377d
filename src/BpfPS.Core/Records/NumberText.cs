using System.Globalization;
using System.Numerics;

namespace BpfPS;

/// <summary>
/// Reads numbers as users and files write them. Digits are never grouped: "1,5" is one and a half where that is the culture's way to
/// write it, and no number elsewhere.
/// </summary>
public static class NumberText
{
    /// <summary>Reads a whole number: "42", "-42" or "0x2a". Hexadecimal numbers are never negative.</summary>
    /// <param name="text">The text; white space around it is ignored.</param>
    /// <param name="number">The number.</param>
    /// <returns>Whether the text is a whole number.</returns>
    public static bool TryReadWhole(ReadOnlySpan<char> text, out BigInteger number)
    {
        text = text.Trim();
        if (text.Length > 2 && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return BigInteger.TryParse($"0{text[2..]}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        }
        // A culture may have a minus of its own, and Export-Csv writes that.
        return BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            || BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.CurrentCulture, out number);
    }

    /// <summary>Reads a floating-point number: "1.5", "-2e10", "NaN"; also as the culture writes it, as Export-Csv does.</summary>
    /// <param name="text">The text; white space around it is ignored.</param>
    /// <param name="number">The number.</param>
    /// <returns>Whether the text is a number.</returns>
    public static bool TryReadReal(ReadOnlySpan<char> text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
        || double.TryParse(text, NumberStyles.Float, CultureInfo.CurrentCulture, out number);
}
