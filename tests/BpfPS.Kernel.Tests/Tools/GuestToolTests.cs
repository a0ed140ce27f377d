using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Tools;

/// <summary>
/// The tools whose hooks differ from kernel to kernel (BPFPS_ONE_OF), against their witnesses, in the short run of each virtual machine.
/// The others are in <see cref="ToolProofTests"/>.
/// </summary>
public sealed class GuestToolTests : IClassFixture<NothingLeft>
{
    // Since Linux 6.12 there are tracepoints for most of what the tools look at.
    public static TheoryData<string> Tools => [.. Environment.GetEnvironmentVariable("BPFPS_VM") == "6.1"
        ? (string[])["biosnoop", "cachestat", "capable", "drsnoop", "oomkill", "packetcapture", "pagefaults", "tcpretrans", "tcptop"]
        : ["biosnoop", "cachestat", "capable", "oomkill", "packetcapture"]];

    [GuestTheory]
    [MemberData(nameof(Tools))]
    public void A_tool_agrees_with_its_witness_on_this_kernel(string name)
    {
        Live.Require();
        ToolAgreement.Require(name);
    }
}
