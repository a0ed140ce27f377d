namespace BpfPS.Verifier;

/// <summary>Messages of the kernel that indicate a cause.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="Hint">What the cause means and what to do, in plain words.</param>
/// <param name="Patterns">Messages that indicate it; * stands for any text.</param>
internal sealed record VerifierRule(VerifierCause Cause, string Hint, params string[] Patterns)
{
    private readonly string[][] _parts = [.. Patterns.Select(pattern => pattern.Split('*'))];

    /// <summary>Whether a message contains the parts of a pattern, in order.</summary>
    public bool Fits(string message)
    {
        foreach (var parts in _parts)
        {
            var at = 0;
            foreach (var part in parts)
            {
                at = message.IndexOf(part, at, StringComparison.Ordinal);
                if (at < 0)
                {
                    break;
                }
                at += part.Length;
            }
            if (at >= 0)
            {
                return true;
            }
        }
        return false;
    }
}
