using BpfPS.Probes;

namespace BpfPS.Tracing;

/// <summary>A function as debug information has it.</summary>
/// <param name="Arguments">Its arguments that are in registers, up to the first of which nobody knows where it is.</param>
/// <param name="Result">What it returns; null for nothing, or for what is not in one register.</param>
/// <param name="IsInlined">Whether its code is part of the functions that call it: it may have none of its own.</param>
internal sealed record DebugFunction(IReadOnlyList<ProbeArgument> Arguments, ProbeArgument? Result, bool IsInlined);
