using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>The session that Tab is pressed in, which PowerShell does not tell its completers.</summary>
internal static class CompletionSession
{
    /// <summary>Its variables, commands and current directory.</summary>
    public static SessionState State
    {
        get
        {
            using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            return (SessionState)shell.AddScript("$ExecutionContext.SessionState").Invoke()[0].BaseObject;
        }
    }
}
