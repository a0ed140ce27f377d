using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>What every cmdlet of the module does alike: errors of the engine as error records, libbpf's messages on the streams.</summary>
public abstract class BpfCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

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
    private protected void SayAfterEnd(string warning)
    {
        try
        {
            Host?.UI?.WriteWarningLine(warning);
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
            if (e.Kind is BpfErrorKind.PermissionDenied or BpfErrorKind.DependencyMissing)
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

    /// <summary>
    /// The object file to load: a tool's, a file, or what a C source compiles to; the compiler's warnings are written.
    /// Stopping the cmdlet ends the compiler.
    /// </summary>
    /// <exception cref="BpfException">There is none, or it does not compile.</exception>
    private protected string ResolveObject(string name)
    {
        try
        {
            return ObjectSource.Resolve(name, ResolveFile, WriteDiagnostic, StopToken);
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
