using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Links;

/// <summary>Taking programs off that other software attached.</summary>
public class RemovalTests : IClassFixture<NothingLeft>
{
    [Theory]
    [InlineData("xdp-link", "xdp")]
    [InlineData("tcx-link", "tcx")]
    public void A_link_of_an_interface_is_detached_while_its_process_holds_it(string action, string type)
    {
        Live.Require();
        if (type == "tcx")
        {
            Live.RequireLinux(6, 6);
        }
        using var lab = new NetworkLab();
        using var other = new Attacher(lab.Name, action, "left0", "taken_off", "ingress");

        Assert.Single(InterfaceTests.In(lab), link => link.Type == type).Remove();

        Assert.Empty(InterfaceTests.In(lab));
        Assert.Empty(InterfaceTests.Net(lab, "xdp"));
        Assert.Equal(0u, Bpftool.Json("link", "show", "id", Bpftool.Text(other.LinkId)).TryGetProperty("ifindex", out var index)
            ? index.GetUInt32() : 0);
        var rest = BpfLink.FromId(other.LinkId);
        Assert.Equal((true, "(detached)", null), (rest.IsDetached, rest.Target, rest.Interface));
    }

    [Fact]
    public void A_pinned_link_is_found_adopted_and_detached_after_its_process_has_ended()
    {
        Live.Require();
        using var cgroup = new TestCgroup();
        using var pins = new PinDirectory().Make();
        using (var other = new Attacher(null, "cgroup-link", cgroup.Path, "orphan"))
        {
            Bpftool.Run("link", "pin", "id", Bpftool.Text(other.LinkId), pins["orphan"]);
        }
        Assert.NotEmpty(Bpftool.Json("cgroup", "show", cgroup.Path).EnumerateArray());
        var link = BpfLink.FromPin(pins["orphan"]);
        Assert.Equal((cgroup.Path, "orphan"), (link.Cgroup, link.ProgramName));
        Assert.Empty(link.Processes);

        link.Remove();

        Assert.Equal("", Command.Output("bpftool", "-j", "cgroup", "show", cgroup.Path).Trim('[', ']', '\n'));
        Assert.False(File.Exists(pins["orphan"]));
    }

    [Fact]
    public void A_raw_tracepoint_link_ends_with_its_last_pin()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        uint id;
        using (var other = new Attacher(null, "raw_tp", "sys_enter", "kept_by_pin"))
        {
            id = other.LinkId;
            Bpftool.Run("link", "pin", "id", Bpftool.Text(id), pins["one"]);
            Bpftool.Run("link", "pin", "id", Bpftool.Text(id), pins["two"]);
        }

        BpfLink.FromId(id).Remove();

