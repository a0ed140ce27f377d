using System.Globalization;
using System.Text;

namespace BpfPS.Shell.Hosting;

/// <summary>How many columns of a terminal a text takes: East Asian wide characters and emoji two, combining marks none.</summary>
internal static class CellWidth
{
    // The wide blocks of Unicode's EastAsianWidth.txt, coarsely: what lies between is unassigned or as wide.
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0xA4CF), (0xA960, 0xA97F), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
        (0xFE30, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1F9FF),
        (0x20000, 0x3FFFD),
    ];

    /// <summary>The columns that a text takes.</summary>
    public static int Of(string text)
    {
        var cells = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            cells += Of(rune);
        }

        return cells;
    }

    /// <summary>The columns that a character takes: 0, 1 or 2.</summary>
    public static int Of(Rune rune)
    {
        if (rune.Value < 0x300)
        {
            return Rune.IsControl(rune) ? 0 : 1;
        }

        if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format)
        {
            return 0;
        }

        foreach (var (first, last) in Wide)
        {
            if (rune.Value <= last)
            {
                return rune.Value >= first ? 2 : 1;
            }
        }

        return 1;
    }

    /// <summary>The start of a text that fits into so many columns, without control characters.</summary>
    public static string Truncate(string text, int columns)
    {
        var result = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            columns -= Of(rune);
            if (columns < 0)
            {
                break;
            }

            if (!Rune.IsControl(rune))
            {
                result.Append(rune);
            }
        }

        return result.ToString();
    }
}
