namespace BpfPS.Core.Tests.Support;

/// <summary>Tests that measure the memory of the whole process, in which no others may run meanwhile.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class MemoryTests;
