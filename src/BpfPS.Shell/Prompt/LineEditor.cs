using BpfPS.Shell.Hosting;

namespace BpfPS.Shell.Prompt;

/// <summary>
/// Reads a line from the terminal with the keys that people know from bash and PSReadLine. The one editor library that
/// can be had (RadLine 0.6.0) polls for keys 200 times a second, miscounts wide characters, and has no list of
/// completions, no Ctrl+C and no history file, so this is the shell's own.
/// </summary>
internal sealed class LineEditor(StandardStreams streams)
{
    private const string PasteStart = "[200~";
    private const string PasteStop = "\e[201~";

    private readonly EditBuffer _buffer = new();
    private readonly LineRenderer _renderer = new(streams);
    private string _prompt = string.Empty;
    private int _historyIndex;
    private string _unsent = string.Empty;

    /// <summary>The lines of before, for the arrows and Ctrl+R; none by default.</summary>
    public CommandHistory? History { get; init; }

    /// <summary>What Tab does; nothing by default.</summary>
    public Completer? Completer { get; init; }

    /// <summary>Tells whether Enter should go on to a next line, because the text is not a whole statement.</summary>
    public Predicate<string> IsIncomplete { get; init; } = _ => false;

    /// <summary>Reads a line, or several when they belong together.</summary>
    /// <param name="prompt">What to show in front; when it has several lines, the last one is what is redrawn.</param>
    public LineResult Read(string prompt)
    {
        // As input, Ctrl+C drops the line; as a signal it would have to interrupt a read that cannot be interrupted.
        var controlCWasInput = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = true;
        try
        {
            return Edit(prompt);
        }
        finally
        {
            streams.Output.Write("\e[?2004l");
            Console.TreatControlCAsInput = controlCWasInput;
        }
    }

    private LineResult Edit(string prompt)
    {
        _buffer.Set(string.Empty);
        _historyIndex = History?.Count ?? 0;
        _renderer.Begin();

        // Bracketed paste: what is pasted is inserted, and not run line by line.
        streams.Output.Write("\e[?2004h");
        var lastLine = prompt.LastIndexOf('\n') + 1;
        streams.Output.Write(prompt[..lastLine].Replace("\n", "\r\n"));
        _prompt = prompt[lastLine..];
        while (true)
        {
            // Typing ahead is drawn once, at its end.
            if (!Console.KeyAvailable)
            {
                _renderer.Draw(_prompt, _buffer.Text, _buffer.Cursor);
            }

            if (Handle(Console.ReadKey(intercept: true)) is { } end)
            {
                _renderer.WriteBelow(_prompt, _buffer.Text, string.Empty);
                return new LineResult(end, end == LineEnd.Accepted ? _buffer.Text : string.Empty);
            }
        }
    }

    private LineEnd? Handle(ConsoleKeyInfo key)
    {
        // What the runtime answers when the terminal has gone.
        if (key is { Key: ConsoleKey.None, KeyChar: '\0', Modifiers: ConsoleModifiers.None })
        {
            return LineEnd.InputEnded;
        }

        if (key.Modifiers == ConsoleModifiers.Control)
        {
            return HandleControl(key.Key);
        }

        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return Enter();
            case ConsoleKey.Tab:
                Complete();
                break;
            case ConsoleKey.Escape:
                HandleEscape();
                break;
            case ConsoleKey.Backspace when key.Modifiers == ConsoleModifiers.Alt:
                _buffer.DeleteWordLeft();
                break;
            case ConsoleKey.Backspace:
                _buffer.DeleteLeft();
                break;
            case ConsoleKey.Delete:
                _buffer.DeleteRight();
                break;
            case ConsoleKey.LeftArrow:
                _buffer.MoveLeft();
                break;
            case ConsoleKey.RightArrow:
                _buffer.MoveRight();
                break;
            case ConsoleKey.Home:
                _buffer.MoveHome();
                break;
            case ConsoleKey.End:
                _buffer.MoveEnd();
                break;
            case ConsoleKey.UpArrow:
                Up();
                break;
            case ConsoleKey.DownArrow:
                Down();
                break;
            case ConsoleKey.B when key.Modifiers == ConsoleModifiers.Alt:
                _buffer.MoveWordLeft();
                break;
            case ConsoleKey.F when key.Modifiers == ConsoleModifiers.Alt:
                _buffer.MoveWordRight();
                break;
            case ConsoleKey.D when key.Modifiers == ConsoleModifiers.Alt:
                _buffer.DeleteWordRight();
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                {
                    _buffer.Insert(key.KeyChar.ToString());
                }

                break;
        }

