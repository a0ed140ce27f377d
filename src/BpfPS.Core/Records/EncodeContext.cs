namespace BpfPS.Records;

/// <summary>
/// What holds for all of a value that is encoded. Disposing it closes what the value's references keep open: not before the
/// kernel has seen the bytes.
/// </summary>
internal sealed class EncodeContext : IDisposable
{
    /// <summary>The unit in which a time span is to be written: ns, us, ms or s; null for ns.</summary>
    public string? Unit { get; init; }

    /// <summary>Whether text must end with a NUL, as a program's variable does. A map's text can fill its array.</summary>
    public bool TerminatesText { get; init; }

    /// <summary>What has to stay open until the kernel has seen the bytes.</summary>
    public List<IDisposable> Held { get; } = [];

    public void Dispose()
    {
        Held.ForEach(held => held.Dispose());
        Held.Clear();
    }
}
