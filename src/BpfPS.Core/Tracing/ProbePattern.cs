namespace BpfPS.Tracing;

/// <summary>A name of probes, or a pattern that several have.</summary>
/// <param name="Text">As the user wrote it.</param>
/// <param name="Matches">Whether a name is meant; null for one that is no pattern.</param>
internal sealed record ProbePattern(string Text, Func<string, bool>? Matches);
