using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Programs of cgroups, in one that the test makes.</summary>
public sealed class CgroupHookTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly string _cgroup = $"{CgroupTree.Root}/bpfps-test-{Environment.ProcessId}-{Guid.NewGuid():N}";

    public CgroupHookTests()
    {
        Live.Require();
        Directory.CreateDirectory(_cgroup);
    }

    public void Dispose() => Directory.Delete(_cgroup);

    [Theory]
    [InlineData("count_cgroup_skb", "cgroup_skb_runs", "echo > /dev/udp/127.0.0.1/9")]
    [InlineData("count_cgroup_sock", "cgroup_sock_runs", "echo > /dev/udp/127.0.0.1/9")]
    [InlineData("count_connect4", "connect4_runs", "echo > /dev/udp/127.0.0.1/9")]
    [InlineData("count_sysctl", "sysctl_runs", "cat /proc/sys/kernel/ostype")]
    [InlineData("count_device", "device_runs", "echo > /dev/null")]
    [InlineData("count_sockops", "sockops_runs", "echo > /dev/tcp/127.0.0.1/$PORT")]
    public void Each_kind_runs_for_the_processes_in_it(string program, string counter, string command)
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        using var obj = Counted.Start(new BpfAttachOptions { Cgroups = [_cgroup] }, program);
        Assert.Contains(Bpftool.Json("cgroup", "show", _cgroup).EnumerateArray(), shown =>
            shown.GetProperty("id").GetUInt32() == obj.Programs[0].Id);
        Command.Output("bash", "-c", command.Replace("$PORT", $"{port}", StringComparison.Ordinal)); // outside: does not count
        Assert.Equal(0UL, obj.Runs(counter));
        Command.Output("bash", "-c", $"echo $$ > {_cgroup}/cgroup.procs; {command.Replace("$PORT", $"{port}", StringComparison.Ordinal)}");

        Assert.InRange(obj.Runs(counter), 1UL, 1000UL);
    }

    [Theory]
    [InlineData(BpfCgroupMode.Multi, "multi")]
    [InlineData(BpfCgroupMode.Override, "override")]
    [InlineData(BpfCgroupMode.Single, "")]
    public void The_mode_is_what_the_kernel_shows_and_nothing_stays(BpfCgroupMode mode, string flags)
    {
        using (Counted.Start(new BpfAttachOptions { Cgroups = [_cgroup], CgroupMode = mode }, "count_cgroup_skb"))
        {
            Assert.Equal(flags, Bpftool.Json("cgroup", "show", _cgroup)[0].GetProperty("attach_flags").GetString());
        }
        Assert.Empty(Command.Output("bpftool", "-j", "cgroup", "show", _cgroup).Trim());
    }

    [Fact]
    public void A_path_as_proc_has_it_is_taken_and_one_that_is_not_there_names_those_that_are_called_alike()
    {
        var path = _cgroup[CgroupTree.Root!.Length..];
        using var obj = Counted.Start(new BpfAttachOptions { Cgroups = [path] }, "count_cgroup_skb");
        Assert.Equal(1, obj.LinkCount);
        var error = Assert.Throws<BpfException>(() => Counted.Start(new BpfAttachOptions { Cgroups = [path + "x"] }, "count_cgroup_skb"));

        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.Contains(path.TrimStart('/'), error.Remedy, StringComparison.Ordinal);
        Assert.Contains("Cgroup", Assert.Throws<BpfException>(() => Counted.Start(new BpfAttachOptions(), "count_cgroup_skb")).Remedy,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_for_the_whole_machine_is_attached_to_the_root_unless_a_cgroup_is_named()
    {
        using (var everywhere = BpfObjectStarter.Start(BpfTool.FindPath("dnssnoop"), new BpfStartOptions()))
        {
            Assert.Equal(2, On(CgroupTree.Root!, everywhere));
        }
        using var here = BpfObjectStarter.Start(BpfTool.FindPath("dnssnoop"),
            new BpfStartOptions { Attachment = new BpfAttachOptions { Cgroups = [_cgroup] }, RequireUse = true });
        Assert.Equal((0, 2), (On(CgroupTree.Root!, here), On(_cgroup, here)));

        static int On(string cgroup, BpfObject obj) => Command.Output("bpftool", "-j", "cgroup", "show", cgroup) is { Length: > 1 } shown
            ? System.Text.Json.JsonDocument.Parse(shown).RootElement.EnumerateArray()
                .Count(one => obj.Programs.Any(program => program.Id == one.GetProperty("id").GetUInt32())) : 0;
    }

    [Theory]
    [InlineData(BpfCgroupMode.Single)]
    [InlineData(BpfCgroupMode.Override)]
    public void A_second_where_one_is_admitted_is_refused_and_what_somebody_else_put_there_stays(BpfCgroupMode mode)
    {
        using var first = Counted.Start(new BpfAttachOptions { Cgroups = [_cgroup], CgroupMode = mode }, "count_cgroup_skb");
        Assert.Equal(BpfErrorKind.AlreadyExists,
            Assert.Throws<BpfException>(() =>
            Counted.Start(new BpfAttachOptions { Cgroups = [_cgroup], CgroupMode = mode }, "count_cgroup_skb")).Kind);
        Assert.Equal(first.Programs[0].Id, On());

        // Somebody takes it off, and puts another of the kind there: it is not ours to take off.
        using var other = BpfObjectStarter.Start(Repository.TestProgram("hooks"),
            new BpfStartOptions { Programs = ["count_cgroup_skb"], Attach = false });
        Bpftool.Run("cgroup", "detach", _cgroup, "egress", "id", Bpftool.Text(first.Programs[0].Id));
        Bpftool.Run("cgroup", "attach", _cgroup, "egress", "id", Bpftool.Text(other.Programs[0].Id));
        first.Dispose();
        Assert.Equal(other.Programs[0].Id, On());
        Bpftool.Run("cgroup", "detach", _cgroup, "egress", "id", Bpftool.Text(other.Programs[0].Id));

        uint On() => Bpftool.Json("cgroup", "show", _cgroup).EnumerateArray().Single().GetProperty("id").GetUInt32();
    }

    [Fact]
    public void The_same_cgroup_by_several_names_gets_the_program_once()
    {
        var path = _cgroup[CgroupTree.Root!.Length..];
        using var obj = Counted.Start(new BpfAttachOptions { Cgroups = [_cgroup, path, path.TrimStart('/')] }, "count_cgroup_skb");

        Assert.Equal(1, obj.LinkCount);
    }

    [Fact]
    public void What_says_nothing_to_the_programs_is_refused()
    {
        var error = Assert.Throws<BpfException>(() => BpfObjectStarter.Start(Repository.TestProgram("hooks"),
            new BpfStartOptions { Programs = ["count_cgroup_skb"], RequireUse = true,
                Attachment = new BpfAttachOptions { Cgroups = [_cgroup], Interfaces = ["lo"] } }));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.StartsWith("Interface does not apply to any of these programs (sections: cgroup_skb/egress).", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("Cgroup", error.Remedy, StringComparison.Ordinal);
    }
}
