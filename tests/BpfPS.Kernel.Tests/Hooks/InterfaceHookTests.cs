using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Programs on network interfaces.</summary>
public sealed class InterfaceHookTests : IClassFixture<NothingLeft>, IClassFixture<TestNetwork>
{
    private readonly TestNetwork _network;

    public InterfaceHookTests(TestNetwork network)
    {
        Live.Require();
        Machine.RequireProgram("ip");
        _network = network;
    }

    [Theory]
    [InlineData("count_xdp", "xdp_runs", BpfXdpMode.Generic, "generic")]
    [InlineData("count_xdp", "xdp_runs", BpfXdpMode.Native, "driver")]
    [InlineData("count_xdp", "xdp_runs", BpfXdpMode.Default, "driver")]
    public void XDP_runs_for_what_is_received_in_the_mode_that_was_asked_for(string program, string counter, BpfXdpMode mode, string seen)
    {
        using (var obj = Counted.Start(On() with { XdpMode = mode }, program))
        {
            var shown = Bpftool.Json("net", "list", "dev", _network.Interface)[0].GetProperty("xdp").EnumerateArray().Single();
            Assert.Equal((seen, obj.Programs[0].Id), (shown.GetProperty("mode").GetString(), shown.GetProperty("id").GetUInt32()));
            _network.Receive(5);
            Assert.InRange(obj.Runs(counter), 5UL, 1000UL);
        }
        Assert.Empty(Bpftool.Json("net", "list", "dev", _network.Interface)[0].GetProperty("xdp").EnumerateArray());
    }

    [Fact]
    public void A_second_XDP_program_is_refused_and_takes_the_place_when_it_is_asked_to()
    {
        using var first = Counted.Start(On(), "count_xdp");
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() => Counted.Start(On(), "other_xdp"));
        Assert.Equal(BpfErrorKind.AlreadyExists, error.Kind);
        Assert.Contains($"interface {_network.Interface}: another program is already attached there", error.Message,
            StringComparison.Ordinal);
        Assert.Empty(NothingLeft.Leftovers(before));
        Assert.Contains("an interface can have only one XDP program, and the object has 2: count_xdp, other_xdp",
            Assert.Throws<BpfException>(() => Counted.Start(On() with { Replace = true }, "count_xdp", "other_xdp")).Message,
            StringComparison.Ordinal);

