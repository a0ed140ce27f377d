using BpfPS.Expressions;

namespace BpfPS.Generation;

/// <summary>What is wanted of the events of probes.</summary>
internal sealed record ProbeRequest
{
    /// <summary>Which events are wanted; null for all.</summary>
    public ExpressionNode? Filter { get; init; }

    /// <summary>The rules of the language that expressions are written in.</summary>
    public required IValueRules Rules { get; init; }

    /// <summary>The only members, and values calculated from members, that are wanted; null for those of every event.</summary>
    public IReadOnlyList<NamedExpression>? Properties { get; init; }

    /// <summary>What is to be added up in the kernel; null to have the events.</summary>
    public ProbeMeasure? Measure { get; init; }

    /// <summary>Whether the stack in the kernel is wanted.</summary>
    public bool HasKernelStack { get; init; }

    /// <summary>Whether the stack in user space is wanted.</summary>
    public bool HasUserStack { get; init; }

    /// <summary>Whether the events of a second will be limited.</summary>
    public bool HasRate { get; init; }

    /// <summary>Whether the kernel decides what it can of the filter.</summary>
    public bool FiltersInKernel { get; init; } = true;

    /// <summary>The room for each text, in bytes: a multiple of eight.</summary>
    public uint TextBytes { get; init; } = 256;

    /// <summary>The size of the ring buffer in bytes: a power of two.</summary>
    public uint RingBytes { get; init; } = 1 << 22;
}
