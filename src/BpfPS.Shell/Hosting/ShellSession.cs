using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using BpfPS.Shell.Commands;
using BpfPS.Shell.Startup;

namespace BpfPS.Shell.Hosting;

/// <summary>
/// The engine with its one runspace. Pipelines run on the caller's initiative one at a time; <see cref="Stop"/>,
/// <see cref="Close"/> may come from any thread, such as a signal's.
/// </summary>
internal sealed class ShellSession
{
    // How long what runs may take to stop, and the clean-up of modules may take, before the shell ends without them.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Lock _closing = new();
    private readonly ManualResetEventSlim _idle = new(initialState: true);
    private readonly ShellUserInterface _userInterface;
    private readonly ShellHost _host;
    private readonly Runspace _runspace;
    private Pipeline? _running;
    private string? _moduleName;
    private bool _ending;
    private bool _closed;

    /// <summary>Opens the engine.</summary>
    public ShellSession(ShellUserInterface userInterface)
    {
        _userInterface = userInterface;
        userInterface.OutputClosed += OnOutputClosed;
        _host = new ShellHost(userInterface);
        _runspace = RunspaceFactory.CreateRunspace(_host, CreateInitialState());
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
    }

    /// <summary>The exit code that a script asked for with <c>exit</c>; null while none did.</summary>
    public int? RequestedExitCode => _host.RequestedExitCode;

    /// <summary>Whether <see cref="Stop"/> has been called, by Ctrl+C as a rule, and <see cref="Resume"/> not since.</summary>
    public bool WasStopped { get; private set; }

    /// <summary>Whether a write has found that nobody reads the output any longer.</summary>
    public bool OutputWasClosed { get; private set; }

    private bool LastCommandSucceeded => _runspace.SessionStateProxy.GetVariable("?") is true;

    /// <summary>Imports the module by its name.</summary>
    /// <returns>Whether it could be imported; if not, the error has been shown.</returns>
    public bool ImportModule(ModuleLocation module)
    {
        _moduleName = module.Name;
        if (module.SearchPath is { } folder)
        {
            // Only now, because the engine makes up PSModulePath anew while the runspace opens.
            var path = Environment.GetEnvironmentVariable("PSModulePath");
            Environment.SetEnvironmentVariable("PSModulePath", string.IsNullOrEmpty(path) ? folder : folder + Path.PathSeparator + path);
        }

        var import = new Command("Import-Module");
        import.Parameters.Add("Name", module.Name);
        import.Parameters.Add("Global");
        import.Parameters.Add("ErrorAction", ActionPreference.Stop);
        return Use(() => Run(import), otherwise: false);
    }

    /// <summary>Runs a text and shows what it yields.</summary>
    /// <param name="script">The text.</param>
    /// <returns>What <c>$?</c> is afterwards; false after a terminating error.</returns>
    public bool RunScript(string script)
    {
        Parser.ParseInput(script, out _, out var errors);
        return Use(
            () =>
            {
                // The engine restores $? to what it was before, when a pipeline does not go into the history.
                using var pipeline = _runspace.CreatePipeline(script, addToHistory: true);
                return Parses(errors) && Run(pipeline) && LastCommandSucceeded;
            },
            otherwise: false);
    }

    /// <summary>Runs a script file and shows what it yields.</summary>
    /// <param name="path">The file.</param>
    /// <param name="arguments">Its arguments, named ones as <c>-Name value</c>, <c>-Name:value</c> or <c>-Switch</c>.</param>
    /// <returns>Whether it ran to its end, however its last command fared; false after a terminating error.</returns>
    public bool RunFile(string path, IReadOnlyList<string> arguments)
    {
        // As a function made of the file: a script called by its path keeps its `exit` to itself,
        // and only pwsh can tell the engine otherwise.
        var fullPath = Path.GetFullPath(path);
        var script = Parser.ParseFile(fullPath, out _, out var errors);
        var name = Path.GetFileName(fullPath);
        var command = new Command(name);
        foreach (var parameter in ScriptArguments.Parse(arguments))
        {
            command.Parameters.Add(parameter);
        }

        return Use(
            () =>
            {
                if (!Parses(errors))
                {
                    return false;
                }

                _runspace.SessionStateProxy.InvokeProvider.Item.Set($"Function:{WildcardPattern.Escape(name)}", script.GetScriptBlock());
                return Run(command);
            },
            otherwise: false);
    }

    /// <summary>Runs a text and hands back what it yields instead of showing it; errors are dropped.</summary>
    public IReadOnlyList<PSObject> Evaluate(string script) => Use<IReadOnlyList<PSObject>>(
        () =>
        {
            using var powershell = PowerShell.Create(_runspace);
            try
            {
                return powershell.AddScript(script).Invoke();
            }
            catch (RuntimeException)
            {
                return [];
            }
        },
        otherwise: []);

    /// <summary>Finds what can stand at the cursor in a text.</summary>
    /// <returns>Null when there is nothing.</returns>
    public CommandCompletion? Complete(string text, int cursor) => Use(
        () =>
        {
            using var powershell = PowerShell.Create(_runspace);
            try
            {
                return CommandCompletion.CompleteInput(text, cursor, options: null, powershell);
            }
            catch (Exception)
            {
                // Completers are anybody's code, and the engine's own fail with whatever it is that they lack; for
                // completion that is as good as nothing found.
                return null;
            }
        },
        otherwise: null);

