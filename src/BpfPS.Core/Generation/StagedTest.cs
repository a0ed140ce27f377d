namespace BpfPS.Generation;

/// <summary>A condition on an event that is decided as soon as some of its members are filled.</summary>
/// <param name="Test">The condition.</param>
/// <param name="Members">The names of the members that it looks at.</param>
internal sealed record StagedTest(KernelTest Test, IReadOnlySet<string> Members);
