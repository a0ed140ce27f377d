using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using BpfPS.Shell.Prompt;

namespace BpfPS.Shell.Hosting;

/// <summary>
/// Writes the engine's streams where pwsh on Linux writes them: errors to standard error, all others to standard output;
/// and asks questions at the terminal.
/// </summary>
internal sealed class ShellUserInterface : PSHostUserInterface
{
    private readonly StandardStreams _streams;
    private readonly bool _mayAsk;
    private readonly ProgressLine _progress;
    private readonly Lock _gate = new();

    /// <summary>Makes the user interface.</summary>
    /// <param name="streams">Where to write.</param>
    /// <param name="mayAsk">Whether questions are allowed (-NonInteractive).</param>
    public ShellUserInterface(StandardStreams streams, bool mayAsk)
    {
        _streams = streams;
        _mayAsk = mayAsk;
        _progress = new ProgressLine(streams);
        RawUI = new ShellRawUserInterface(streams);
    }

    /// <summary>Raised when a write finds that nobody reads the output any longer; what runs should then be stopped.</summary>
    public event Action? OutputClosed;

    /// <summary>Takes formatted output for the cmdlets that want it as text.</summary>
    public OutputCapture Capture { get; } = new();

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; }

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => _streams.OutputIsTerminal && _streams.ColourAllowed;

    /// <summary>Clears the progress line, because something else is about to use the terminal.</summary>
    public void HideProgress()
    {
        lock (_gate)
        {
            _progress.Hide();
        }
    }

    /// <inheritdoc/>
    public override void Write(string value) => WriteOutput(value, endsLine: false);

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => WriteOutput(value, endsLine: false);

    /// <inheritdoc/>
    public override void WriteLine(string value) => WriteOutput(value, endsLine: true);

    /// <inheritdoc/>
    public override void WriteErrorLine(string value)
    {
        lock (_gate)
        {
            _progress.Hide();
            try
            {
                _streams.Error.WriteLine(GetOutputString(value, _streams.ErrorIsTerminal && _streams.ColourAllowed));
            }
            catch (OutputClosedException)
            {
                // Nobody reads the errors; the output may still be wanted.
            }
        }
    }

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => WriteLabelled(PSStyle.Instance.Formatting.Warning, "WARNING", message);

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => WriteLabelled(PSStyle.Instance.Formatting.Verbose, "VERBOSE", message);

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => WriteLabelled(PSStyle.Instance.Formatting.Debug, "DEBUG", message);

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        lock (_gate)
        {
            _progress.Show(record);
        }
    }

    /// <inheritdoc/>
    public override string ReadLine()
    {
        if (_streams.InputIsTerminal)
        {
            return ReadAnswer(string.Empty);
        }

        return Console.In.ReadLine() ?? string.Empty;
    }

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString() => throw CredentialsNotSupported();

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw CredentialsNotSupported();

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options) => throw CredentialsNotSupported();

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        EnsureMayAsk(string.Join(", ", descriptions.Select(description => description.Name)));
        WriteHeading(caption, message);
        var answers = new Dictionary<string, PSObject>();
        foreach (var description in descriptions)
        {
            if (description.ParameterTypeName is nameof(SecureString) or nameof(PSCredential))
            {
                throw CredentialsNotSupported();
            }

            answers[description.Name] = PSObject.AsPSObject(ReadAnswer($"{description.Name}: "));
        }

        return answers;
    }

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        EnsureMayAsk(string.IsNullOrEmpty(message) ? caption : message);
        WriteHeading(caption, message);
        var labels = choices.Select(ChoiceLabel.Parse).ToArray();
        var menu = string.Join("  ", labels.Select(label => $"[{label.Key}] {label.Text}")) + "  [?] Help";
        var standard = defaultChoice >= 0 ? $" (default is \"{labels[defaultChoice].Key}\")" : string.Empty;
        while (true)
        {
            var answer = ReadAnswer($"{menu}{standard}: ").Trim();
            if (answer.Length == 0 && defaultChoice >= 0)
            {
                return defaultChoice;
            }

            if (answer == "?")
            {
                foreach (var (label, choice) in labels.Zip(choices))
                {
                    WriteLine($"{label.Key} - {choice.HelpMessage}");
                }

                continue;
            }

            var chosen = Array.FindIndex(labels, label => label.IsMeantBy(answer));
            if (chosen >= 0)
            {
                return chosen;
            }
        }
    }

    private static PSNotSupportedException CredentialsNotSupported() =>
        new("This shell does not ask for passwords or credentials: pass them as a parameter, or use the full PowerShell (pwsh).");

    private void WriteHeading(string caption, string message)
    {
        foreach (var line in new[] { caption, message })
        {
            if (!string.IsNullOrEmpty(line))
            {
                WriteLine(line);
            }
        }
    }

    private void WriteLabelled(string style, string label, string message) =>
        WriteLine($"{style}{label}: {message}{PSStyle.Instance.Reset}");

    private void WriteOutput(string value, bool endsLine)
    {
        lock (_gate)
        {
            if (Capture.TryTake(value, endsLine))
            {
                return;
            }

            _progress.Hide();
            var text = GetOutputString(value, SupportsVirtualTerminal);
            try
            {
                if (endsLine)
                {
                    // One write, so that lines of this shell and of a child process do not run into each other.
                    _streams.Output.Write(text + "\n");
                }
                else
                {
                    _streams.Output.Write(text);
                }

                return;
            }
            catch (OutputClosedException)
            {
                // Handled outside of the lock: stopping a pipeline may write.
            }
        }

        OutputClosed?.Invoke();
        throw new PipelineStoppedException();
    }

    private void EnsureMayAsk(string question)
    {
        if (!_mayAsk || !_streams.IsInteractive)
        {
            var reason = _mayAsk ? "there is no terminal to ask at" : "-NonInteractive forbids to ask";
            throw new HostException($"An answer is needed, but {reason}: {question.Trim()}");
        }
    }

    private string ReadAnswer(string question)
    {
        EnsureMayAsk(question);
        HideProgress();
        var result = new LineEditor(_streams).Read(question);
        return result.End == LineEnd.Accepted ? result.Text : throw new PipelineStoppedException();
    }
}
