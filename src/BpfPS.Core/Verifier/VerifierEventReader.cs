using System.Globalization;
using System.Text;

namespace BpfPS.Verifier;

/// <summary>
/// Reads the places in a section of a report. Each begins with "function @ file:line:column", "file:line:column" or
/// "insn 7", followed by rows with source lines, instructions, and the annotation "^-- label: text". When
/// the report was new, source lines and instructions were side by side. The reader accepts both forms.
/// </summary>
internal sealed class VerifierEventReader
{
    private const string Here = ">>> ";

    private readonly List<VerifierEvent> _events = [];
    private readonly StringBuilder _note = new();
    private bool _open;
    private bool _instructions;
    private bool _inNote;
    private VerifierInstruction? _instruction;
    private string? _function;
    private string? _file;
    private int? _line;
    private string? _source;

    public void Read(ReadOnlySpan<char> line)
    {
        var row = line.Trim();
        if (row is "Source context:")
        {
            (_instructions, _inNote) = (false, false);
        }
        else if (row is "Instruction context:")
        {
            (_instructions, _inNote) = (true, false);
        }
        else if (row.StartsWith('|'))
        {
            ReadNote(row[1..].Trim());
        }
        else if (row.StartsWith(Here))
        {
            _inNote = false;
            ReadRow(row[Here.Length..], _instructions);
        }
        else if (!char.IsAsciiDigit(row[0]) || !row.Contains(" | ", StringComparison.Ordinal) && !row.EndsWith(" |"))
        {
            TryBegin(row);
        }
        else
        {
            _inNote = false;
        }
    }

    public VerifierEvent[] ToArray()
    {
        End();
        return [.. _events];
    }

    private void TryBegin(ReadOnlySpan<char> row)
    {
        if (row.StartsWith("insn ") && int.TryParse(row[5..], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            Begin();
            _instruction = new VerifierInstruction(index, "");
            return;
        }
        var at = row.IndexOf(" @ ");
        var place = at < 0 ? row : row[(at + 3)..];
        var column = place.LastIndexOf(':');
        var colon = column < 0 ? -1 : place[..column].LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(place[(column + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            || !int.TryParse(place[(colon + 1)..column], NumberStyles.None, CultureInfo.InvariantCulture, out var line))
        {
            return; // a sentence, such as "no retained diagnostic events on this path"
        }
        Begin();
        _function = at > 0 ? row[..at].ToString() : null;
        (_file, _line) = (place[..colon].ToString(), line);
    }

    /// <summary>Reads "^-- error: what happened", or its continuation.</summary>
    private void ReadNote(ReadOnlySpan<char> note)
    {
        if (note.StartsWith("^--"))
        {
            _inNote = true;
            _note.Clear().Append(note[3..].Trim());
        }
        else if (_inNote && !note.IsEmpty)
        {
            _note.Append(' ').Append(note);
        }
    }

    /// <summary>Reads the row of the place: "30 | *count += 1;", "7 | (79) r1 = *(u64 *)(r0 +0)", or both.</summary>
    private void ReadRow(ReadOnlySpan<char> row, bool instruction)
    {
        var beside = instruction ? -1 : row.IndexOf(Here);
        if (beside >= 0)
        {
            ReadRow(row[(beside + Here.Length)..], true);
            row = row[..beside];
        }
        var bar = row.IndexOf(" | ");
        if (bar < 0 || !int.TryParse(row[..bar].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return;
        }
        var text = row[(bar + 3)..].Trim();
        if (instruction)
        {
            _instruction = new VerifierInstruction(number, text.ToString());
        }
        else
        {
            _source = text.IsEmpty ? null : text.ToString();
        }
    }

    private void Begin()
    {
        End();
        _open = true;
    }

    private void End()
    {
        if (_open)
        {
            var note = _note.ToString();
            var colon = note.IndexOf(": ", StringComparison.Ordinal);
            var (label, text) = colon < 0 ? ("", note) : (note[..colon], note[(colon + 2)..]);
            _events.Add(new VerifierEvent(label, text, _instruction, _function, _file, _line, _source));
        }
        _note.Clear();
        (_open, _instructions, _inNote) = (false, false, false);
        (_instruction, _function, _file, _line, _source) = (null, null, null, null, null);
    }
}