    /// <summary>Asks what runs to stop, and does not wait for it. Nothing more runs until <see cref="Resume"/>.</summary>
    public void Stop()
    {
        WasStopped = true;
        StopRunning();
    }

    /// <summary>Lets pipelines run again after <see cref="Stop"/>.</summary>
    public void Resume() => WasStopped = false;

    /// <summary>
    /// Ends the session: stops what runs, removes the module so that its clean-up runs, and closes the engine. A second
    /// caller waits for the first.
    /// </summary>
    public void Close()
    {
        lock (_closing)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            lock (_gate)
            {
                _ending = true;
            }

            StopRunning();
            if (!_idle.Wait(Patience))
            {
                // What runs does not heed Stop: the kernel lets go of its BPF objects with the process.
                return;
            }

            // On another thread, because a module's clean-up may hang too.
            Task.Run(CloseRunspace).Wait(Patience);
        }
    }

    private static InitialSessionState CreateInitialState()
    {
        var state = InitialSessionState.CreateDefault2();
        state.Commands.Remove("Out-Default", typeof(SessionStateCmdletEntry));
        state.Commands.Add(new SessionStateCmdletEntry("Out-Default", typeof(OutDefaultWithHintCommand), null));
        state.Commands.Add(new SessionStateCmdletEntry("Out-String", typeof(OutStringCommand), null));
        state.Commands.Add(new SessionStateCmdletEntry("Out-File", typeof(OutFileCommand), null));
        state.Commands.Add(new SessionStateCmdletEntry("Get-Location", typeof(GetLocationCommand), null));
        state.Commands.Add(new SessionStateCmdletEntry("Set-Location", typeof(SetLocationCommand), null));

        state.Commands.Add(CompletionFunctions.Entries);

        // The engine's own are made of cmdlets that it does not have.
        Replace(state, "Clear-Host", "$Host.UI.Write(\"`e[H`e[2J`e[3J\")");
        Replace(state, "help", "Get-Help @args");
        Replace(state, "Pause", "$Host.UI.Write('Press Enter to continue...: '); $null = $Host.UI.ReadLine()");
        return state;
    }

    private static void Replace(InitialSessionState state, string function, string definition)
    {
        state.Commands.Remove(function, typeof(SessionStateFunctionEntry));
        state.Commands.Add(new SessionStateFunctionEntry(function, definition));
    }

    private void CloseRunspace()
    {
        try
        {
            if (_moduleName is not null)
            {
                using var removal = _runspace.CreatePipeline("Get-Module -Name $args[0] | Remove-Module -Force");
                removal.Commands[0].Parameters.Add(null, _moduleName);
                Invoke(removal);
            }
        }
        catch (InvalidRunspaceStateException)
        {
            // The script closed the runspace itself.
        }

        // Raises the engine's PowerShell.Exiting event, and stops jobs.
        _runspace.Dispose();
    }

    private bool Run(Command command)
    {
        using var pipeline = _runspace.CreatePipeline();
        pipeline.Commands.Add(command);
        return Run(pipeline);
    }

    private bool Run(Pipeline pipeline)
    {
        lock (_gate)
        {
            if (_ending || WasStopped)
            {
                return false;
            }

            _running = pipeline;
        }

        return Invoke(pipeline);
    }

    // All that touches the runspace goes through here: it bears one user at a time, and Close waits for that one.
    private T Use<T>(Func<T> use, T otherwise)
    {
        lock (_gate)
        {
            if (_ending)
            {
                return otherwise;
            }

            _idle.Reset();
        }

        try
        {
            return use();
        }
        finally
        {
            lock (_gate)
            {
                _running = null;
                _idle.Set();
            }
        }
    }

    private bool Invoke(Pipeline pipeline)
    {
        pipeline.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        pipeline.Commands.Add(new Command("Out-Default", isScript: false, useLocalScope: true));
        try
        {
            pipeline.Invoke();
            return true;
        }
        catch (Exception stopped) when (stopped is PipelineStoppedException or InvalidPipelineStateException)
        {
            // The latter when it was stopped before it began.
            return false;
        }
        catch (RuntimeException error)
        {
            ShowError(error.ErrorRecord);
            return false;
        }
    }

    private bool Parses(ParseError[] errors)
    {
        if (errors.Length > 0)
        {
            // The exception that running the text would end in has lost the place of the error, for an incomplete statement.
            ShowError(new ParseException(errors).ErrorRecord);
        }

        return errors.Length == 0;
    }

    private void ShowError(ErrorRecord error)
    {
        using var pipeline = _runspace.CreatePipeline();
        pipeline.Commands.Add(new Command("Out-Default"));
        try
        {
            // Out-Default sends only those records to the error stream that a command has written there, and this one
            // comes out of an exception: so its formatted lines are sent there.
            _userInterface.Capture.While(_userInterface.WriteErrorLine, () => pipeline.Invoke(new[] { error }));
        }
        catch (RuntimeException failure)
        {
            // The view of errors itself is broken, by a module's format file for one.
            _userInterface.WriteErrorLine($"{error}{Environment.NewLine}{failure.Message}");
        }
    }

    private void StopRunning()
    {
        lock (_gate)
        {
            // Not awaited: this may be the pipeline's own thread. In any state but running it does no harm.
            _running?.StopAsync();
        }
    }

    private void OnOutputClosed()
    {
        OutputWasClosed = true;
        StopRunning();
    }
}
