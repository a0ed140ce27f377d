using System.Diagnostics;

namespace BpfPS.Shell.Tests.Support;

/// <summary>bpfps-shell as a child process, its streams redirected to pipes.</summary>
public sealed class ShellProcess : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _error;

    private ShellProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The program: beside the tests' own output, in the same configuration.</summary>
    public static string Program { get; } = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory,
        "../../BpfPS.Shell",
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)),
        "bpfps-shell"));

    /// <summary>Starts the shell.</summary>
    public static ShellProcess Start(TestFolder folder, string[] arguments, string program = "", IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program.Length > 0 ? program : Program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.Root,
        };
        foreach (var (name, value) in folder.Environment.Concat(environment ?? new Dictionary<string, string?>()))
        {
            start.Environment[name] = value;
        }

        return new ShellProcess(Process.Start(start)!);
    }

    /// <summary>Runs the shell to its end, with nothing on standard input unless it is given.</summary>
    public static ShellResult Run(TestFolder folder, string[] arguments, string input = "", IReadOnlyDictionary<string, string?>? environment = null)
    {
        using var shell = Start(folder, arguments, environment: environment);
        shell._process.StandardInput.Write(input);
        shell._process.StandardInput.Close();
        return shell.Finish();
    }

    /// <summary>Runs the shell with -Command.</summary>
    public static ShellResult RunCommand(TestFolder folder, string text) => Run(folder, ["-Command", text]);

    /// <summary>Waits until the shell has written a line.</summary>
    public string ReadLine() =>
        _process.StandardOutput.ReadLineAsync().WaitAsync(s_patience).GetAwaiter().GetResult() ?? throw new EndOfStreamException("The shell ended.");

    /// <summary>Sends a signal, as kill(1) names it.</summary>
    public void Signal(string name) => Command.Output("kill", "-" + name, $"{_process.Id}");

    /// <summary>Stops reading the shell's output, as head does.</summary>
    public void CloseOutput() => _process.StandardOutput.Close();

    /// <summary>Waits for the end, and gives what is left.</summary>
    public ShellResult Finish(bool readOutput = true)
    {
        var output = readOutput ? _process.StandardOutput.ReadToEndAsync().WaitAsync(s_patience).GetAwaiter().GetResult() : string.Empty;
        Assert.True(_process.WaitForExit(s_patience), "The shell did not end.");
        return new ShellResult(_process.ExitCode, output, _error.GetAwaiter().GetResult());
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
}
