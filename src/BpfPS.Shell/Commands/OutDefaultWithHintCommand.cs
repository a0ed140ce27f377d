using System.Management.Automation;
using Microsoft.PowerShell.Commands;

namespace BpfPS.Shell.Commands;

/// <summary>
/// The engine's Out-Default, which also tells of a missing everyday cmdlet that only the full PowerShell has it.
/// This is done where errors are shown, and not by CommandNotFoundAction, because whatever that answers would make
/// Get-Command find the cmdlet, and would let the rest of the pipeline start before the error.
/// </summary>
[Cmdlet(VerbsData.Out, "Default")]
public sealed class OutDefaultWithHintCommand : OutDefaultCommand
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject?.BaseObject is ErrorRecord { ErrorDetails: null, Exception: CommandNotFoundException missing } error
            && FullPowerShell.Explain(missing.CommandName) is { } explanation)
        {
            error.ErrorDetails = new ErrorDetails(explanation);
        }

        base.ProcessRecord();
    }
}
