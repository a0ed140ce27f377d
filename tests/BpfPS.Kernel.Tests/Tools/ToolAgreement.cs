namespace BpfPS.Kernel.Tests.Tools;

/// <summary>What the tests of the tools' proofs have in common.</summary>
internal static class ToolAgreement
{
    /// <summary>Fails unless a tool agrees with its witness in everything, and nothing was lost.</summary>
    /// <param name="name">The tool.</param>
    public static void Require(string name)
    {
        var test = BpfToolProver.Prove(name, (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.True(test.Result == BpfToolTestResult.Agrees, $"{test}\n{string.Join('\n', test.Differences)}");
        Assert.True(test.Lost is null or 0, $"{test.Lost} events were lost");
        Assert.True(test.Runs > 0, "no program ran");
    }
}
