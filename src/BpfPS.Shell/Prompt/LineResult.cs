namespace BpfPS.Shell.Prompt;

/// <summary>What the user typed, and how it ended.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Text">The text, of several lines perhaps; empty unless accepted.</param>
internal readonly record struct LineResult(LineEnd End, string Text);
