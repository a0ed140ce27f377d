using BpfPS.Attach;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Links;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Hooks that have one program, those that have several, and places that go away. XDP, struct_ops and freplace are with their own tests.</summary>
public sealed class ExclusiveHookTests : IClassFixture<NothingLeft>, IClassFixture<TestNetwork>
{
    private readonly TestNetwork _network;

    public ExclusiveHookTests(TestNetwork network)
    {
        Live.Require();
        _network = network;
    }

    [Fact]
    public void A_second_flow_dissector_is_refused_and_the_first_stays()
    {
        var options = new BpfAttachOptions { NetworkNamespace = _network.Namespace };
        using var first = Counted.Start(options, "count_flow_dissector");
        Refused(() => Counted.Start(options, "count_flow_dissector"), $"network namespace {_network.Namespace}");

        Assert.False(Assert.Single(BpfLink.Of(first)).IsDetached);
    }

    [Fact]
    public void Several_programs_look_sockets_up()
    {
        var options = new BpfAttachOptions { NetworkNamespace = _network.Namespace };
        using var first = Counted.Start(options, "count_sk_lookup");
        using var second = Counted.Start(options, "count_sk_lookup");

        Assert.Equal([_network.Namespace, _network.Namespace], new[] { first, second }.Select(obj => Assert.Single(BpfLink.Of(obj)).NetworkNamespace));
    }

    [Fact]
    public void A_map_of_sockets_has_one_verdict()
    {
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() => BpfObjectStarter.Start(Repository.TestProgram("sections"), new BpfStartOptions { Programs = ["at_sk_skb_stream_verdict", "at_sk_skb"], Attachment = new BpfAttachOptions { Hook = "stream_verdict" } }));

        Assert.Equal(BpfErrorKind.AlreadyExists, error.Kind);
        Assert.Contains("map sockets", error.Message, StringComparison.Ordinal);
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void A_netfilter_hook_has_one_program_of_a_priority()
    {
        Live.RequireLinux("6.4");
        var options = new BpfAttachOptions { Hook = "ipv4/input", Priority = -78 };
        using var first = Counted.Start(options, "count_netfilter");
        Refused(() => Counted.Start(options, "count_netfilter"), "ipv4/input");
        using var other = Counted.Start(options with { Priority = -79 }, "count_netfilter");
    }

    [Fact]
    public void A_namespace_that_is_deleted_leaves_a_detached_link_and_an_object_that_stops()
    {
        var name = $"bpfps-test-{Guid.NewGuid():N}";
        _network.Ip($"netns add {name}");
        using var obj = Counted.Start(new BpfAttachOptions { NetworkNamespace = name }, "count_sk_lookup");
        var id = Assert.Single(BpfLink.Of(obj)).Id!.Value;
        _network.Ip($"netns delete {name}");
        Assert.True(SpinWait.SpinUntil(() => BpfLink.FromId(id).IsDetached, TimeSpan.FromSeconds(20)));

        Assert.Equal("(detached)", Assert.Single(BpfLink.Of(obj)).Target);
        obj.Dispose();
        Assert.Equal(BpfObjectState.Stopped, obj.State);
    }

    [Theory]
    [InlineData("count_xdp", "xdp")]
    [InlineData("count_tcx", "tcx")]
    public void An_interface_that_is_deleted_leaves_a_detached_link_and_an_object_that_stops(string program, string type)
    {
        if (program == "count_tcx")
        {
            Live.RequireLinux("6.6");
        }
        using var passing = new TestNetwork();
        using var obj = Counted.Start(new BpfAttachOptions { Interfaces = [passing.Interface] }, program);
        Assert.Equal((type, passing.Interface), (Assert.Single(BpfLink.Of(obj)).Type, Assert.Single(BpfLink.Of(obj)).Interface));
        passing.Ip($"link delete {passing.Interface}");

        var link = Assert.Single(BpfLink.Of(obj));
        Assert.Equal((true, "(detached)", null), (link.IsDetached, link.Target, link.Interface));
        link.Remove(); // there is nothing to take off any more, and that is no error
        obj.Dispose();
        Assert.Equal(BpfObjectState.Stopped, obj.State);
    }

    [Fact]
    public void A_program_that_is_attached_already_can_be_attached_a_second_time_elsewhere_only()
    {
        using var first = Counted.Start(new BpfAttachOptions { Interfaces = [_network.Interface], XdpMode = BpfXdpMode.Generic }, "count_xdp");
        Refused(() => Counted.Start(new BpfAttachOptions { Interfaces = [_network.Interface], XdpMode = BpfXdpMode.Generic }, "count_xdp"), _network.Interface);
        using var other = Counted.Start(new BpfAttachOptions { Interfaces = ["lo"], XdpMode = BpfXdpMode.Generic }, "count_xdp");

        Assert.Equal((1, 1), (first.LinkCount, other.LinkCount));
    }

    private static void Refused(Func<BpfObject> start, string where)
    {
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(start);
        Assert.Equal(BpfErrorKind.AlreadyExists, error.Kind);
        Assert.Contains(where, error.Message, StringComparison.Ordinal);
        Assert.True(error.Advice is BpfAdvice.Detach or BpfAdvice.ListLinks, $"{error.Advice} does not lead to what is in the way");
        Assert.Empty(NothingLeft.Leftovers(before));
    }
}
