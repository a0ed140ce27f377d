using System.Management.Automation;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Tracing;

namespace BpfPS.Commands;

/// <summary>What is traced, from the parameters that say so, which have the same names everywhere.</summary>
internal sealed record ProbeOptions
{
    /// <summary>-Tracepoint.</summary>
    public string[] Tracepoint { get; init; } = [];

    /// <summary>-Syscall.</summary>
    public string[] Syscall { get; init; } = [];

    /// <summary>-Function.</summary>
    public string[] Function { get; init; } = [];

    /// <summary>-UserFunction.</summary>
    public string[] UserFunction { get; init; } = [];

    /// <summary>-Usdt.</summary>
    public string[] Usdt { get; init; } = [];

    /// <summary>-Sample.</summary>
    public int? Sample { get; init; }

    /// <summary>The processes whose functions are meant.</summary>
    public int[] ProcessId { get; init; } = [];

    /// <summary>The probes that they mean.</summary>
    public ProbeSources Sources => new()
    {
        Tracepoints = EventCmdlet.Patterns(Tracepoint), SystemCalls = EventCmdlet.Patterns(Syscall), SampleFrequency = Sample,
        Functions = EventCmdlet.Patterns(Function), UserFunctions = [.. UserFunction.Select(text => EventCmdlet.Place(text, 1))],
        UsdtProbes = [.. Usdt.Select(text => EventCmdlet.Place(text, 2))], Processes = ProcessId,
    };

    /// <summary>What is wanted of their events.</summary>
    /// <param name="filter">-Filter.</param>
    /// <param name="properties">-Property: names of members.</param>
    /// <param name="stacks">-Stack.</param>
    /// <param name="session">The caller's variables.</param>
    public static ProbeRequest Request(ScriptBlock? filter, string[]? properties, string[] stacks, SessionState session) => new()
    {
        Filter = filter is null ? null : FilterParser.Parse(filter, session),
        Rules = ScriptRules.Instance,
        Properties = properties is null ? null
            : [.. properties.Select(name => new NamedExpression(name, FilterParser.Member(name)))],
        HasKernelStack = stacks.Contains("Kernel", StringComparer.OrdinalIgnoreCase),
        HasUserStack = stacks.Contains("User", StringComparer.OrdinalIgnoreCase),
    };
}
