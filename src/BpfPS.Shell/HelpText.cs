using System.Text;
using BpfPS.Shell.Commands;

namespace BpfPS.Shell;

/// <summary>What -Help prints.</summary>
internal static class HelpText
{
    private const int Columns = 80;

    /// <summary>The whole text.</summary>
    public static string Full => $"""
        {ShellVersion.Line}
        A console for the BpfPS module on a machine without pwsh.

        bpfps-shell [-Module PATH | -NoImport] [-NoLogo] [-NonInteractive] [-NoProfile]
                    [-Command TEXT... | -File PATH [ARGUMENT...] | -Help | -Version]

          -Command, -c TEXT  run the text, or standard input when it is -
          -File, -f PATH     run a script and hand it the arguments that follow;
                             a first word that is no option is a script too
          -Module PATH       the module's folder, or its .psd1; else BPFPS_MODULE_PATH,
                             else module/BpfPS beside or above this program, else
                             wherever PSModulePath has it
          -NoImport          start without the module
          -NoLogo            no greeting at the prompt
          -NonInteractive    never ask: a question is an error
          -NoProfile         accepted for pwsh's sake; this shell has no profile
          -Help, -h, -?      this text
          -Version, -v       the versions of the shell and of its engine
        Names may be in any case, and cut short as long as they stay unambiguous.

        With neither -Command nor -File it prompts on a terminal, and otherwise runs
        standard input as a script.

        Exit code: what `exit N` says; 1 after a terminating error, or when the last
        command of -Command failed; 64 for a bad command line; 130 after Ctrl+C; 129 and
        143 after SIGHUP and SIGTERM. When the reader of the output goes (| head -1),
        the pipeline ends and the code is 0. Errors go to standard error, all else to
        standard output.

        At the prompt: Tab completes, the arrows walk through the history and Ctrl+R
        searches it, Ctrl+C stops what runs or drops the line, Ctrl+D leaves. A
        statement that is not complete goes on in the next line. The history is kept in
        $XDG_STATE_HOME/bpfps/history, without lines that start with a space.
        NO_COLOR turns colour off.

        This is the PowerShell language and engine, not all of PowerShell. There are
        Where-Object, ForEach-Object, Get-Command, Get-Help, the cmdlets for modules,
        jobs and history, Set-Location and Get-Location, pipes into programs and the
        redirections > and >>. Only the full PowerShell (pwsh 7.6) has:

        {MissingCmdlets()}
        Everything of BpfPS works in pwsh too: Import-Module BpfPS.
        """;

    private static string MissingCmdlets()
    {
        var text = new StringBuilder();
        foreach (var (module, cmdlets) in FullPowerShell.Listing)
        {
            text.Append(module).Append('\n');
            var line = " ";
            foreach (var cmdlet in cmdlets)
            {
                if (line.Length + 1 + cmdlet.Length > Columns)
                {
                    text.Append(line).Append('\n');
                    line = " ";
                }

                line += " " + cmdlet;
            }

            text.Append(line).Append('\n');
        }

        return text.ToString();
    }
}
