using System.Globalization;

namespace BpfPS.Shell.Prompt;

/// <summary>The text that is being edited, and the cursor in it. Knows nothing of terminals.</summary>
internal sealed class EditBuffer
{
    /// <summary>The text; lines are parted by \n.</summary>
    public string Text { get; private set; } = string.Empty;

    /// <summary>The cursor as an index into <see cref="Text"/>, never within a character of several code units.</summary>
    public int Cursor { get; private set; }

    private int LineStart => Cursor == 0 ? 0 : Text.LastIndexOf('\n', Cursor - 1) + 1;

    private int LineStop => Text.IndexOf('\n', Cursor) is >= 0 and var index ? index : Text.Length;

    private int NextCharacter => Cursor + (Cursor < Text.Length ? StringInfo.GetNextTextElementLength(Text, Cursor) : 0);

    private int PreviousCharacter => StringInfo.ParseCombiningCharacters(Text[..Cursor]).LastOrDefault();

    private int NextWord
    {
        get
        {
            var index = Cursor;
            while (index < Text.Length && !IsWord(Text[index]))
            {
                index++;
            }

            while (index < Text.Length && IsWord(Text[index]))
            {
                index++;
            }

            return index;
        }
    }

    private int PreviousWord
    {
        get
        {
            var index = Cursor;
            while (index > 0 && !IsWord(Text[index - 1]))
            {
                index--;
            }

            while (index > 0 && IsWord(Text[index - 1]))
            {
                index--;
            }

            return index;
        }
    }

    /// <summary>Replaces the whole text; the cursor goes to its end.</summary>
    public void Set(string text)
    {
        Text = text;
        Cursor = text.Length;
    }

    /// <summary>Inserts at the cursor.</summary>
    public void Insert(string text) => Replace(Cursor, 0, text);

    /// <summary>Replaces a part of the text; the cursor goes behind it.</summary>
    public void Replace(int start, int length, string replacement)
    {
        Text = Text.Remove(start, length).Insert(start, replacement);
        Cursor = start + replacement.Length;
    }

    /// <summary>Moves one character to the left.</summary>
    public void MoveLeft() => Cursor = PreviousCharacter;

    /// <summary>Moves one character to the right.</summary>
    public void MoveRight() => Cursor = NextCharacter;

    /// <summary>Moves to the start of the word to the left.</summary>
    public void MoveWordLeft() => Cursor = PreviousWord;

    /// <summary>Moves to the end of the word to the right.</summary>
    public void MoveWordRight() => Cursor = NextWord;

    /// <summary>Moves to the start of the line.</summary>
    public void MoveHome() => Cursor = LineStart;

    /// <summary>Moves to the end of the line.</summary>
    public void MoveEnd() => Cursor = LineStop;

    /// <summary>Moves to the line above.</summary>
    /// <returns>False when there is none.</returns>
    public bool MoveUp()
    {
        if (LineStart == 0)
        {
            return false;
        }

        var column = Cursor - LineStart;
        Cursor = LineStart - 1;
        Cursor = Math.Min(LineStart + column, Cursor);
        return true;
    }

    /// <summary>Moves to the line below.</summary>
    /// <returns>False when there is none.</returns>
    public bool MoveDown()
    {
        if (LineStop == Text.Length)
        {
            return false;
        }

        var column = Cursor - LineStart;
        Cursor = LineStop + 1;
        Cursor = Math.Min(Cursor + column, LineStop);
        return true;
    }

    /// <summary>Deletes the character before the cursor.</summary>
    public void DeleteLeft() => DeleteTo(PreviousCharacter);

    /// <summary>Deletes the character at the cursor.</summary>
    public void DeleteRight() => DeleteTo(NextCharacter);

    /// <summary>Deletes the word before the cursor.</summary>
    public void DeleteWordLeft() => DeleteTo(PreviousWord);

    /// <summary>Deletes the word behind the cursor.</summary>
    public void DeleteWordRight() => DeleteTo(NextWord);

    /// <summary>Deletes from the start of the line to the cursor.</summary>
    public void DeleteToHome() => DeleteTo(LineStart);

    /// <summary>Deletes from the cursor to the end of the line.</summary>
    public void DeleteToEnd() => DeleteTo(LineStop);

    private static bool IsWord(char character) => char.IsLetterOrDigit(character) || character is '_' or '-' or '$';

    private void DeleteTo(int index)
    {
        var (start, stop) = index < Cursor ? (index, Cursor) : (Cursor, index);
        Replace(start, stop - start, string.Empty);
    }
}
