using System.Text.Json;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Links;

/// <summary>
/// What is on network interfaces, with a link and without, in a namespace that the session is not in. bpftool and tc attach;
/// bpftool and ip are the witnesses.
/// </summary>
public class InterfaceTests : IClassFixture<NothingLeft>
{
    [Theory]
    [InlineData("xdpgeneric", "generic", "generic")]
    [InlineData("xdpdrv", "native", "driver")]
    public void An_XDP_program_that_netlink_attached_is_told_with_its_mode(string how, string mode, string inBpftoolsWords)
    {
        Live.Require();
        using var lab = new NetworkLab();
        using var pins = new PinDirectory().Make();
        Attacher.Load("xdp", "pass_all", pins["xdp"]);
        lab.Run("bpftool", "net", "attach", how, "pinned", pins["xdp"], "dev", "left0");

        var link = Assert.Single(In(lab));

        Assert.Equal((null, false, "xdp", "xdp", mode), (link.Id, link.HasLink, link.Type, link.AttachType, link.Mode));
        Assert.Equal(("left0", lab.Index("left0"), lab.Name, lab.Inode),
            (link.Interface, link.InterfaceIndex!.Value, link.NetworkNamespace, link.NetworkNamespaceInode!.Value));
        Assert.Equal(($"left0 in netns {lab.Name}", "pass_all"), (link.Target, link.ProgramName));
        var witness = Assert.Single(Net(lab, "xdp"));
        Assert.Equal((witness.GetProperty("ifindex").GetUInt32(), witness.GetProperty("id").GetUInt32(), inBpftoolsWords),
            (link.InterfaceIndex.Value, link.ProgramId, witness.GetProperty("mode").GetString()));
    }

    [Fact]
    public void An_XDP_link_is_told_once_with_its_interface_and_mode()
    {
        Live.Require();
        using var lab = new NetworkLab();
        using var other = new Attacher(lab.Name, "xdp-link", "right0", "by_link");

        var link = Assert.Single(In(lab));

        Assert.Equal((other.LinkId, "xdp", "generic", "right0"), (link.Id!.Value, link.Type, link.Mode, link.Interface));
        Assert.Equal(lab.Index("right0"), link.InterfaceIndex!.Value);
        Assert.Contains($"prog/xdp id {other.ProgramId} ", lab.Run("ip", "-d", "link", "show", "right0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_of_traffic_control_are_told_with_priority_and_handle()
    {
        Live.Require();
        Machine.RequireProgram("tc");
        using var lab = new NetworkLab();
        using var pins = new PinDirectory().Make();
        Attacher.Load("tc", "filter", pins["tc"]);
        lab.Run("tc", "qdisc", "add", "dev", "left0", "clsact");
        lab.Run("tc", "filter", "add", "dev", "left0", "ingress", "prio", "7", "handle", "3", "bpf", "da", "object-pinned", pins["tc"]);
        lab.Run("tc", "filter", "add", "dev", "left0", "egress", "protocol", "ip", "prio", "9", "chain", "4", "handle", "1", "bpf",
            "object-pinned", pins["tc"]);

        var found = In(lab).OrderBy(link => link.Priority).ToArray();

        Assert.Equal(
            [("tc", "clsact_ingress", "left0", 7, 3u, true), ("tc", "clsact_egress", "left0", 9, 1u, false)],
            found.Select(link =>
                (link.Type, link.AttachType, link.Interface!, link.Priority!.Value, link.Handle!.Value, link.IsDirectAction!.Value)));
        var witness = Net(lab, "tc").ToArray();
        Assert.Contains(witness, filter =>
            filter.GetProperty("kind").GetString() == "clsact/ingress" && filter.GetProperty("id").GetUInt32() == found[0].ProgramId);
        Assert.All(found, link => Assert.False(link.HasLink));
    }

    [Fact]
    public void Tcx_programs_are_told_in_their_order_with_a_link_and_without()
    {
        Live.Require();
        Live.RequireLinux(6, 6);
        using var lab = new NetworkLab();
        using var first = new Attacher(lab.Name, "tcx-link", "left0", "first", "ingress");
        using var second = new Attacher(lab.Name, "tcx-attach", "left0", "second", "ingress");
        using var outward = new Attacher(lab.Name, "tcx-attach", "left0", "outward", "egress");

        var found = In(lab).OrderBy(link => link.ProgramId).ToArray();

        Assert.Equal(
            [("first", (uint?)first.LinkId, "tcx_ingress", 0), ("second", null, "tcx_ingress", 1), ("outward", null, "tcx_egress", 0)],
            found.Select(link => (link.ProgramName, link.Id, link.AttachType, link.Position!.Value)));
        Assert.Equal([first.ProgramId, second.ProgramId, outward.ProgramId], found.Select(link => link.ProgramId));
        Assert.All(found, link => Assert.Equal(("tcx", "left0", lab.Name), (link.Type, link.Interface, link.NetworkNamespace)));
    }

    [Fact]
    public void A_flow_dissector_and_programs_of_a_map_of_sockets_have_no_link()
    {
        Live.Require();
        using var lab = new NetworkLab();
        using var pins = new PinDirectory().Make();
        Attacher.Load("flow_dissector", "dissect", pins["dissect"]);
        Attacher.Load("sk_msg", "judge", pins["judge"]);
        Bpftool.Run("map", "create", pins["sockets"], "type", "sockmap", "key", "4", "value", "4", "entries", "2", "name", "sockets");
        lab.Run("bpftool", "prog", "attach", "pinned", pins["dissect"], "flow_dissector");
        Bpftool.Run("prog", "attach", "pinned", pins["judge"], "msg_verdict", "pinned", pins["sockets"]);
        var map = Bpftool.Json("map", "show", "pinned", pins["sockets"]).GetProperty("id").GetUInt32();

        var dissector = Assert.Single(In(lab));
        var judge = Assert.Single(BpfLink.List(), link => link.MapId == map);

        Assert.Equal(("netns", "flow_dissector", "dissect", false),
            (dissector.Type, dissector.AttachType, dissector.ProgramName, dissector.HasLink));
        // What bpftool writes as JSON here is not JSON.
        Assert.Contains($"id {dissector.ProgramId}\n", lab.Run("bpftool", "net").Split("flow_dissector:")[1], StringComparison.Ordinal);
        Assert.Equal(("sockmap", "sk_msg_verdict", "judge", false), (judge.Type, judge.AttachType, judge.ProgramName, judge.HasLink));
    }

    [Fact]
    public void An_interface_of_this_process_own_namespace_is_told_without_a_namespace()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Attacher.Load("xdp", "on_loopback", pins["xdp"]);
        Bpftool.Run("net", "attach", "xdpgeneric", "pinned", pins["xdp"], "dev", "lo");
        try
        {
            var link = Assert.Single(BpfLink.List(), link => link.ProgramName == "on_loopback");
            Assert.Equal(("lo", "lo", null), (link.Interface, link.Target, link.NetworkNamespace));
            link.Remove();
            Assert.Empty(Bpftool.Json("net")[0].GetProperty("xdp").EnumerateArray());
        }
        finally
        {
            Command.Run("bpftool", "net", "detach", "xdpgeneric", "dev", "lo");
        }
    }

    internal static IEnumerable<BpfLink> In(NetworkLab lab) => BpfLink.List().Where(link => link.NetworkNamespace == lab.Name);

    internal static IEnumerable<JsonElement> Net(NetworkLab lab, string kind) =>
        JsonDocument.Parse(lab.Run("bpftool", "-j", "net")).RootElement[0].GetProperty(kind).EnumerateArray();
}
