using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Programs that are loaded only, and run once something else has put them in place: entries of maps, and routes.</summary>
public sealed class PlacedElsewhereTests : IClassFixture<NothingLeft>, IClassFixture<TestNetwork>
{
    private readonly TestNetwork _network;

    public PlacedElsewhereTests(TestNetwork network)
    {
        Live.Require();
        _network = network;
    }

    [Fact]
    public void A_program_in_an_entry_of_a_devmap_sees_what_is_redirected_there()
    {
        using var obj = Start(Generic(), "to_the_device", "at_the_device");
        Assert.Equal(1, obj.LinkCount);
        using (var access = new BpfMapAccess(obj.Map("devices")))
        {
            access.Set(0, new System.Collections.Hashtable { ["interface"] = _network.Interface,
                ["program"] = obj.Programs.Single(program => program.Name == "at_the_device").Id });
        }
        _network.Receive(3);

        Assert.True(SpinWait.SpinUntil(() => obj.Runs("device_runs") >= 3, TimeSpan.FromSeconds(5)), $"{obj.Runs("device_runs")}");
    }

    [Fact]
    public void A_program_in_an_entry_of_a_cpumap_sees_what_is_redirected_there()
    {
        using var obj = Start(Generic(), "to_the_cpu", "at_the_cpu");
        using (var access = new BpfMapAccess(obj.Map("cpus")))
        {
            access.Set(0, new System.Collections.Hashtable { ["qsize"] = 64,
                ["program"] = obj.Programs.Single(program => program.Name == "at_the_cpu").Id });
        }
        _network.Receive(3);

        Assert.True(SpinWait.SpinUntil(() => obj.Runs("cpu_runs") >= 3, TimeSpan.FromSeconds(5)), $"{obj.Runs("cpu_runs")}");
    }

    [Theory]
    [InlineData("on_the_way_out", "out", "out_runs")]
    [InlineData("on_sending", "xmit", "xmit_runs")]
    [InlineData("on_the_way_in", "in", "in_runs")]
    public void A_program_of_a_route_sees_what_takes_it(string program, string when, string counter)
    {
        using var obj = Start(new BpfAttachOptions(), program);
        Assert.Equal((0, BpfObjectState.Loaded), (obj.LinkCount, obj.State));
        using var pins = new PinDirectory().Make();
        Bpftool.Run("prog", "pin", "id", Bpftool.Text(obj.Programs[0].Id), pins["route"]);
        if (when == "in")
        {
            TestNetwork.Ip($"-n {_network.Namespace} route add 203.0.113.9/32 via 198.51.100.1");
            TestNetwork.Ip($"route add table local local 203.0.113.9/32 encap bpf in pinned {pins["route"]} dev {_network.Interface}");
            Command.Output("ip", "netns", "exec", _network.Namespace, "bash", "-c",
                "for i in 1 2 3; do echo > /dev/udp/203.0.113.9/9; done");
        }
        else
        {
            TestNetwork.Ip($"route add 203.0.113.9/32 encap bpf {when} pinned {pins["route"]} via 198.51.100.2 dev {_network.Interface}");
            Command.Output("bash", "-c", "for i in 1 2 3; do echo > /dev/udp/203.0.113.9/9; done");
        }
        try
        {
            Assert.True(SpinWait.SpinUntil(() => obj.Runs(counter) >= 3, TimeSpan.FromSeconds(5)), $"{obj.Runs(counter)}");
        }
        finally
        {
            TestNetwork.Ip(when == "in" ? "route delete table local local 203.0.113.9/32" : "route delete 203.0.113.9/32");
            Command.Run("ip", "-n", _network.Namespace, "route", "delete", "203.0.113.9/32");
        }
    }

    [Fact]
    public void A_program_of_a_segment_sees_what_is_routed_through_it()
    {
        using var obj = Start(new BpfAttachOptions(), "at_the_segment");
        using var pins = new PinDirectory().Make();
        Bpftool.Run("prog", "pin", "id", Bpftool.Text(obj.Programs[0].Id), pins["segment"]);
        // The peer sends through the segment fd00:77::1, which is ours; where it goes on does not matter, but that it does.
        foreach (var device in (string[])["all", _network.Interface])
        {
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{device}/seg6_enabled", "1");
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{device}/forwarding", "1");
        }
        TestNetwork.Ip($"-6 address add fd00:76::1/64 dev {_network.Interface} nodad");
        TestNetwork.Ip($"-n {_network.Namespace} -6 address add fd00:76::2/64 dev peer nodad");
        TestNetwork.Ip("-6 route add fd00:77::1/128 encap seg6local action End.BPF "
            + $"endpoint pinned {pins["segment"]} dev {_network.Interface}");
        TestNetwork.Ip($"-n {_network.Namespace} -6 route add fd00:77::/64 via fd00:76::1");
        TestNetwork.Ip($"-n {_network.Namespace} -6 route add fd00:78::/64 encap seg6 mode encap segs fd00:77::1,fd00:79::1 dev peer");
        try
        {
            Assert.True(SpinWait.SpinUntil(() =>
            {
                Command.Run("ip", "netns", "exec", _network.Namespace, "bash", "-c",
                    "for i in 1 2 3; do echo > /dev/udp/fd00:78::9/9; done");
                return obj.Runs("local_runs") >= 3;
            }, TimeSpan.FromSeconds(10)), $"{obj.Runs("local_runs")}");
        }
        finally
        {
            TestNetwork.Ip("-6 route delete fd00:77::1/128");
        }
    }

    private BpfAttachOptions Generic() => new() { Interfaces = [_network.Interface], XdpMode = BpfXdpMode.Generic };

    private static BpfObject Start(BpfAttachOptions options, params string[] programs) =>
        BpfObjectStarter.Start(Repository.TestProgram("redirect"), new BpfStartOptions { Programs = programs, Attachment = options });
}
