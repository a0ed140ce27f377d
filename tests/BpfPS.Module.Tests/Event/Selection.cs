namespace BpfPS.Module.Tests.Event;

/// <summary>What Where-Object says of records.</summary>
internal static class Selection
{
    /// <summary>Which of the objects in the variable records a script block selects; an error is a no.</summary>
    public static bool[] Selected(this Session session, string filter) => [.. session.Run($$"""
        foreach ($record in $records) {
            try { @($record | Where-Object { {{filter}} } -ErrorAction Stop).Count -gt 0 } catch { $false }
        }
        """).Output.Select(one => (bool)one.BaseObject)];
}
