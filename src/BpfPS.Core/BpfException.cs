namespace BpfPS;

/// <summary>An engine error: what was tried, why it failed, and what to do about it.</summary>
public class BpfException : Exception
{
    /// <summary>Creates an error with a sentence for the user.</summary>
    /// <param name="kind">The kind of failure.</param>
    /// <param name="message">What failed and why, one sentence.</param>
    /// <param name="remedy">What to do next: a sentence, advice, or null.</param>
    /// <param name="errno">The positive errno, or 0 where none was involved.</param>
    /// <param name="inner">The cause.</param>
    public BpfException(BpfErrorKind kind, string message, BpfRemedy? remedy = null, int errno = 0, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Advised = remedy;
        Errno = (BpfErrno)errno;
    }

    /// <summary>The kind of failure.</summary>
    public BpfErrorKind Kind { get; }

    /// <summary>The errno that the kernel or libbpf gave; <see cref="BpfErrno.Success"/> where none was involved.</summary>
    public BpfErrno Errno { get; }

    /// <summary>What to do next in words that need no shell, or null.</summary>
    public string? Remedy => Advised?.Text;

    /// <summary>What to do next through BpfPS itself, as data.</summary>
    public BpfAdvice Advice => Advised?.Advice ?? BpfAdvice.None;

    /// <summary>What the advice is about, such as a path or an id; null where it needs nothing.</summary>
    public string? AdviceArgument => Advised?.Argument;

    /// <summary>Remedy and advice together, for an error that is made of this one.</summary>
    internal BpfRemedy? Advised { get; }
}
