using System.Management.Automation;
using System.Runtime.InteropServices;
using BpfPS.Shell.Hosting;
using BpfPS.Shell.Prompt;
using BpfPS.Shell.Startup;

namespace BpfPS.Shell;

/// <summary>One run of the shell, from opening the engine to its exit code.</summary>
internal sealed class ShellRun(CommandLine commandLine, StandardStreams streams)
{
    private int? _signalExitCode;

    /// <summary>Runs what the command line asks for.</summary>
    /// <returns>The program's exit code.</returns>
    public int Execute()
    {
        if (commandLine.Action is ShellAction.RunFile && !File.Exists(commandLine.Text))
        {
            streams.Error.WriteLine($"bpfps-shell: there is no script {commandLine.Text}");
            return ExitCode.BadCommandLine;
        }

        ModuleLocation? module = null;
        try
        {
            module = commandLine.ImportModule ? ModuleLocation.Find(commandLine.ModulePath, AppContext.BaseDirectory) : null;
        }
        catch (CommandLineException error)
        {
            streams.Error.WriteLine($"bpfps-shell: {error.Message}");
            return ExitCode.Failure;
        }

        var session = new ShellSession(new ShellUserInterface(streams, commandLine.MayAsk));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            session.Stop();
        });
        using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => End(session, context, ExitCode.Terminated));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => End(session, context, ExitCode.HungUp));

        var code = RunIn(session, module);
        session.Close();
        return _signalExitCode ?? code;
    }

    private int RunIn(ShellSession session, ModuleLocation? module)
    {
        var atPrompt = commandLine.Action is ShellAction.ReadInput && streams.IsInteractive;
        if (module is not null && !session.ImportModule(module) && !atPrompt)
        {
            return CodeOf(session, succeeded: false);
        }

        if (atPrompt)
        {
            return new PromptLoop(session, streams, commandLine.ShowLogo).Run();
        }

        var succeeded = commandLine.Action switch
        {
            ShellAction.RunCommand => session.RunScript(commandLine.Text),
            ShellAction.RunFile => session.RunFile(commandLine.Text, commandLine.ScriptArguments),
            _ => session.RunScript(Console.In.ReadToEnd()),
        };
        return CodeOf(session, succeeded);
    }

    private static int CodeOf(ShellSession session, bool succeeded) => session switch
    {
        { RequestedExitCode: { } code } => code,
        { WasStopped: true } => ExitCode.Interrupted,
        { OutputWasClosed: true } => ExitCode.Success,
        _ => succeeded ? ExitCode.Success : ExitCode.Failure,
    };

    private void End(ShellSession session, PosixSignalContext context, int code)
    {
        context.Cancel = true;
        _signalExitCode = code;

        // On a thread of its own: the main thread may sit at the prompt for ever, and a signal's thread should not be kept.
        var ending = new Thread(() =>
        {
            session.Close();
            Environment.Exit(code);
        });
        ending.Start();
    }
}
