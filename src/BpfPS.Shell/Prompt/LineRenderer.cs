using System.Management.Automation.Internal;
using System.Text;
using BpfPS.Shell.Hosting;

namespace BpfPS.Shell.Prompt;

/// <summary>Draws the prompt and the text behind it, and redraws them in place; lines that are too long wrap.</summary>
internal sealed class LineRenderer(StandardStreams streams)
{
    private const string Continuation = ">> ";

    private string _drawn = string.Empty;

    /// <summary>Begins on a fresh line, even when a program has left the cursor behind a text without a line end.</summary>
    public void Begin()
    {
        // A mark and as many blanks as fill a line: at the line's start all of it stays on this line and is wiped
        // by the next step; behind a text it spills over into the next line. No need to ask the terminal where it is.
        streams.Output.Write("\e[2m\u23ce\e[0m" + new string(' ', Math.Max(0, streams.Columns - 1)) + "\r\e[J");
        _drawn = string.Empty;
    }

    /// <summary>Draws the prompt and the text, over what has been drawn before, and puts the cursor to its place.</summary>
    public void Draw(string prompt, string text, int cursor)
    {
        // Where the cursor is now depends on the width that the terminal has now: it has wrapped the text anew if it was resized.
        var screen = new StringBuilder();
        Append(screen, 'A', Place(_drawn).Row);
        screen.Append("\r\e[J").Append(prompt).Append(Visible(text).Replace("\n", "\r\n"));

        var plainPrompt = new StringDecorated(prompt).ToString(System.Management.Automation.OutputRendering.PlainText);
        var end = Place(plainPrompt + Visible(text));
        if (end.Column == 0 && end.Row > 0 && !text.EndsWith('\n'))
        {
            // The line is full to the last column: the terminal wraps only with the next character.
            screen.Append("\r\n");
        }

        _drawn = plainPrompt + Visible(text[..cursor]);
        var place = Place(_drawn);
        Append(screen, 'A', end.Row - place.Row);
        screen.Append('\r');
        Append(screen, 'C', place.Column);
        streams.Output.Write(screen.ToString());
    }

    /// <summary>Writes below what has been drawn; the next <see cref="Draw"/> starts anew under it.</summary>
    public void WriteBelow(string prompt, string text, string below)
    {
        Draw(prompt, text, text.Length);
        streams.Output.Write("\r\n" + below);
        _drawn = string.Empty;
    }

    /// <summary>Clears the screen; the next <see cref="Draw"/> starts at its top.</summary>
    public void ClearScreen()
    {
        streams.Output.Write("\e[H\e[2J");
        _drawn = string.Empty;
    }

    private static string Visible(string text) => text.Replace("\n", "\n" + Continuation);

    private static void Append(StringBuilder screen, char direction, int count)
    {
        if (count > 0)
        {
            screen.Append("\e[").Append(count).Append(direction);
        }
    }

    private (int Row, int Column) Place(string text)
    {
        var columns = Math.Max(1, streams.Columns);
        var (row, column) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\n')
            {
                (row, column) = (row + 1, 0);
                continue;
            }

            var cells = CellWidth.Of(rune);
            if (column + cells > columns)
            {
                (row, column) = (row + 1, 0);
            }

            column += cells;
        }

        return column < columns ? (row, column) : (row + 1, 0);
    }
}