        return null;
    }

    private LineEnd? HandleControl(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.C:
                return LineEnd.Cancelled;
            case ConsoleKey.D when _buffer.Text.Length == 0:
                return LineEnd.InputEnded;
            case ConsoleKey.D:
                _buffer.DeleteRight();
                break;
            case ConsoleKey.J or ConsoleKey.M or ConsoleKey.Enter:
                return Enter();
            case ConsoleKey.A:
                _buffer.MoveHome();
                break;
            case ConsoleKey.E:
                _buffer.MoveEnd();
                break;
            case ConsoleKey.B:
                _buffer.MoveLeft();
                break;
            case ConsoleKey.F:
                _buffer.MoveRight();
                break;
            case ConsoleKey.LeftArrow:
                _buffer.MoveWordLeft();
                break;
            case ConsoleKey.RightArrow:
                _buffer.MoveWordRight();
                break;
            case ConsoleKey.H:
                _buffer.DeleteLeft();
                break;
            case ConsoleKey.W or ConsoleKey.Backspace:
                _buffer.DeleteWordLeft();
                break;
            case ConsoleKey.U:
                _buffer.DeleteToHome();
                break;
            case ConsoleKey.K:
                _buffer.DeleteToEnd();
                break;
            case ConsoleKey.P:
                Up();
                break;
            case ConsoleKey.N:
                Down();
                break;
            case ConsoleKey.L:
                _renderer.ClearScreen();
                break;
            case ConsoleKey.R:
                return SearchHistory();
        }

        return null;
    }

    private LineEnd? Enter()
    {
        if (!IsIncomplete(_buffer.Text))
        {
            return LineEnd.Accepted;
        }

        _buffer.Insert("\n");
        return null;
    }

    private void HandleEscape()
    {
        // The runtime does not know the brackets around a paste and delivers them key by key.
        var sequence = string.Empty;
        while (sequence.Length < PasteStart.Length && Console.KeyAvailable)
        {
            sequence += Console.ReadKey(intercept: true).KeyChar;
            if (!PasteStart.StartsWith(sequence, StringComparison.Ordinal))
            {
                return;
            }
        }

        if (sequence != PasteStart)
        {
            return;
        }

        var pasted = new System.Text.StringBuilder();
        while (!pasted.ToString(Math.Max(0, pasted.Length - PasteStop.Length), Math.Min(pasted.Length, PasteStop.Length)).Equals(PasteStop, StringComparison.Ordinal))
        {
            var key = Console.ReadKey(intercept: true);
            if (key is { Key: ConsoleKey.None, KeyChar: '\0' })
            {
                return;
            }

            pasted.Append(key.KeyChar);
        }

        pasted.Length -= PasteStop.Length;
        var text = pasted.ToString().ReplaceLineEndings("\n").Replace("\t", "    ", StringComparison.Ordinal);
        _buffer.Insert(string.Concat(text.Where(character => character == '\n' || !char.IsControl(character))));
    }

    private void Complete()
    {
        if (Completer?.Complete(_buffer.Text, _buffer.Cursor) is not { } completion)
        {
            return;
        }

        if (completion.Replacement is { } replacement)
        {
            _buffer.Replace(completion.Start, completion.Length, replacement);
        }
        else
        {
            _renderer.WriteBelow(_prompt, _buffer.Text, ColumnList.Format(completion.Choices, streams.Columns));
        }
    }

    private void Up()
    {
        if (!_buffer.MoveUp() && _historyIndex > 0)
        {
            if (_historyIndex == History!.Count)
            {
                _unsent = _buffer.Text;
            }

            _buffer.Set(History[--_historyIndex]);
        }
    }

    private void Down()
    {
        if (!_buffer.MoveDown() && _historyIndex < (History?.Count ?? 0))
        {
            _historyIndex++;
            _buffer.Set(_historyIndex == History!.Count ? _unsent : History[_historyIndex]);
        }
    }

    private LineEnd? SearchHistory()
    {
        if (History is null)
        {
            return null;
        }

        var before = _buffer.Text;
        var wanted = string.Empty;
        var index = History.Count;
        while (true)
        {
            _renderer.Draw($"(history: {wanted}) ", _buffer.Text, _buffer.Text.Length);
            var key = Console.ReadKey(intercept: true);
            var older = key is { Key: ConsoleKey.R, Modifiers: ConsoleModifiers.Control };
            if (older || key.Key == ConsoleKey.Backspace || (!char.IsControl(key.KeyChar) && key.Modifiers is 0 or ConsoleModifiers.Shift))
            {
                if (!older)
                {
                    wanted = key.Key != ConsoleKey.Backspace ? wanted + key.KeyChar : wanted[..Math.Max(0, wanted.Length - 1)];
                    index = History.Count;
                }

                if (History.FindBefore(index, wanted) is >= 0 and var found)
                {
                    index = found;
                    _buffer.Set(History[found]);
                }

                continue;
            }

            if (key is { Key: ConsoleKey.Escape } or { Key: ConsoleKey.C or ConsoleKey.G, Modifiers: ConsoleModifiers.Control })
            {
                _buffer.Set(before);
                return null;
            }

            // Any other key ends the search and does what it does.
            _historyIndex = index;
            return Handle(key);
        }
    }
}
