namespace BpfPS;

/// <summary>An engine error: what failed, why, and what to do about it.</summary>
public class BpfException : Exception
{
    /// <summary>Creates an error with a sentence for the user.</summary>
    /// <param name="kind">The kind of failure.</param>
    /// <param name="message">One sentence: what failed, and why.</param>
    /// <param name="remedy">What to do next: a sentence, advice, or null.</param>
    /// <param name="errno">The positive errno, or 0 if none was involved.</param>
    /// <param name="inner">The exception that caused this one.</param>
    public BpfException(BpfErrorKind kind, string message, BpfRemedy? remedy = null, int errno = 0, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Advised = remedy;
        Errno = (BpfErrno)errno;
    }

    /// <summary>The kind of failure.</summary>
    public BpfErrorKind Kind { get; }

    /// <summary>The errno from the kernel or libbpf; <see cref="BpfErrno.Success"/> if none was involved.</summary>
    public BpfErrno Errno { get; }

    /// <summary>Whether a condition names a member that the struct does not have.</summary>
    internal bool NamesNoMember { get; init; }

    /// <summary>What to do next, without naming any command of a shell; or null.</summary>
    public string? Remedy => Advised?.Text;

    /// <summary>What to do next with BpfPS itself, as data.</summary>
    public BpfAdvice Advice => Advised?.Advice ?? BpfAdvice.None;

    /// <summary>The subject of the advice, such as a path or an id; null if it has none.</summary>
    public string? AdviceArgument => Advised?.Argument;

    /// <summary>Remedy and advice together, for a new error built from this one.</summary>
    internal BpfRemedy? Advised { get; }
}
