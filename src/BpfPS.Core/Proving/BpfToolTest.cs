namespace BpfPS;

/// <summary>What a tool said of a small workload on this machine, held against an independent witness.</summary>
public sealed record BpfToolTest
{
    /// <summary>The tool's name.</summary>
    public required string Tool { get; init; }

    /// <summary>What came of it.</summary>
    public required BpfToolTestResult Result { get; init; }

    /// <summary>How many things were compared.</summary>
    public int Compared { get; init; }

    /// <summary>How many of them agreed.</summary>
    public int Agreed { get; init; }

    /// <summary>The number of events that found no room; null for a tool that sends none, or does not count them.</summary>
    public ulong? Lost { get; init; }

    /// <summary>The average time of one run of its programs in nanoseconds, about 20 of which are the cost of counting.</summary>
    public double NanosecondsPerRun { get; init; }

    /// <summary>How often its programs ran.</summary>
    public ulong Runs { get; init; }

    /// <summary>How long the test took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Who else knew.</summary>
    public required string Witness { get; init; }

    /// <summary>What did not agree, or why the tool cannot be tested here.</summary>
    public IReadOnlyList<string> Differences { get; init; } = [];

    /// <summary>The tool and the result.</summary>
    public override string ToString() => $"{Tool}: {Result}, {Agreed} of {Compared}";
}
