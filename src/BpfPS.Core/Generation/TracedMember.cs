namespace BpfPS.Generation;

/// <summary>A member of a probe's event.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The number of its type.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Align">What its place has to be a multiple of, in bytes.</param>
/// <param name="Source">Where its value comes from.</param>
internal sealed record TracedMember(string Name, uint Type, uint Size, uint Align, MemberSource Source)
{
    /// <summary>Whether events have it only when somebody names it.</summary>
    public bool IsOnAsking { get; init; }
}
