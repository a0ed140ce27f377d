namespace BpfPS.Kernel.Tests.Tools;

/// <summary>What the tests of the tools' proofs have in common.</summary>
internal static class ToolAgreement
{
    /// <summary>
    /// Fails unless a tool agrees with its witness in everything, and nothing was lost. A proof that differs is made once more, and what it
    /// found the first time is written to the test's output: the witness and the tool look one after the other, and on a machine that
    /// others use something can come between them. A fault of a tool is there both times.
    /// </summary>
    /// <param name="name">The tool.</param>
    public static void Require(string name)
    {
        var test = Prove(name);
        if (test.Result != BpfToolTestResult.Agrees)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"made once more: {Text(test)}");
            test = Prove(name);
        }
        Assert.True(test.Result == BpfToolTestResult.Agrees, Text(test));
        Assert.True(test.Lost is null or 0, $"{test.Lost} events were lost");
        Assert.True(test.Runs > 0, "no program ran");
    }

    private static BpfToolTest Prove(string name) =>
        BpfToolProver.Prove(name, (_, _) => { }, TestContext.Current.CancellationToken);

    private static string Text(BpfToolTest test) => $"{test}\n{string.Join('\n', test.Differences)}";
}
