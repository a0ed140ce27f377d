using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>
/// What programs of cgroups see and decide, of each kind. A program in C goes into the cgroup and does what they are asked about.
/// </summary>
public sealed class CgroupVerdictTests : IClassFixture<NothingLeft>, IDisposable
{
    private static readonly Lazy<string> s_program = new(() => CProgram.Compile("Hooks/verdicts.c"));

    private readonly string _cgroup = $"{CgroupTree.Root}/bpfps-test-{Environment.ProcessId}-{Guid.NewGuid():N}";

    public CgroupVerdictTests()
    {
        Live.Require();
        Directory.CreateDirectory(_cgroup);
    }

    public void Dispose() => Directory.Delete(_cgroup);

    [Fact]
    public void Each_kind_runs_for_the_processes_in_the_cgroup_and_for_no_others()
    {
        string[] programs =
        [
            "ingress", "egress", "sock_create", "sock_release", "post_bind4", "post_bind6", "bind4", "bind6", "connect4", "connect6",
                "sendmsg4", "sendmsg6", "recvmsg4", "recvmsg6",
            "getpeername4", "getpeername6", "getsockname4", "getsockname6", "sysctl", "device", "operations",
            .. Live.IsLinux("6.7") ? (string[])["connect_unix", "sendmsg_unix", "recvmsg_unix", "getpeername_unix", "getsockname_unix"]
                : [],
        ];
        using var obj = Start(programs);
        Assert.Equal(programs.Length, obj.LinkCount);
        // Outside: the cgroup of this process.
        Run(CgroupOfThisProcess());
        Assert.Equal([], programs.Where(program => obj.Runs($"{program}_runs") != 0));
        Run(_cgroup);

        Assert.Equal([], programs.Where(program => obj.Runs($"{program}_runs") == 0));
    }

    [Fact]
    public void A_socket_option_is_refused_changed_and_told_otherwise_for_the_processes_in_the_cgroup()
    {
        var before = Run(_cgroup);
        Assert.Contains("mark done", before);
        Assert.Contains("priority 5", before);
        using (var obj = Start("set_option", "get_option"))
        {
            var now = Run(_cgroup);
            Assert.Contains("mark Operation not permitted", now);
            Assert.Contains("priority 3", now);
            Assert.Contains("ttl 77", now);
            Assert.InRange(obj.Runs("setsockopt_runs"), 2UL, 100UL);
            Assert.InRange(obj.Runs("getsockopt_runs"), 2UL, 100UL);
            Assert.Contains("ttl 64", Run(CgroupOfThisProcess()));
        }
        Assert.Equal(before, Run(_cgroup));
    }

    [GuestTheory]
    [InlineData("forbid_bind", null)]
    [InlineData("forbid_anything", "socket_bind")]
    public void An_LSM_program_of_a_cgroup_forbids_its_processes_and_no_others(string program, string? target)
    {
        using (var obj = SwitchedHook.Start("verdicts", new BpfAttachOptions { Cgroups = [_cgroup], Target = target }, program))
        {
            Assert.Contains("bind Operation not permitted", Run(_cgroup));
            Assert.Contains("bind done", Run(CgroupOfThisProcess()));
            Assert.InRange(obj.Runs("lsm_runs"), 6UL, 100UL);
            // The witness counts such programs below "lsm_cgroup" too.
            Assert.Contains(Bpftool.Json("cgroup", "show", _cgroup).EnumerateArray(), shown =>
                shown.GetProperty("id").GetUInt32() == obj.Programs[0].Id);
            var link = Assert.Single(BpfLink.Of(obj));
            Assert.Equal(("socket_bind", $"socket_bind in {_cgroup}"), (link.Function, link.Target));
        }
        Assert.Contains("bind done", Run(_cgroup));
    }

    [AbsenceTheory]
    [InlineData("forbid_bind", null)]
    [InlineData("forbid_anything", "socket_bind")]
    public void An_LSM_program_of_a_cgroup_is_refused_with_a_clear_error_where_the_kernel_does_not_have_it(string program, string? target)
    {
        SwitchedHook.RequireRefusal("verdicts", program, target is null ? [] : [target]);

        SwitchedHook.Refuses("verdicts", new BpfAttachOptions { Cgroups = [_cgroup], Target = target }, program);
    }

    [Fact]
    public void A_hook_of_security_that_is_not_there_names_those_that_are_called_alike()
    {
        var error = Assert.Throws<BpfException>(() => BpfObjectStarter.Start(Repository.TestProgram("verdicts"), new BpfStartOptions
        {
            Programs = ["forbid_anything"], Attachment = new BpfAttachOptions { Cgroups = [_cgroup], Target = "socket_bnd" },
        }));

        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.Contains("there is no LSM hook 'socket_bnd'", error.Message, StringComparison.Ordinal);
        Assert.Contains("socket_bind", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cgroup_whose_program_admits_no_other_says_so_and_keeps_it()
    {
        var single = new BpfAttachOptions { Cgroups = [_cgroup], CgroupMode = BpfCgroupMode.Single };
        using var first = Start(single, "egress");
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() => Start("egress"));

        Assert.Equal(BpfErrorKind.AlreadyExists, error.Kind);
        Assert.Contains("already has a program that does not allow others", error.Message, StringComparison.Ordinal);
        Assert.Equal(BpfAdvice.ListCgroupLinks, error.Advice);
        Assert.Empty(NothingLeft.Leftovers(before));
        Assert.Equal(first.Programs[0].Id, Bpftool.Json("cgroup", "show", _cgroup).EnumerateArray().Single().GetProperty("id").GetUInt32());
    }

    [Fact]
    public void A_cgroup_that_is_removed_leaves_a_detached_link_and_an_object_that_stops()
    {
        var path = $"{_cgroup}/passing";
        Directory.CreateDirectory(path);
        using var obj = Start(new BpfAttachOptions { Cgroups = [path] }, "egress");
        var link = Assert.Single(BpfLink.Of(obj));
        Assert.Equal((path, false), (link.Target, link.IsDetached));
        Directory.Delete(path);
        Assert.True(SpinWait.SpinUntil(() => BpfLink.FromId(link.Id!.Value).IsDetached, TimeSpan.FromSeconds(20)));

        var rest = Assert.Single(BpfLink.Of(obj));
        Assert.Equal(("(detached)", null, "egress"), (rest.Target, rest.Cgroup, rest.ProgramName));
        Assert.Equal(0UL, Bpftool.Json("link", "show", "id", Bpftool.Text(link.Id!.Value)).GetProperty("cgroup_id").GetUInt64());
        obj.Dispose();
        Assert.Equal(BpfObjectState.Stopped, obj.State);
    }

    private BpfObject Start(params string[] programs) => Start(new BpfAttachOptions { Cgroups = [_cgroup] }, programs);

    private static BpfObject Start(BpfAttachOptions options, params string[] programs) =>
        BpfObjectStarter.Start(Repository.TestProgram("verdicts"), new BpfStartOptions { Programs = programs, Attachment = options });

    private static string[] Run(string cgroup) =>
        Command.Output(s_program.Value, cgroup, Path.Combine(Path.GetTempPath(), $"bpfps-{Environment.ProcessId}-{Guid.NewGuid():N}"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string CgroupOfThisProcess() => CgroupTree.Root
        + File.ReadLines("/proc/self/cgroup").First(line => line.StartsWith("0::", StringComparison.Ordinal))[3..].TrimEnd('/');
}
