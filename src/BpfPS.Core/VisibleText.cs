using System.Globalization;
using System.Text;

namespace BpfPS;

/// <summary>Makes text of unknown origin (names of processes and files, strings from the kernel) safe to show in a terminal.</summary>
public static class VisibleText
{
    /// <summary>Replaces every character that a terminal would act on instead of show with \n, \r, \t, \e, \xHH or \uHHHH.</summary>
    /// <param name="text">Any text; null gives an empty string.</param>
    public static string Escape(string? text)
    {
        if (text is null)
        {
            return "";
        }
        var first = FirstToEscape(text);
        if (first < 0)
        {
            return text;
        }
        var result = new StringBuilder(text, 0, first, text.Length + 16);
        for (var i = first; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                result.Append(text[i]).Append(text[++i]);
            }
            else if (MustEscape(text[i]))
            {
                result.Append(text[i] switch
                {
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    '\e' => "\\e",
                    <= '\xff' => $"\\x{(int)text[i]:x2}",
                    _ => $"\\u{(int)text[i]:x4}",
                });
            }
            else
            {
                result.Append(text[i]);
            }
        }
        return result.ToString();
    }

    private static int FirstToEscape(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (MustEscape(text[i]))
            {
                return i;
            }
        }
        return -1;
    }

    // Format includes the marks that reverse the direction of text, which can make one name look like another.
    private static bool MustEscape(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
