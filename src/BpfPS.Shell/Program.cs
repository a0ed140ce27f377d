using BpfPS.Shell.Hosting;
using BpfPS.Shell.Startup;

namespace BpfPS.Shell;

/// <summary>The program <c>bpfps-shell</c>: reads its command line, runs what it asks for, and answers with an exit code.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        // Nothing that runs here reports home.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

        CommandLine commandLine;
        try
        {
            commandLine = CommandLine.Parse(arguments);
        }
        catch (CommandLineException error)
        {
            Console.Error.WriteLine($"bpfps-shell: {error.Message}");
            Console.Error.WriteLine("bpfps-shell -Help lists what it takes.");
            return ExitCode.BadCommandLine;
        }

        using var streams = new StandardStreams();
        try
        {
            if (commandLine.Action is ShellAction.ShowHelp)
            {
                streams.Output.WriteLine(HelpText.Full);
                return ExitCode.Success;
            }

            if (commandLine.Action is ShellAction.ShowVersion)
            {
                streams.Output.WriteLine(ShellVersion.Line);
                return ExitCode.Success;
            }

            return new ShellRun(commandLine, streams).Execute();
        }
        catch (OutputClosedException)
        {
            return ExitCode.Success;
        }
    }
}
