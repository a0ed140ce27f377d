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
        // Not by the exception's type: a record that comes out of a rethrown exception holds a stand-in for it.
        if (InputObject?.BaseObject is ErrorRecord { ErrorDetails: null, TargetObject: string command } error
            && error.FullyQualifiedErrorId.StartsWith(nameof(CommandNotFoundException), StringComparison.Ordinal)
            && FullPowerShell.Explain(command) is { } explanation)
        {
            error.ErrorDetails = new ErrorDetails(explanation);
        }

        base.ProcessRecord();
    }
}
