using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Programs of netkit interfaces: for what the primary end sends, and for what its peer sends.</summary>
public sealed class NetkitTests : IClassFixture<NothingLeft>
{
    public NetkitTests()
    {
        Live.Require();
        Machine.RequireProgram("ip");
    }

    [GuestTheory]
    [InlineData("count_primary", "primary_runs", "netkit_primary")]
    [InlineData("count_peer", "peer_runs", "netkit_peer")]
    public void A_program_runs_for_what_its_end_sends(string program, string counter, string kind)
    {
        using var pair = Pair();
        using var obj = Start(new BpfAttachOptions { Interfaces = [pair.Name] }, program);
        var link = Assert.Single(BpfLink.Of(obj));
        Assert.Equal(("netkit", kind, pair.Name, 0), (link.Type, link.AttachType, link.Target, link.Position!.Value));
        var before = obj.Runs(counter); // the ends look for each other
        pair.Send(program == "count_primary", 3);
        Assert.InRange(obj.Runs(counter), before + 3, before + 100);
    }

    [GuestTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Programs_run_in_the_order_that_was_asked_for(bool before)
    {
        using var pair = Pair();
        using var first = Start(new BpfAttachOptions { Interfaces = [pair.Name] }, "first_primary");
        var on = new BpfAttachOptions { Interfaces = [pair.Name], Before = before ? first.Programs[0].Id : null, After = before ? null
            : first.Programs[0].Id };
        using var second = Start(on, "second_primary");
        pair.Send(true, 1);

        // Each leaves its mark on the packet, which begins without one: what one saw is what ran before it.
        Assert.Equal(before ? (2UL, 0UL) : (0UL, 1UL), (first.Runs("first_saw"), second.Runs("second_saw")));
        Assert.Equal(before ? (1, 0)
            : (0, 1), (Assert.Single(BpfLink.Of(first)).Position!.Value, Assert.Single(BpfLink.Of(second)).Position!.Value));
    }

    [Fact]
    public void Another_kind_of_interface_is_refused_with_what_is_needed()
    {
        var error = Assert.Throws<BpfException>(() => Start(new BpfAttachOptions { Interfaces = ["lo"] }, "count_primary"));

        Assert.Equal(BpfErrorKind.NotSupported, error.Kind);
        Assert.Contains("requires at least Linux 6.7 (for interfaces of type netkit)", error.Remedy, StringComparison.Ordinal);
    }

    private static Netkit Pair()
    {
        Live.RequireLinux("6.7");
        var pair = Netkit.TryMake();
        Assert.True(pair is not null, "this kernel must have netkit");
        return pair;
    }

    private static BpfObject Start(BpfAttachOptions options, params string[] programs) =>
        BpfObjectStarter.Start(Repository.TestProgram("netkit"), new BpfStartOptions { Programs = programs, Attachment = options });
}
