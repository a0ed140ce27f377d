using System.Collections.ObjectModel;
using System.Management.Automation.Host;
using System.Security;
using System.Text;

namespace BpfPS.Module.Tests.Hosting;

/// <summary>Keeps what is written; asks nobody, unless the test says what the answer is.</summary>
internal sealed class TestHostUserInterface : PSHostUserInterface
{
    private static readonly string[] s_ownColours = ["\u001b[32;1m", "\u001b[32;1;3m", "\u001b[0m"];

    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();

    /// <summary>Answers a question by the label of a choice, such as "No"; null where nobody is there to be asked.</summary>
    public Func<string, string>? Answer { get; set; }

    public string Text
    {
        get
        {
            lock (_lock)
            {
                return _text.ToString();
            }
        }
    }

    public override PSHostRawUserInterface RawUI { get; } = new TestHostScreen();

    public void Clear()
    {
        lock (_lock)
        {
            _text.Clear();
        }
    }

    public override void Write(string value)
    {
        lock (_lock)
        {
            // Without PowerShell's own colours: any other escape sequence that is shown came from somewhere else.
            _text.Append(s_ownColours.Aggregate(value, (text, colour) => text.Replace(colour, "", StringComparison.Ordinal)));
        }
    }

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    public override void WriteLine(string value) => Write(value + "\n");

    public override void WriteDebugLine(string message) => WriteLine($"DEBUG: {message}");

    public override void WriteErrorLine(string value) => WriteLine(value);

    public override void WriteVerboseLine(string message) => WriteLine($"VERBOSE: {message}");

    public override void WriteWarningLine(string message) => WriteLine($"WARNING: {message}");

    public override void WriteProgress(long sourceId, ProgressRecord record) { }

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw Nobody();

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        var label = Answer is { } answer ? answer(message) : throw Nobody();
        return choices.Select(choice => choice.Label.Replace("&", "", StringComparison.Ordinal)).ToList().IndexOf(label);
    }

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw Nobody();

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName,
        PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) => throw Nobody();

    public override string ReadLine() => throw Nobody();

    public override SecureString ReadLineAsSecureString() => throw Nobody();

    private static InvalidOperationException Nobody() => new("Nobody is there to be asked.");
}
