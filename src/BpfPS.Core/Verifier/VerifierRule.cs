namespace BpfPS.Verifier;

/// <summary>Words of the kernel that give a cause away.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="Hint">What it means and what to do, in plain words.</param>
/// <param name="Patterns">Messages that mean it; a * stands for anything in between.</param>
internal sealed record VerifierRule(VerifierCause Cause, string Hint, params string[] Patterns)
{
    private readonly string[][] _parts = [.. Patterns.Select(pattern => pattern.Split('*'))];

    /// <summary>Whether a message has the parts of a pattern, in their order.</summary>
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
