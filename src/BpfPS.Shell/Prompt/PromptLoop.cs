using System.Management.Automation.Language;
using BpfPS.Shell.Hosting;

namespace BpfPS.Shell.Prompt;

/// <summary>Reads commands at the terminal and runs them, until <c>exit</c> or Ctrl+D.</summary>
internal sealed class PromptLoop(ShellSession session, StandardStreams streams, bool showLogo)
{
    private const string FallbackPrompt = "PS> ";

    /// <summary>Runs the loop.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        if (showLogo)
        {
            streams.Output.WriteLine($"{ShellVersion.Line}, but not the full pwsh:");
            streams.Output.WriteLine("no Select-, Sort-, Group-Object, Format-*, ... (bpfps-shell -Help lists them)");
        }

        var history = new CommandHistory(CommandHistory.DefaultPath);
        var editor = new LineEditor(streams)
        {
            History = history,
            Completer = new Completer(session),
            IsIncomplete = IsIncomplete,
        };
        while (session.RequestedExitCode is null)
        {
            var line = editor.Read(Prompt());
            if (line.End == LineEnd.InputEnded)
            {
                break;
            }

            if (!string.IsNullOrWhiteSpace(line.Text))
            {
                history.Add(line.Text);

                // A Ctrl+C that came too late for the last command must not stop this one.
                session.Resume();
                session.RunScript(line.Text);
            }
        }

        return session.RequestedExitCode ?? ExitCode.Success;
    }

    private static bool IsIncomplete(string text)
    {
        Parser.ParseInput(text, out _, out var errors);
        return errors.Any(error => error.IncompleteInput);
    }

    private string Prompt()
    {
        var prompt = string.Concat(session.Evaluate("prompt").Select(part => part?.ToString()));
        return prompt.Length > 0 ? prompt : FallbackPrompt;
    }
}
