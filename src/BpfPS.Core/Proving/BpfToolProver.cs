using System.Diagnostics;
using BpfPS.Proving;

namespace BpfPS;

/// <summary>Tests the shipped tools on this machine, each against an independent witness.</summary>
public static class BpfToolProver
{
    private static readonly Lazy<Dictionary<string, ToolProof>> s_proofs = new(() => typeof(ToolProof).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(ToolProof)) && !type.IsAbstract)
        .Select(type => (ToolProof)Activator.CreateInstance(type)!).ToDictionary(proof => proof.Tool));

    /// <summary>The names of the tools that can be tested.</summary>
    public static IReadOnlyList<string> Names => [.. s_proofs.Value.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Tests a tool: makes a small workload of its own, and compares. Nothing is left running.</summary>
    /// <param name="tool">The tool's name.</param>
    /// <param name="messages">Receives libbpf's messages.</param>
    /// <param name="stop">Ends the test early; what was compared until then counts.</param>
    /// <exception cref="BpfException">There is no such tool or no test for it, or the user lacks the privilege.</exception>
    public static BpfToolTest Prove(string tool, Action<BpfMessageLevel, string> messages, CancellationToken stop = default)
    {
        var name = BpfTool.Get(tool).Name;
        if (!s_proofs.Value.TryGetValue(name, out var proof))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no test for '{VisibleText.Escape(name)}'.",
                $"There are tests for {string.Join(", ", Names)}.");
        }
        var clock = Stopwatch.StartNew();
        using var run = new ProofRun(name, messages, stop);
        try
        {
            proof.Run(run);
        }
        catch (BpfException e) when (e.Kind is BpfErrorKind.NotSupported or BpfErrorKind.NotFound)
        {
            return new BpfToolTest
            {
                Tool = name, Result = BpfToolTestResult.NotHere, Witness = proof.Witness, Duration = clock.Elapsed,
                Differences = [e.Message],
            };
        }
        var (nanoseconds, runs) = run.Cost();
        return new BpfToolTest
        {
            Tool = name, Witness = proof.Witness, Compared = run.Compared, Agreed = run.Agreed, Differences = run.Differences,
            Result = run.Compared > 0 && run.Agreed == run.Compared ? BpfToolTestResult.Agrees : BpfToolTestResult.Differs,
            Lost = run.Lost, NanosecondsPerRun = nanoseconds, Runs = runs, Duration = clock.Elapsed,
        };
    }
}
