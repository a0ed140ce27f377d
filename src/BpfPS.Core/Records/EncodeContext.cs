namespace BpfPS.Records;

/// <summary>
/// The settings for encoding a value. Disposing the context closes the objects behind the value's references, so it must stay
/// alive until the kernel has seen the bytes.
/// </summary>
internal sealed class EncodeContext : IDisposable
{
    /// <summary>The unit for time spans: ns, us, ms or s; null for ns.</summary>
    public string? Unit { get; init; }

    /// <summary>Whether text must end with a NUL, as in a program's variable. In a map, text can fill its array.</summary>
    public bool TerminatesText { get; init; }

    /// <summary>The objects that must stay open until the kernel has seen the bytes.</summary>
    public List<IDisposable> Held { get; } = [];

    public void Dispose()
    {
        Held.ForEach(held => held.Dispose());
        Held.Clear();
    }
}
