using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Tools;

/// <summary>Each shipped tool against its witness, by the same tests that users have (BpfToolProver).</summary>
public sealed class ToolProofTests : IClassFixture<NothingLeft>
{
    // Some are the engine's own. What profile is held against, the time that a process had a CPU, says nothing of its samples where the
    // timer ticks too late.
    private static readonly string[] s_without =
        ["holders", "feature", "probe", "probe_saved", .. Guest.MissesTicks ? ["profile"] : Array.Empty<string>()];

    // Found in the sources, so that a tool without a proof fails.
    public static TheoryData<string> Tools { get; } = [.. Directory.GetFiles(Path.Combine(Repository.Root, "bpf"), "*.bpf.c")
        .Select(path => Path.GetFileName(path)[..^".bpf.c".Length]).Except(s_without).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Tools))]
    public void A_tool_agrees_with_its_witness(string name)
    {
        Live.Require();
        ToolAgreement.Require(name);
    }
}
