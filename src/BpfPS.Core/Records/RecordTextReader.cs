using System.Globalization;
using System.Text;

namespace BpfPS.Records;

/// <summary>
/// Reads the text that <see cref="RecordText.Complete"/> writes: structs as "{x=1 y=2}", lists as "[1, 2]", text in single quotes where
/// it could be taken for something else. So a cell of a CSV file becomes the value again that it was.
/// </summary>
internal sealed class RecordTextReader
{
    private const string Special = "[]{},'";
    private const int MaximumDepth = 64;

    private readonly string _text;
    private int _position;
    private int _depth;

    private RecordTextReader(string text) => _text = text;

    /// <summary>The members of a struct; null if the text is none. The braces may be missing, but not the members without them.</summary>
    public static Dictionary<string, object?>? Members(string text) =>
        string.IsNullOrWhiteSpace(text) ? null : Read(text, static reader => reader.MembersTo('}', reader.Take('{')));

    /// <summary>The elements of a list; null if the text is none. The brackets may be missing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isOfOneList">Whether the list has one element that is a list: then "[1, 2]" is that element.</param>
    public static object?[]? Elements(string text, bool isOfOneList) =>
        Read(text, static reader => reader.ElementsTo(']', false)) switch
        {
            [object?[] only] when !isOfOneList || only is [object?[]] => only,
            var elements => elements,
        };

    /// <summary>Whether text has to be in quotes to be read as it is.</summary>
    public static bool NeedsQuotes(string text) => text.Length == 0 || VisibleText.Escape(text) != text
        || text.Any(c => char.IsWhiteSpace(c) || c == '\\' || Special.Contains(c, StringComparison.Ordinal));

    /// <summary>Text in single quotes, with backslashes before what would end it or act on a terminal.</summary>
    public static string Quoted(string text) =>
        $"'{VisibleText.Escape(text.Replace("\\", "\\\\", StringComparison.Ordinal)).Replace("'", "\\'", StringComparison.Ordinal)}'";

    private static T? Read<T>(string text, Func<RecordTextReader, T> read) where T : class
    {
        var reader = new RecordTextReader(text);
        try
        {
            reader.SkipSpaces();
            var value = read(reader);
            reader.SkipSpaces();
            return reader._position == text.Length ? value : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private Dictionary<string, object?> MembersTo(char end, bool isRequired)
    {
        var members = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        for (SkipSpaces(); !AtEnd(end, isRequired); SkipSpaces())
        {
            var start = _position;
            while (Peek() is var c && (char.IsLetterOrDigit(c) || c == '_'))
            {
                _position++;
            }
            var name = _text[start.._position];
            if (name.Length == 0 || !Take('=') || !members.TryAdd(name, Value()))
            {
                throw new FormatException();
            }
        }
        return members;
    }

    private object?[] ElementsTo(char end, bool isRequired)
    {
        var elements = new List<object?>();
        for (SkipSpaces(); !AtEnd(end, isRequired); SkipSpaces())
        {
            elements.Add(Value());
            SkipSpaces();
            Take(',');
        }
        return [.. elements];
    }

    private object? Value()
    {
        if (++_depth > MaximumDepth)
        {
            throw new FormatException();
        }
        object? value = Take('{') ? MembersTo('}', true) : Take('[') ? ElementsTo(']', true) : Take('\'') ? QuotedText() : Bare();
        _depth--;
        return value;
    }

    private string Bare()
    {
        var start = _position;
        while (_position < _text.Length && Peek() is var c && !char.IsWhiteSpace(c) && !Special.Contains(c, StringComparison.Ordinal))
        {
            _position++;
        }
        return _position > start ? _text[start.._position]
            : _position == _text.Length || char.IsWhiteSpace(Peek()) ? "" // "name=" is a member without a value
            : throw new FormatException();
    }

    private string QuotedText()
    {
        var text = new StringBuilder();
        while (!Take('\''))
        {
            var c = Next();
            text.Append(c != '\\' ? c : Next() switch
            {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'e' => '\e',
                'x' => Code(2),
                'u' => Code(4),
                var other => other,
            });
        }
        return text.ToString();
    }

    private char Code(int digits)
    {
        var end = _position + digits;
        if (end > _text.Length
            || !ushort.TryParse(_text.AsSpan(_position..end), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            throw new FormatException();
        }
        _position += digits;
        return (char)code;
    }

    /// <summary>Whether the struct or list is over: at its bracket, or at the end of the text where it has none.</summary>
    private bool AtEnd(char end, bool isRequired) =>
        !isRequired ? _position == _text.Length
            : Take(end) || (_position < _text.Length ? false : throw new FormatException());

    private void SkipSpaces()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
        {
            _position++;
        }
    }

    private char Peek() => _position < _text.Length ? _text[_position] : '\0';

    private char Next() => _position < _text.Length ? _text[_position++] : throw new FormatException();

    private bool Take(char wanted)
    {
        var isThere = _position < _text.Length && _text[_position] == wanted;
        _position += isThere ? 1 : 0;
        return isThere;
    }
}
