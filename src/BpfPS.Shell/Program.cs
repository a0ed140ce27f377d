using System.Globalization;
using BpfPS.Shell.Hosting;
using BpfPS.Shell.Startup;

namespace BpfPS.Shell;

/// <summary>The program <c>bpfps-shell</c>: reads its command line, runs what it asks for, and answers with an exit code.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        SetCulture();

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

    // The engine breaks lines between words only in the languages that it knows, and in the middle of words elsewhere, so
    // also in the C locale, in which its texts are English. Dates and numbers stay those of the C locale.
    private static void SetCulture()
    {
        if (!CultureInfo.CurrentCulture.Equals(CultureInfo.InvariantCulture))
        {
            return;
        }

        try
        {
            var culture = (CultureInfo)CultureInfo.GetCultureInfo("en-US").Clone();
            culture.DateTimeFormat = CultureInfo.InvariantCulture.DateTimeFormat;
            culture.NumberFormat = CultureInfo.InvariantCulture.NumberFormat;
            CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = culture;
        }
        catch (CultureNotFoundException)
        {
            // A runtime without ICU knows no other culture.
        }
    }
}
