namespace BpfPS;

/// <summary>A part of a filter, and where it is decided.</summary>
/// <param name="Text">The part, as the user wrote it.</param>
/// <param name="Reason">Why it is not decided in the kernel; null if it is.</param>
public sealed record BpfFilterPart(string Text, string? Reason)
{
    /// <summary>Whether the kernel decides it, so that an event which does not pass never leaves it.</summary>
    public bool IsInKernel => Reason is null;
}
