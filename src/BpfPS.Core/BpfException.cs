namespace BpfPS;

/// <summary>What kind of failure an engine error is; the cmdlets derive ErrorId and category from it.</summary>
public enum BpfErrorKind
{
    /// <summary>The kernel or libbpf refused for a reason that only the errno tells.</summary>
    OperationFailed,
    /// <summary>No such tool, file, program, map, variable or pin.</summary>
    NotFound,
    /// <summary>The name or the place is taken.</summary>
    AlreadyExists,
    /// <summary>The user lacks a capability.</summary>
    PermissionDenied,
    /// <summary>This kernel, libbpf or machine cannot do it.</summary>
    NotSupported,
    /// <summary>A library or program that must be installed is missing.</summary>
    DependencyMissing,
    /// <summary>A file or data is not what it should be.</summary>
    InvalidData,
    /// <summary>A parameter's value does not fit.</summary>
    InvalidArgument,
    /// <summary>The verifier rejected a program.</summary>
    VerifierRejected,
    /// <summary>The C source did not compile.</summary>
    CompilationFailed,
    /// <summary>What was being used has gone meanwhile.</summary>
    Vanished,
}

/// <summary>An engine error: what was tried, why it failed, and what to do about it.</summary>
public class BpfException : Exception
{
    /// <summary>Creates an error with a sentence for the user.</summary>
    /// <param name="kind">The kind of failure.</param>
    /// <param name="message">What failed and why, one sentence.</param>
    /// <param name="remedy">What to do next, one sentence, or null.</param>
    /// <param name="errno">The positive errno, or 0 where none was involved.</param>
    /// <param name="inner">The cause.</param>
    public BpfException(BpfErrorKind kind, string message, string? remedy = null, int errno = 0, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Remedy = remedy;
        Errno = (BpfErrno)errno;
    }

    /// <summary>The kind of failure.</summary>
    public BpfErrorKind Kind { get; }

    /// <summary>The errno that the kernel or libbpf gave; <see cref="BpfErrno.Success"/> where none was involved.</summary>
    public BpfErrno Errno { get; }

    /// <summary>What to do next, or null.</summary>
    public string? Remedy { get; }
}
