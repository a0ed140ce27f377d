namespace BpfPS;

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
