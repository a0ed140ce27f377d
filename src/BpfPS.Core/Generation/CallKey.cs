namespace BpfPS.Generation;

/// <summary>What tells the calls apart that have not returned yet.</summary>
/// <param name="IsOfProcess">Whether it may return in another thread of the process than the one it began in.</param>
/// <param name="Probe">The number of the probe; null if the cookie says which of many functions it is.</param>
/// <param name="Frame">Where the call's frame is on the stack; null if a thread is in one such call at most.</param>
internal sealed record CallKey(bool IsOfProcess, int? Probe, ProbeValue? Frame);
