namespace BpfPS.Commands;

/// <summary>What completion offers for one thing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id; null where it has none.</param>
/// <param name="ToolTip">A line that describes it.</param>
internal sealed record ReferenceCandidate(string Name, uint? Id, string ToolTip);
