using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfPS.Shell.Tests.Support;

/// <summary>bpfps-shell at a terminal: <c>script</c> gives it one, of 100 columns and 40 rows.</summary>
public sealed partial class Terminal : IDisposable
{
    public const string Enter = "\r";
    public const string Tab = "\t";
    public const string Up = "\e[A";
    public const string Left = "\e[D";
    public const string Home = "\e[H";
    public const string ControlC = "\u0003";
    public const string ControlD = "\u0004";
    public const string ControlR = "\u0012";

    private const string Prompt = "PS /";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly StringBuilder _screen = new();
    private int _seen;

    /// <summary>Starts the shell and waits for its prompt.</summary>
    public Terminal(TestFolder folder, string arguments = "", IReadOnlyDictionary<string, string?>? environment = null)
    {
        Machine.RequireProgram("script");
        var start = new ProcessStartInfo("script", ["-qfec", $"stty cols 100 rows 40; exec '{ShellProcess.Program}' {arguments}", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder.Root,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        foreach (var (name, value) in folder.Environment.Concat(environment ?? new Dictionary<string, string?>()))
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        new Thread(Collect) { IsBackground = true }.Start();
        WaitForPrompt();
    }

    /// <summary>Everything that has come to the terminal, escape sequences and all.</summary>
    public string Raw
    {
        get
        {
            lock (_gate)
            {
                return _screen.ToString();
            }
        }
    }

    /// <summary>Types.</summary>
    public void Send(params string[] keys)
    {
        foreach (var key in keys)
        {
            _process.StandardInput.Write(key);
            _process.StandardInput.Flush();
        }
    }

    /// <summary>Types a command and waits until the prompt is back.</summary>
    /// <returns>What came in between, the echo of the command included.</returns>
    public string Run(string command)
    {
        Send(command, Enter);

        // Drawing the command draws the prompt too: the one that counts stands behind a line of its own.
        return WaitFor("\n\\W*" + Prompt);
    }

    /// <summary>Waits for the prompt.</summary>
    public void WaitForPrompt() => WaitFor(Prompt);

    /// <summary>Waits until a pattern has come after what was waited for last.</summary>
    /// <returns>The text up to its end, without escape sequences.</returns>
    public string WaitFor(string pattern)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < s_patience)
        {
            var text = EscapeSequence().Replace(Raw, string.Empty);
            var match = Regex.Match(text[Math.Min(_seen, text.Length)..], pattern);
            if (match.Success)
            {
                var found = text.Substring(_seen, match.Index + match.Length);
                _seen += found.Length;
                return found;
            }

            Thread.Sleep(20);
        }

        throw new TimeoutException($"No {pattern} in:\n{Raw.Replace("\e", "<ESC>")}");
    }

    /// <summary>Waits for the shell's end.</summary>
    /// <returns>Its exit code.</returns>
    public int WaitForExit()
    {
        Assert.True(_process.WaitForExit(s_patience), $"The shell did not end:\n{Raw.Replace("\e", "<ESC>")}");
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    // Whole sequences only, so that one that has come by half does not shift what was found already.
    [GeneratedRegex(@"\e(\[[0-9;?]*[A-Za-z]|[=>]|\[[0-9;?]*$|$)")]
    private static partial Regex EscapeSequence();

    private void Collect()
    {
        var buffer = new char[4096];
        int read;
        while ((read = _process.StandardOutput.Read(buffer)) > 0)
        {
            lock (_gate)
            {
                _screen.Append(buffer, 0, read);
            }
        }
    }
}