        using var second = Counted.Start(On() with { Replace = true }, "other_xdp");
        _network.Receive(3);
        Assert.InRange(second.Runs("xdp_other_runs"), 3UL, 1000UL);
    }

    [Fact]
    public void What_ip_link_attached_is_replaced_too()
    {
        TestNetwork.Ip($"link set dev {_network.Interface} xdpgeneric object {Repository.TestProgram("plain_xdp")} section xdp");
        try
        {
            using var obj = Counted.Start(On() with { Replace = true }, "count_xdp");
            Assert.Equal(obj.Programs[0].Id,
                Bpftool.Json("net", "list", "dev", _network.Interface)[0].GetProperty("xdp")[0].GetProperty("id").GetUInt32());
        }
        finally
        {
            TestNetwork.Ip($"link set dev {_network.Interface} xdpgeneric off");
        }
    }

    [Theory]
    [InlineData(BpfTrafficDirection.Ingress, "clsact/ingress")]
    [InlineData(BpfTrafficDirection.Egress, "clsact/egress")]
    public void TC_filters_run_on_the_side_that_was_asked_for_and_go_with_their_object(BpfTrafficDirection direction, string seen)
    {
        using (var obj = Counted.Start(On() with { Direction = direction, Priority = 7 }, "count_tc"))
        {
            var shown = Bpftool.Json("net", "list", "dev", _network.Interface)[0].GetProperty("tc").EnumerateArray().Single();
            Assert.Equal((seen, obj.Programs[0].Id), (shown.GetProperty("kind").GetString(), shown.GetProperty("id").GetUInt32()));
            Pass(direction);
            Assert.InRange(obj.Runs("tc_runs"), 4UL, 1000UL);
        }
        Assert.Empty(Bpftool.Json("net", "list", "dev", _network.Interface)[0].GetProperty("tc").EnumerateArray());
    }

    [Fact]
    public void TC_programs_that_name_their_direction_need_no_option_and_take_none()
    {
        var options = new BpfStartOptions { Attachment = On(), Programs = ["ingress_filter", "egress_filter"], RequireUse = true };
        using (BpfObjectStarter.Start(BpfTool.FindPath("packetcapture"), options))
        {
            Assert.Equal([("clsact/egress", "egress_filter"), ("clsact/ingress", "ingress_filter")],
                Bpftool.Json("net", "list", "dev", _network.Interface)[0].GetProperty("tc").EnumerateArray()
                    .Select(shown => (shown.GetProperty("kind").GetString(), shown.GetProperty("name").GetString()!.Split(':')[0]))
                    .Order());
        }
        Assert.Contains("Direction does not apply", Assert.Throws<BpfException>(() => BpfObjectStarter.Start(
            BpfTool.FindPath("packetcapture"),
            options with { Attachment = On() with { Direction = BpfTrafficDirection.Ingress } })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("count_tcx", "tcx_runs", BpfTrafficDirection.Ingress)]
    [InlineData("count_tcx_egress", "tcx_egress_runs", BpfTrafficDirection.Egress)]
    public void Tcx_programs_run_where_their_section_says(string program, string counter, BpfTrafficDirection direction)
    {
        Live.RequireLinux(6, 6);
        using (var obj = Counted.Start(On(), program))
        {
            Pass(direction);
            Assert.InRange(obj.Runs(counter), 4UL, 1000UL);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tcx_programs_run_in_the_order_that_was_asked_for(bool before)
    {
        Live.RequireLinux(6, 6);
        using var first = Counted.Start(On(), "count_tcx");
        var id = first.Programs[0].Id;
        using var second = Counted.Start(before ? On() with { Before = id } : On() with { After = id }, "second_tcx");
        _network.Receive(1);

        // Each leaves its mark on the packet, which begins without one: what one saw is what ran before it.
        Assert.Equal(before ? (2UL, 0UL) : (0UL, 1UL), (first.Runs("first_saw"), second.Runs("second_saw")));
        Assert.Contains("program 4294967294 is not attached there",
            Assert.Throws<BpfException>(() => Counted.Start(On() with { Before = 4294967294 }, "second_tcx")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_replacement_that_fails_puts_back_what_was_there()
    {
        using var pins = new PinDirectory().Make();
        Bpftool.Run("prog", "load", Repository.TestProgram("plain_xdp"), pins["shield"]);
        Bpftool.Run("net", "attach", "xdpgeneric", "pinned", pins["shield"], "dev", _network.Interface);
        var shield = Bpftool.Json("prog", "show", "pinned", pins["shield"]).GetProperty("id").GetUInt32();

        // The loopback has no driver that could.
        Assert.Throws<BpfException>(() =>
            Counted.Start(new BpfAttachOptions { Interfaces = [_network.Interface, "lo"], XdpMode = BpfXdpMode.Native, Replace = true },
            "count_xdp"));
        Assert.Equal(shield, OnInterface());
        Assert.Contains("the network card cannot run BPF programs",
            Assert.Throws<BpfException>(() =>
            Counted.Start(new BpfAttachOptions { Interfaces = [_network.Interface], XdpMode = BpfXdpMode.Offload, Replace = true },
            "count_xdp")).Message, StringComparison.Ordinal);
        Assert.Equal(shield, OnInterface());
        Bpftool.Run("net", "detach", "xdpgeneric", "dev", _network.Interface);

        uint OnInterface() => Assert.Single(Bpftool.Json("net", "list", "dev", _network.Interface)[0].GetProperty("xdp").EnumerateArray()
            .SelectMany(entry => entry.TryGetProperty("multi_attachments", out var many) ? many.EnumerateArray().ToArray() : [entry]))
            .GetProperty("id").GetUInt32();
    }

    [Fact]
    public void A_filter_that_somebody_put_in_place_of_ours_stays()
    {
        var obj = Counted.Start(On() with { Direction = BpfTrafficDirection.Ingress, Priority = 7 }, "count_tc");
        var other = Counted.Start(On() with { Direction = BpfTrafficDirection.Ingress, Priority = 8 }, "count_tc");
        Command.Output("tc", "filter", "del", "dev", _network.Interface, "ingress", "prio", "7");
        Command.Output("tc", "filter", "add", "dev", _network.Interface, "ingress", "prio", "7", "handle", "1", "bpf", "da", "obj",
            Repository.TestProgram("runs"), "sec", "tc");
        obj.Dispose();

        Assert.Contains("pref 7", Command.Output("tc", "filter", "show", "dev", _network.Interface, "ingress"), StringComparison.Ordinal);
        Command.Output("tc", "filter", "del", "dev", _network.Interface, "ingress", "prio", "7");
        other.Dispose();
        Assert.DoesNotContain("pref 8", Command.Output("tc", "filter", "show", "dev", _network.Interface, "ingress"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Wildcards_mean_every_interface_that_matches()
    {
        using var obj = Counted.Start(new BpfAttachOptions { Interfaces = [$"{_network.Interface}*", "lo"], XdpMode = BpfXdpMode.Generic },
            "count_xdp");

        Assert.Equal(2, obj.LinkCount);
        Assert.Equal(new[] { "lo", _network.Interface }.Order(StringComparer.Ordinal),
            Bpftool.Json("net", "list")[0].GetProperty("xdp").EnumerateArray()
            .Where(entry => entry.GetProperty("id").GetUInt32() == obj.Programs[0].Id)
                .Select(entry => entry.GetProperty("devname").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void When_one_of_several_places_refuses_nothing_stays()
    {
        using var first = Counted.Start(new BpfAttachOptions { Interfaces = ["lo"], XdpMode = BpfXdpMode.Generic }, "count_xdp");
        var before = NothingLeft.Now();
        Assert.Throws<BpfException>(() =>
            Counted.Start(new BpfAttachOptions { Interfaces = [_network.Interface, "lo"], XdpMode = BpfXdpMode.Generic }, "other_xdp"));

        Assert.Empty(Bpftool.Json("net", "list", "dev", _network.Interface)[0].GetProperty("xdp").EnumerateArray());
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void An_interface_that_vanishes_takes_its_programs_with_it_and_the_object_is_stopped_all_the_same()
    {
        using var passing = new TestNetwork();
        var on = new BpfAttachOptions { Interfaces = [passing.Interface], Direction = BpfTrafficDirection.Ingress };
        using (var xdp = Counted.Start(on, "count_xdp"))
        using (var tc = Counted.Start(on, "count_tc"))
        {
            TestNetwork.Ip($"link delete {passing.Interface}");
        }
        var error = Assert.Throws<BpfException>(() => Counted.Start(on, "count_xdp"));
        Assert.Contains($"there is no network interface '{passing.Interface}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(_network.Interface, error.Remedy, StringComparison.Ordinal); // it is called much alike
    }

    private BpfAttachOptions On() => new() { Interfaces = [_network.Interface] };

    private void Pass(BpfTrafficDirection direction)
    {
        if (direction == BpfTrafficDirection.Ingress)
        {
            _network.Receive(4);
        }
        else
        {
            TestNetwork.Send(4);
        }
    }
}
