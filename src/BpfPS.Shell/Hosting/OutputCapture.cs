namespace BpfPS.Shell.Hosting;

/// <summary>
/// Takes the formatted lines that would go to standard output while <see cref="While"/> runs. Out-String and Out-File
/// of this shell format through Out-Host, because the engine's formatter is not open to others.
/// </summary>
internal sealed class OutputCapture
{
    private Action<string>? _receiver;
    private string _unfinished = string.Empty;

    /// <summary>Runs a step of a formatting pipeline and hands each line that it writes to the receiver.</summary>
    public void While(Action<string> receiver, Action step)
    {
        var outer = _receiver;
        _receiver = receiver;
        try
        {
            step();
        }
        finally
        {
            _receiver = outer;
        }
    }

    /// <summary>Takes what would be written, if a capture is under way.</summary>
    /// <returns>Whether it was taken.</returns>
    public bool TryTake(string text, bool endsLine)
    {
        if (_receiver is not { } receiver)
        {
            return false;
        }

        _unfinished += text;
        if (endsLine)
        {
            var line = _unfinished;
            _unfinished = string.Empty;
            receiver(line);
        }

        return true;
    }
}
