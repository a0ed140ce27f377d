namespace BpfPS;

/// <summary>A program of a tool, and whether it would run here.</summary>
/// <param name="Program">The program's name.</param>
/// <param name="Section">The section, which says where it is attached.</param>
/// <param name="IsUsed">Whether a start would attach it on this kernel.</param>
/// <param name="Why">Why not; null if it would.</param>
public sealed record BpfToolHook(string Program, string Section, bool IsUsed, string? Why)
{
    /// <summary>The section, and why it is not used.</summary>
    public override string ToString() => Why is null ? Section : $"{Section} (not used: {Why})";
}