        Assert.False(Bpftool.List("link").ContainsKey(id));
        Assert.Empty(Directory.EnumerateFileSystemEntries(pins.Path));
    }

    [Fact]
    public void A_raw_tracepoint_link_that_another_process_holds_is_an_error_that_names_it_and_nothing_is_done()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        using var other = new Attacher(null, "raw_tp", "sys_enter", "held");
        Bpftool.Run("link", "pin", "id", Bpftool.Text(other.LinkId), pins["held"]);

        var error = Assert.Throws<BpfException>(() => BpfLink.FromId(other.LinkId).Remove());

        Assert.Equal((BpfErrorKind.NotSupported, BpfErrno.EOPNOTSUPP), (error.Kind, error.Errno));
        Assert.Contains("cannot be detached. A raw_tracepoint link stays attached until every process that holds it closes it",
            error.Message, StringComparison.Ordinal);
        Assert.Contains($"({other.Id})", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(pins["held"]));
        Assert.True(Bpftool.List("link").ContainsKey(other.LinkId));
    }

    [Fact]
    public void A_link_that_this_process_started_is_closed_and_its_object_still_stops()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        var link = Assert.Single(BpfLink.Of(obj));
        Assert.True(Bpftool.List("link").ContainsKey(link.Id!.Value));

        link.Remove();

        Assert.False(Bpftool.List("link").ContainsKey(link.Id.Value));
        Assert.Empty(BpfLink.Of(obj));
        obj.Dispose();
    }

    [Fact]
    public void An_XDP_program_goes_and_one_that_came_in_its_place_stays()
    {
        Live.Require();
        using var lab = new NetworkLab();
        using var pins = new PinDirectory().Make();
        Attacher.Load("xdp", "earlier", pins["earlier"]);
        Attacher.Load("xdp", "later", pins["later"]);
        lab.Run("bpftool", "net", "attach", "xdpdrv", "pinned", pins["earlier"], "dev", "left0");
        var earlier = Assert.Single(InterfaceTests.In(lab));
        lab.Run("bpftool", "net", "attach", "xdpdrv", "pinned", pins["later"], "dev", "left0", "overwrite");

        Assert.Equal(BpfErrorKind.Vanished, Assert.Throws<BpfException>(earlier.Remove).Kind);
        var later = Assert.Single(InterfaceTests.In(lab));
        Assert.Equal("later", later.ProgramName);
        Assert.Single(InterfaceTests.Net(lab, "xdp"));

        later.Remove();
        Assert.Empty(InterfaceTests.Net(lab, "xdp"));
    }

    [Fact]
    public void A_filter_of_traffic_control_goes_and_those_beside_it_stay()
    {
        Live.Require();
        Machine.RequireProgram("tc");
        using var lab = new NetworkLab();
        using var pins = new PinDirectory().Make();
        Attacher.Load("tc", "wanted", pins["wanted"]);
        Attacher.Load("tc", "beside", pins["beside"]);
        lab.Run("tc", "qdisc", "add", "dev", "left0", "clsact");
        lab.Run("tc", "filter", "add", "dev", "left0", "egress", "protocol", "ip", "prio", "9", "chain", "4", "handle", "1", "bpf", "da",
            "object-pinned", pins["wanted"]);
        lab.Run("tc", "filter", "add", "dev", "left0", "egress", "protocol", "ip", "prio", "9", "chain", "4", "handle", "2", "bpf", "da",
            "object-pinned", pins["beside"]);
        var wanted = Assert.Single(InterfaceTests.In(lab), link => link.ProgramName == "wanted");

        wanted.Remove();

        Assert.Equal("beside", Assert.Single(InterfaceTests.In(lab)).ProgramName);
        var left = lab.Run("tc", "filter", "show", "dev", "left0", "egress");
        Assert.Contains("handle 0x2", left, StringComparison.Ordinal);
        Assert.DoesNotContain("handle 0x1 ", left, StringComparison.Ordinal);

        // Another filter by the same handle is another filter.
        lab.Run("tc", "filter", "add", "dev", "left0", "egress", "protocol", "ip", "prio", "9", "chain", "4", "handle", "1", "bpf", "da",
            "object-pinned", pins["beside"]);
        Assert.Equal(BpfErrorKind.Vanished, Assert.Throws<BpfException>(wanted.Remove).Kind);
        Assert.Equal(2, InterfaceTests.In(lab).Count());
    }

    [Fact]
    public void Programs_without_a_link_are_taken_off_by_the_call_of_their_place()
    {
        Live.Require();
        Live.RequireLinux(6, 6); // tcx is one of them
        using var lab = new NetworkLab();
        using var cgroup = new TestCgroup();
        using var pins = new PinDirectory().Make();
        Attacher.Load("flow_dissector", "dissect", pins["dissect"]);
        Attacher.Load("sk_msg", "judge", pins["judge"]);
        Attacher.Load("egress", "count", pins["count"]);
        Attacher.Load("egress", "stay", pins["stay"]);
        Bpftool.Run("map", "create", pins["sockets"], "type", "sockmap", "key", "4", "value", "4", "entries", "2", "name", "sockets");
        lab.Run("bpftool", "prog", "attach", "pinned", pins["dissect"], "flow_dissector");
        Bpftool.Run("prog", "attach", "pinned", pins["judge"], "msg_verdict", "pinned", pins["sockets"]);
        Bpftool.Run("cgroup", "attach", cgroup.Path, "egress", "pinned", pins["count"], "multi");
        Bpftool.Run("cgroup", "attach", cgroup.Path, "egress", "pinned", pins["stay"], "multi");
        using var tcx = new Attacher(lab.Name, "tcx-attach", "left0", "traffic", "egress");
        var map = Bpftool.Json("map", "show", "pinned", pins["sockets"]).GetProperty("id").GetUInt32();
        var mine = BpfLink.List()
            .Where(link => link.NetworkNamespace == lab.Name || link.Cgroup == cgroup.Path && link.ProgramName == "count"
            || link.MapId == map).ToArray();
        Assert.Equal(["cgroup", "netns", "sockmap", "tcx"], mine.Select(link => link.Type).Order(StringComparer.Ordinal));

        Assert.All(mine, link => link.Remove());

        Assert.Empty(InterfaceTests.In(lab));
        Assert.DoesNotContain("id", lab.Run("bpftool", "net").Split("flow_dissector:")[1], StringComparison.Ordinal);
        Assert.Equal("stay", Assert.Single(Bpftool.Json("cgroup", "show", cgroup.Path).EnumerateArray()).GetProperty("name").GetString());
        Assert.DoesNotContain(BpfLink.List(), link => link.MapId == map);
        Assert.All(mine, link => Assert.Equal(BpfErrorKind.Vanished, Kind(link)));

        static BpfErrorKind Kind(BpfLink link) => Assert.ThrowsAny<BpfException>(link.Remove).Kind is BpfErrorKind.Vanished
            or BpfErrorKind.NotFound ? BpfErrorKind.Vanished : BpfErrorKind.OperationFailed;
    }

    [Fact]
    public void What_has_no_link_cannot_be_pinned()
    {
        Live.Require();
        using var cgroup = new TestCgroup();
        using var pins = new PinDirectory().Make();
        Attacher.Load("egress", "plain", pins["plain"]);
        Bpftool.Run("cgroup", "attach", cgroup.Path, "egress", "pinned", pins["plain"], "override");

        var link = Assert.Single(BpfLink.List(), link => link.Cgroup == cgroup.Path);

        Assert.Equal("override", link.CgroupMode);
        Assert.Equal(BpfErrorKind.InvalidArgument, Assert.Throws<BpfException>(() => link.Pin(pins["link"])).Kind);
    }
}
