namespace BpfPS.Shell.Prompt;

/// <summary>What can stand at the cursor.</summary>
/// <param name="Start">Where the part of the text begins that would be replaced.</param>
/// <param name="Length">How long that part is.</param>
/// <param name="Replacement">What to put there; null when the choices have nothing more in common and are to be listed.</param>
/// <param name="Choices">What there is to choose from.</param>
internal sealed record Completion(int Start, int Length, string? Replacement, IReadOnlyList<string> Choices);
