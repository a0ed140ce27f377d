using System.Management.Automation.Runspaces;

namespace BpfPS.Module.Tests.Hosting;

/// <summary>A PowerShell session in this process, with the module as users get it.</summary>
internal sealed class Session : IDisposable
{
    /// <summary>Opens a session.</summary>
    /// <param name="import">Whether the module is imported.</param>
    public Session(bool import = true)
    {
        Runspace = RunspaceFactory.CreateRunspace(Host, InitialSessionState.CreateDefault2());
        Runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        Runspace.Open();
        Set("burst", Repository.TestProgram("burst"));
        Set("types", Repository.TestProgram("types"));
        Set("stacks", Repository.TestProgram("stacks"));
        Set("measured", Repository.TestProgram("measured"));
        Set("records", Repository.TestProgram("records"));
        Set("producer",
            new System.Collections.Hashtable { ["producer_pid"] = Environment.ProcessId, ["syscall_nr"] = Producer.CallNumber });
        if (import)
        {
            Import();
        }
    }

    /// <summary>What Out-Default writes to.</summary>
    public TestHost Host { get; } = new();

    public Runspace Runspace { get; }

    /// <summary>Imports the module by its path.</summary>
    public void Import() => Run($"Import-Module '{Repository.Module}' -ErrorAction Stop").Succeeded();

    /// <summary>Sets a variable of the session.</summary>
    public void Set(string name, object? value) => Runspace.SessionStateProxy.SetVariable(name, value);

    /// <summary>Runs a script to its end.</summary>
    public Outcome Run(string script)
    {
        using var running = Start(script);
        return running.Finish();
    }

    /// <summary>Starts a script, and comes back at once.</summary>
    public RunningScript Start(string script) => new(Runspace, script, show: false);

    /// <summary>Runs a script to its end, and gives what a user sees of it.</summary>
    public string Show(string script)
    {
        Host.Clear();
        using var running = StartShown(script);
        running.Finish().Succeeded();
        return Host.Text;
    }

    /// <summary>Starts a script whose output goes to <see cref="Host"/>.</summary>
    public RunningScript StartShown(string script) => new(Runspace, script, show: true);

    /// <summary>What Tab offers at the end of a line.</summary>
    public IReadOnlyList<CompletionResult> Complete(string line)
    {
        using var powershell = PowerShell.Create(Runspace);
        return CommandCompletion.CompleteInput(line, line.Length, null, powershell).CompletionMatches;
    }

    /// <summary>Calls code of the module as a cmdlet would: in the session, with its state.</summary>
    public object InSession(Func<object, object> call)
    {
        Set("call", call);
        return Run("$call.Invoke($ExecutionContext.SessionState)").Only.BaseObject;
    }

    public void Dispose() => Runspace.Dispose();
}
