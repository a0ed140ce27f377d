using System.Management.Automation;
using BpfPS.Loading;

namespace BpfPS.Commands;

/// <summary>What every cmdlet of the module does alike: errors of the engine as error records, libbpf's messages on the streams.</summary>
public abstract class BpfCmdlet : PSCmdlet, IDisposable
{
    /// <summary>So long nobody minds that nothing is to be seen.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private Type? _written;
    private bool _waitIsShown;

    /// <summary>Creates it.</summary>
    protected BpfCmdlet() => StopToken = _stopping.Token;

    /// <summary>Cancelled when the pipeline is stopped, by Ctrl+C say.</summary>
    private protected CancellationToken StopToken { get; }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        try
        {
            _stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // the cmdlet has ended already
        }
    }

    /// <summary>Lets go of what the cmdlet holds; PowerShell calls it on the pipeline's own thread.</summary>
    public void Dispose()
    {
        Release();
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of what this kind of cmdlet holds.</summary>
    private protected virtual void Release()
    {
    }

    /// <summary>
    /// Says something when the pipeline has been stopped: nothing can be written to its streams any more, so it goes to the screen.
    /// </summary>
    private protected void SayAfterEnd(string warning) => OnScreen(screen => screen.WriteWarningLine(warning));

    /// <summary>Shows lines when the pipeline has been stopped, so that it takes no more objects: on the screen.</summary>
    private protected void ShowAfterEnd(IEnumerable<string> lines) => OnScreen(screen =>
    {
        foreach (var line in lines)
        {
            screen.WriteLine(line);
        }
    });

    private void OnScreen(Action<System.Management.Automation.Host.PSHostUserInterface> show)
    {
        try
        {
            if (Host?.UI is { } screen)
            {
                show(screen);
            }
        }
        catch (Exception e) when (e is System.Management.Automation.Host.HostException or NotImplementedException
            or InvalidOperationException or PipelineStoppedException)
        {
            // a host without a screen
        }
    }

    /// <summary>
    /// Writes a message of libbpf to this cmdlet's verbose or debug stream. libbpf warns of what our own error says
    /// better, so its warnings are for those who ask with -Verbose.
    /// </summary>
    private protected void WriteMessage(BpfMessageLevel level, string message)
    {
        const string Prefix = "libbpf: "; // most of them begin with it
        var text = (message.StartsWith(Prefix, StringComparison.Ordinal) ? "" : Prefix) + VisibleText.Escape(message);
        if (level == BpfMessageLevel.Debug)
        {
            WriteDebug(text);
        }
        else
        {
            WriteVerbose(text);
        }
    }

    /// <summary>
    /// Writes what the compiler warns of, in its words, to the warning stream; the lines it shows with it are for -Verbose.
    /// </summary>
    private protected void WriteDiagnostic(BpfDiagnostic diagnostic)
    {
        WriteWarning(diagnostic.ToString());
        foreach (var note in diagnostic.Notes.Prepend(diagnostic))
        {
            // On lines of their own, so that clang's marks stand below what they mark.
            var lines = $"{note}\n{note.Excerpt}";
            WriteVerbose(string.Join('\n', lines.Split('\n').Select(line => VisibleText.Escape(line.Replace('\t', ' ')))));
        }
    }

    /// <summary>Writes one object. PowerShell is told of its class first, if that was made at run time.</summary>
    private protected new void WriteObject(object? value)
    {
        if (value is not null && (value.GetType() != _written || RecordTypeData.HasParts(value)))
        {
            RecordTypeData.Register(value);
            _written = value.GetType();
        }
        base.WriteObject(value);
    }

    /// <summary>Writes an array of records as one object. PowerShell is told of the classes of its elements first.</summary>
    private protected void WriteArray(BpfRecord[] records)
    {
        foreach (var record in records)
        {
            if (record.GetType() != _written || RecordTypeData.HasParts(record))
            {
                RecordTypeData.Register(record);
                _written = record.GetType();
            }
        }
        base.WriteObject(records, enumerateCollection: false);
    }

    /// <summary>An engine's error as PowerShell has it.</summary>
    private protected static ErrorRecord Record(BpfException error, object? target)
    {
        var record = new ErrorRecord(error, $"Bpf{error.Kind}", Category(error), target);
        if (RemedyText.Of(error) is { } remedy)
        {
            record.ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = remedy };
        }
        return record;
    }

    /// <summary>Reports an error that concerns one of several things; the others go on.</summary>
    private protected void WriteError(BpfException error, object? target) => WriteError(Record(error, target));

    /// <summary>Ends the cmdlet with an error.</summary>
    private protected void Terminate(BpfException error, object? target) => ThrowTerminatingError(Record(error, target));

    /// <summary>
    /// Runs an engine call for one of several things: its error is reported and null returned. Nothing may be written
    /// within.
    /// </summary>
    private protected T? Try<T>(Func<T?> call, object? target) where T : class
    {
        try
        {
            return call();
        }
        catch (BpfException e)
        {
            if (IsForAll(e))
            {
                Terminate(e, target);
            }
            if (IsPassedOver(e))
            {
                WriteVerbose(e.Message);
            }
            else
            {
                WriteError(e, target);
            }
            return null;
        }
    }

    /// <summary>Whether an error ends the cmdlet instead of being reported for one of several things.</summary>
    private protected virtual bool IsForAll(BpfException error) =>
        error.Kind is BpfErrorKind.PermissionDenied or BpfErrorKind.DependencyMissing;

    /// <summary>Whether an error is of something that nobody asked for by itself, and that is no longer there.</summary>
    private protected virtual bool IsPassedOver(BpfException error) => false;

    /// <summary>Runs an engine call without which the cmdlet cannot go on. Nothing may be written within.</summary>
    private protected T Require<T>(Func<T> call, object? target)
    {
        try
        {
            return call();
        }
        catch (BpfException e)
        {
            Terminate(e, target);
            throw; // not reached
        }
    }

    /// <summary>Runs an engine call without which the cmdlet cannot go on. Nothing may be written within.</summary>
    private protected void Require(Action call, object? target) => Require(() =>
    {
        call();
        return true;
    }, target);

    /// <summary>
    /// Whether a change is to be made that cannot be undone. The cmdlet's ConfirmImpact is High, so that the user is asked; not of what
    /// this session itself started or made, unless the user asked to be asked.
    /// </summary>
    private protected bool ShouldChange(string target, string action, bool isOwn)
    {
        if (isOwn && !IsSet("WhatIf") && !IsSet("Confirm") && !IsPreferred("WhatIfPreference")
            && $"{GetVariableValue("ConfirmPreference")}" is not (nameof(ConfirmImpact.Low) or nameof(ConfirmImpact.Medium)))
        {
            WriteVerbose($"Performing the operation \"{action}\" on target \"{target}\".");
            return true;
        }
        try
        {
            return ShouldProcess(target, action);
        }
        catch (Exception e) when (e is System.Management.Automation.Host.HostException or InvalidOperationException)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument,
                $"{target}: this has to be confirmed, and nobody is there to be asked. {e.Message}",
                "Look at it first; then run the command with -Confirm:$false.", inner: e), target);
            return false;
        }

        bool IsSet(string parameter) => MyInvocation.BoundParameters.TryGetValue(parameter, out var value)
            && LanguagePrimitives.IsTrue(value);

        bool IsPreferred(string variable) => LanguagePrimitives.IsTrue(GetVariableValue(variable));
    }

    /// <summary>Says which programs of an object that was just started were passed over for others.</summary>
    private protected void SayChoice(BpfObject started)
    {
        foreach (var (taken, passedOver, why, isDeclared) in started.Alternatives)
        {
            if (isDeclared)
            {
                WriteVerbose($"'{VisibleText.Escape(passedOver)}' is left out: {why}");
            }
            else
            {
                WriteWarning($"'{VisibleText.Escape(passedOver)}' and '{VisibleText.Escape(taken)}' are for the same hook, and only "
                    + $"'{VisibleText.Escape(taken)}' runs: {why}. -Program names what is to run.");
            }
        }
    }

    /// <summary>Says when a tool that was just started runs already, in this session or another.</summary>
    private protected void WarnOfSameTool(BpfObject started)
    {
        if (SameTool.Others(started) is [var other, ..])
        {
            WriteWarning($"'{VisibleText.Escape(started.Name)}' runs twice now: {other} was there before, in "
                + $"{string.Join(", ", other.Processes)}. Both do the same work, and each has its own maps and events.");
        }
    }

    /// <summary>Shows what is being waited for, for those who sit in front of it; null once that is over.</summary>
    private protected void ShowWait(string activity, string? what)
    {
        if (what is not null || _waitIsShown)
        {
            _waitIsShown = what is not null;
            WriteProgress(new ProgressRecord(0, activity, what ?? "Done")
            {
                RecordType = what is null ? ProgressRecordType.Completed : ProgressRecordType.Processing,
            });
        }
    }

    /// <summary>Does what can take long beside the pipeline, and shows it when it does.</summary>
    private protected T ShowIfLong<T>(string activity, string what, Func<T> work)
    {
        var task = Task.Run(work);
        try
        {
            if (!((IAsyncResult)task).AsyncWaitHandle.WaitOne(s_patience))
            {
                ShowWait(activity, what);
            }
            return task.GetAwaiter().GetResult();
        }
        finally
        {
            if (!StopToken.IsCancellationRequested)
            {
                ShowWait(activity, null);
            }
        }
    }

    /// <summary>
    /// The object file to load: a tool's, a file, or what a C source compiles to; the compiler's warnings are written.
    /// Stopping the cmdlet ends the compiler.
    /// </summary>
    /// <exception cref="BpfException">There is none, or it does not compile.</exception>
    private protected string ResolveObject(string name)
    {
        try
        {
            return ObjectSource.Resolve(name, ResolveFile, Compile, WriteDiagnostic);
        }
        catch (OperationCanceledException e)
        {
            throw new PipelineStoppedException("The compiler was stopped.", e);
        }
        finally
        {
            WriteNotice();
        }
    }

    private BpfCompilation Compile(string source) =>
        ShowIfLong("Compiling", VisibleText.Escape(source), () => BpfCompiler.Compile(source, cancellation: StopToken));

    /// <summary>Says what is to be said about the cache of compiled objects, once in a session.</summary>
    private protected void WriteNotice()
    {
        if (BpfCompiler.TakeNotice() is { } notice)
        {
            WriteWarning(notice);
        }
    }

    /// <summary>
    /// The files that a person names: a name that is a file is that file, whatever characters it has; else wildcards are
    /// looked for.
    /// </summary>
    private protected IEnumerable<string> ResolveFiles(string path)
    {
        var literal = ResolveFile(path);
        return File.Exists(literal) || !WildcardPattern.ContainsWildcardCharacters(path) ? [literal]
            : InvokeProvider.Item.Exists(path) ? GetResolvedProviderPathFromPSPath(path, out _).Order(StringComparer.Ordinal) : [];
    }

    /// <summary>A path of the file system as the user gave it, absolute. A file whose name looks like a wildcard is that file.</summary>
    private protected string ResolveFile(string path) => GetUnresolvedProviderPathFromPSPath(path);

    /// <summary>A function or probe in a file, whose path begins where the shell is unless it begins with a slash.</summary>
    /// <param name="text">path:function or path:provider:name.</param>
    /// <param name="parts">How many names follow the path.</param>
    private protected string ResolvePlace(string text, int parts)
    {
        var all = text.Split(':');
        var file = string.Join(':', all.SkipLast(parts));
        return !file.Contains('/') || file[0] == '/' ? text : $"{ResolveFile(file)}:{string.Join(':', all.TakeLast(parts))}";
    }

    private static ErrorCategory Category(BpfException error) => error.Kind switch
    {
        BpfErrorKind.NotFound or BpfErrorKind.Vanished => ErrorCategory.ObjectNotFound,
        BpfErrorKind.AlreadyExists => ErrorCategory.ResourceExists,
        BpfErrorKind.PermissionDenied => ErrorCategory.PermissionDenied,
        BpfErrorKind.NotSupported => ErrorCategory.NotImplemented,
        BpfErrorKind.DependencyMissing => ErrorCategory.NotInstalled,
        BpfErrorKind.InvalidData or BpfErrorKind.VerifierRejected => ErrorCategory.InvalidData,
        BpfErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        BpfErrorKind.CompilationFailed => ErrorCategory.SyntaxError,
        _ => ErrorCategory.InvalidOperation,
    };
}
