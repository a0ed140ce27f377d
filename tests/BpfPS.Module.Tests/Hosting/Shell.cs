using System.Diagnostics;

namespace BpfPS.Module.Tests.Hosting;

/// <summary>Runs scripts in processes of their own: pwsh, with the staged module imported.</summary>
internal static class Shell
{
    // No prompts, no profile, and the messages in plain text.
    private static readonly string[] s_options = ["-NoLogo", "-NoProfile", "-NonInteractive"];

    /// <summary>Runs a script as this user.</summary>
    public static ShellResult Run(string script, bool import = true) => Run([], script, import);

    /// <summary>Runs a script as a user without any privilege.</summary>
    public static ShellResult RunWithoutPrivilege(string script) => RunWith("", script);

    /// <summary>Runs a script in a process that another program starts, which limits it.</summary>
    /// <param name="starter">The program with its arguments; the command follows.</param>
    /// <param name="script">The script.</param>
    public static ShellResult RunUnder(string[] starter, string script) => Run(starter, script);

    /// <summary>Runs a script as a user without any privilege but these capabilities.</summary>
    public static ShellResult RunWith(string capabilities, string script)
    {
        using var home = new TemporaryFolder();
        Command.Output("chown", "65534", home.Path);
        var list = string.Concat(capabilities.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(name => $",+{name[4..].ToLowerInvariant()}"));
        return Run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", $"--inh-caps=-all{list}", $"--ambient-caps=-all{list}",
            "env", $"HOME={home.Path}", "XDG_CACHE_HOME="], script);
    }

    /// <summary>Runs a script as this user without some of its capabilities.</summary>
    public static ShellResult RunWithout(string capabilities, string script) =>
        Run(["setpriv", $"--bounding-set={string.Join(',', capabilities.Split(' ').Select(name => $"-{name[4..].ToLowerInvariant()}"))}"],
            script);

    /// <summary>Runs scripts one after the other, each in its own process, all with mounts of their own.</summary>
    /// <param name="preparation">Shell commands that change the mounts.</param>
    /// <param name="scripts">The scripts.</param>
    public static ShellResult RunWithMounts(string preparation, params string[] scripts)
    {
        var commands = string.Join('\n',
            scripts.Select((_, number) => $"\"$0\" {string.Join(' ', s_options)} -Command \"${{{number + 1}}}\""));
        return Wait(["unshare", "--mount", "--propagation", "private", "sh", "-c", $"{preparation}\n{commands}", Pwsh.Program,
            .. scripts.Select(WithModule)]);
    }

    /// <summary>Starts a script, and returns at once.</summary>
    public static Process Start(string script) => Start([Pwsh.Program, .. s_options, "-Command", WithModule(script)]);

    private static ShellResult Run(string[] prefix, string script, bool import = true) =>
        Wait([.. prefix, Pwsh.Program, .. s_options, "-Command", import ? WithModule(script) : script]);

    private static string WithModule(string script) => $"Import-Module '{Repository.Module}'\n{script}";

    private static ShellResult Wait(string[] command)
    {
        using var process = Start(command);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ShellResult(process.ExitCode, output, error.Result);
    }

    private static Process Start(string[] command)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardInput = true, RedirectStandardOutput = true,
            RedirectStandardError = true };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
