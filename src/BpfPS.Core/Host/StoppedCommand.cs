using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Host;

/// <summary>
/// A command that has a process already, and does nothing until it is told to go on: so that everything it does can be seen. It has the
/// terminal of this process.
/// </summary>
internal sealed class StoppedCommand : IDisposable
{
    private const int Kill = 9, Continue = 18; // SIGKILL, SIGCONT
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    // The words of the command are arguments, which the shell does not read.
    private const string Script = "kill -STOP $$; exec \"$0\" \"$@\"";

    private readonly Process _process;
    private bool _isRunning;

    private StoppedCommand(Process process) => _process = process;

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Makes the process of a command.</summary>
    /// <param name="command">The program, by its path or as found on the PATH, and its arguments.</param>
    /// <exception cref="BpfException">There is no such program.</exception>
    public static StoppedCommand Start(IReadOnlyList<string> command)
    {
        var program = Find(command[0]) ?? throw new BpfException(BpfErrorKind.NotFound,
            $"There is no program '{VisibleText.Escape(command[0])}'.",
            "Name a program on the PATH, or its file, and each of its arguments after a comma.");
        try
        {
            var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, program, .. command.Skip(1)])
            {
                UseShellExecute = false,
            })!;
            var stopped = new StoppedCommand(process);
            stopped.WaitUntilStopped();
            return stopped;
        }
        catch (Win32Exception e)
        {
            throw new BpfException(BpfErrorKind.OperationFailed,
                $"'{VisibleText.Escape(command[0])}' cannot be started: {e.Message}", inner: e);
        }
    }

    /// <summary>Lets it go on.</summary>
    public void Run()
    {
        _isRunning = true;
        _ = Libc.kill(_process.Id, Continue);
    }

    /// <summary>Ends it if it was never let go on; what runs is left alone.</summary>
    public void Dispose()
    {
        if (!_isRunning && !_process.HasExited)
        {
            _ = Libc.kill(_process.Id, Kill);
        }
        _process.Dispose();
    }

    private static string? Find(string program) => program.Contains('/') ? Existing(Path.GetFullPath(program))
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Existing(Path.Combine(directory, program))).FirstOrDefault(path => path is not null);

    private static string? Existing(string path) => File.Exists(path)
        && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0
            ? path : null;

    private void WaitUntilStopped()
    {
        var clock = Stopwatch.StartNew();
        while (!_process.HasExited && State() != 'T' && clock.Elapsed < s_patience)
        {
            Thread.Sleep(1);
        }
    }

    /// <summary>The state of the process, as /proc/PID/stat has it behind the name.</summary>
    private char State()
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/stat"));
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return ' ';
        }
    }
}
