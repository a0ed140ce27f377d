using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Tools;

/// <summary>
/// The tools whose hooks differ from kernel to kernel (BPFPS_ONE_OF), against their witnesses, in the short run of each virtual machine.
/// The others are in <see cref="ToolProofTests"/>.
/// </summary>
public sealed class GuestToolTests : IClassFixture<NothingLeft>
{
    [GuestTheory]
    [InlineData("biolatency")]
    [InlineData("biosnoop")]
    [InlineData("cachestat")]
    [InlineData("capable")]
    [InlineData("drsnoop")]
    [InlineData("oomkill")]
    [InlineData("packetcapture")]
    [InlineData("pagefaults")]
    [InlineData("tcpretrans")]
    [InlineData("tcptop")]
    public void A_tool_agrees_with_its_witness_on_this_kernel(string name)
    {
        Live.Require();
        ToolAgreement.Require(name);
    }
}
