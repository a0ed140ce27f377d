using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Tools;

/// <summary>Each shipped tool against its witness, by the same tests that users have (BpfToolProver).</summary>
public sealed class ToolProofTests : IClassFixture<NothingLeft>
{
    // Found in the sources, so that a tool without a proof fails.
    public static TheoryData<string> Tools { get; } = [.. Directory.GetFiles(Path.Combine(Repository.Root, "bpf"), "*.bpf.c")
        .Select(path => Path.GetFileName(path)[..^".bpf.c".Length]).Except(["holders", "feature"]).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Tools))]
    public void A_tool_agrees_with_its_witness(string name)
    {
        Live.Require();
        var test = BpfToolProver.Prove(name, (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.True(test.Result == BpfToolTestResult.Agrees, $"{test}\n{string.Join('\n', test.Differences)}");
        Assert.True(test.Lost is null or 0, $"{test.Lost} events were lost");
        Assert.True(test.Runs > 0, "no program ran");
    }
}
