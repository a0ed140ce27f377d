using System.Text;
using BpfPS.Shell.Hosting;

namespace BpfPS.Shell.Prompt;

/// <summary>Lays a list of words out in columns, downwards, as ls does.</summary>
internal static class ColumnList
{
    private const int MaximumRows = 20;
    private const int Gap = 2;

    /// <summary>Formats the list, each row with its end; what is too much is counted in a last row.</summary>
    public static string Format(IReadOnlyList<string> words, int width)
    {
        var cell = Math.Min(width, words.Max(CellWidth.Of) + Gap);
        var columns = Math.Max(1, width / cell);
        var rows = Math.Min(MaximumRows, (words.Count + columns - 1) / columns);
        var text = new StringBuilder();
        for (var row = 0; row < rows; row++)
        {
            var line = new StringBuilder();
            for (var index = row; index < Math.Min(words.Count, rows * columns); index += rows)
            {
                var word = CellWidth.Truncate(words[index], cell - 1);
                line.Append(word).Append(' ', cell - CellWidth.Of(word));
            }

            text.Append(line.ToString().TrimEnd()).Append("\r\n");
        }

        if (words.Count > rows * columns)
        {
            text.Append($"... and {words.Count - (rows * columns)} more").Append("\r\n");
        }

        return text.ToString();
    }
}
