using System.Net;
using System.Net.Sockets;
using System.Text;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Native;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Operations of the kernel that a program takes over (struct_ops): a TCP congestion control.</summary>
public sealed class StructOpsHookTests : IClassFixture<NothingLeft>
{
    private const string Name = "bpfps_hook_cc";
    private const int Congestion = 13; // TCP_CONGESTION

    public StructOpsHookTests() => Live.Require();

    [Fact]
    public void A_congestion_control_is_there_and_used_by_sockets_until_its_object_is_stopped()
    {
        using (var obj = Start())
        {
            Assert.Equal((1, BpfObjectState.Attached), (obj.LinkCount, obj.State));
            Assert.Contains(Name, Available());
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.SetRawSocketOption((int)ProtocolType.Tcp, Congestion, Encoding.ASCII.GetBytes(Name));
            client.Connect(listener.LocalEndpoint);
            using var server = listener.AcceptSocket();
            client.Send("through it"u8);
            Assert.Equal(10, server.Receive(new byte[64]));
            var used = new byte[16];
            var length = client.GetRawSocketOption((int)ProtocolType.Tcp, Congestion, used);
            Assert.Equal(Name, Encoding.ASCII.GetString(used, 0, length).TrimEnd('\0'));
            Assert.InRange(obj.Runs("cong_avoid_runs") + obj.Runs("init_runs"), 1UL, 100_000UL);

            var error = Assert.Throws<BpfException>(() => Start());
            Assert.Equal(BpfErrorKind.AlreadyExists, error.Kind);
            Assert.Contains("operations with this name are already registered", error.Message, StringComparison.Ordinal);
            Assert.Contains(Name, Available());
        }
        Assert.True(SpinWait.SpinUntil(() => !Available().Contains(Name), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Its_map_is_named_as_what_is_attached()
    {
        using var obj = Start();
        var map = obj.Maps.Single(map => map.Type == "struct_ops");

        // Without a link of the kernel's, which .struct_ops.link asks for, there is nothing to list.
        Assert.Empty(BpfLink.Of(obj));
        Assert.Contains(Bpftool.List("map").Values, shown =>
            shown.GetProperty("id").GetUInt32() == map.Id && shown.GetProperty("type").GetString() == "struct_ops");
    }

    [AbsenceFact(Since = "6.4")]
    public void Operations_that_ask_for_a_link_are_refused_with_what_is_too_old_for_them()
    {
        var isLibraryNewEnough = LibBpfLibrary.Version >= new Version(1, 2);
        if (Live.IsLinux("6.4"))
        {
            Live.RequireLibBpfBefore("1.2");
        }
        var error = Assert.Throws<BpfException>(() => Start("congestion_link"));

        Assert.Equal(BpfErrorKind.NotSupported, error.Kind);
        Assert.Contains(isLibraryNewEnough ? "require Linux 6.4 or later"
            : "which requires libbpf 1.2 or later", $"{error.Message} {error.Remedy}", StringComparison.Ordinal);
    }

    [GuestFact]
    public void Operations_that_ask_for_a_link_get_one_and_are_told_by_it()
    {
        const string name = "bpfps_link_cc";
        Live.RequireLibBpf("1.2");
        Live.RequireLinux("6.4");
        using (var obj = Start("congestion_link"))
        {
            Assert.Contains(name, Available());
            var link = Assert.Single(BpfLink.Of(obj));
            var map = obj.Maps.Single(map => map.Type == "struct_ops");
            Assert.Equal(("struct_ops", "struct_ops", map.Id, $"map {map.Name} (id {map.Id})"),
                (link.Type, link.AttachType, link.MapId!.Value, link.Target));
            Assert.Equal("struct_ops", Bpftool.Json("link", "show", "id", Bpftool.Text(link.Id!.Value)).GetProperty("type").ToString());
        }
        Assert.True(SpinWait.SpinUntil(() => !Available().Contains(name), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void An_operation_that_may_sleep_needs_a_libbpf_that_knows_it()
    {
        var error = Assert.ThrowsAny<BpfException>(() =>
            BpfObjectStarter.Start(Repository.TestProgram("unplaced"), new BpfStartOptions { Programs = ["operation_that_sleeps"] }));

        Assert.Contains(LibBpfLibrary.Version < new Version(1, 2) ? "which requires libbpf 1.2 or later"
            : "'operation_that_sleeps'", error.Message, StringComparison.Ordinal);
    }

    private static BpfObject Start(string name) => BpfObjectStarter.Start(Repository.TestProgram(name), new BpfStartOptions());

    private static BpfObject Start() => Start("congestion_hook");

    private static string[] Available() => File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control")
        .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
