using System.Globalization;

namespace BpfPS;

/// <summary>Reads bytes written in hexadecimal: "ff ff 0a", "ff:ff:0a", "0xff, 0xff", "ffff0a".</summary>
public static class HexText
{
    /// <summary>Reads bytes.</summary>
    /// <param name="text">Two hexadecimal digits per byte; spaces, line ends, colons, dashes, commas and 0x between bytes are
    /// ignored.</param>
    /// <exception cref="BpfException">The text contains anything else.</exception>
    public static byte[] Parse(string text)
    {
        var bytes = new List<byte>(text.Length / 2);
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]) || text[at] is ':' or '-' or ',')
            {
                at++;
                continue;
            }
            if (text[at] == '0' && at + 1 < text.Length && text[at + 1] is ('x' or 'X'))
            {
                at += 2;
            }
            if (at + 2 > text.Length
                || !byte.TryParse(text.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                var wrong = VisibleText.Escape(text.Substring(at, Math.Min(2, text.Length - at)));
                throw new BpfException(BpfErrorKind.InvalidArgument,
                    string.Create(CultureInfo.InvariantCulture, $"Invalid hexadecimal text at character {at + 1}: '{wrong}'."),
                    "Write two hexadecimal digits for each byte, as in 'ff ff 0a' or 'ffff0a'.");
            }
            bytes.Add(value);
            at += 2;
        }
        return [.. bytes];
    }
}
