using System.Management.Automation.Runspaces;

namespace BpfPS.Commands;

/// <summary>
/// The PowerShell session (runspace) that a cmdlet runs in. One process can have several; each one's programs end with
/// it, however it ends: PowerShell tells a module of its removal, but not of its session's end.
/// </summary>
internal static class ShellSession
{
    private static readonly Lock s_lock = new();
    private static readonly HashSet<Guid> s_watched = [];

    /// <summary>The current session's id. What is started under it is stopped when the session is closed.</summary>
    public static Guid Current()
    {
        var runspace = Runspace.DefaultRunspace;
        lock (s_lock)
        {
            if (s_watched.Add(runspace.InstanceId))
            {
                runspace.StateChanged += StopWithSession;
            }
        }
        return runspace.InstanceId;
    }

    private static void StopWithSession(object? sender, RunspaceStateEventArgs change)
    {
        if (sender is Runspace runspace && change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken)
        {
            lock (s_lock)
            {
                s_watched.Remove(runspace.InstanceId);
            }
            EventSources.CloseAll(runspace.InstanceId);
            BpfSession.StopAll(runspace.InstanceId);
        }
    }
}
