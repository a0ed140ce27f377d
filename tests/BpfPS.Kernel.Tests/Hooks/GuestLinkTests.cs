using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>What Get-BpfLink says of the hooks that not every kernel has, with bpftool and the kernel's own lists as witnesses.</summary>
public sealed class GuestLinkTests : IClassFixture<NothingLeft>
{
    public GuestLinkTests() => Live.Require();

    [GuestTheory]
    [InlineData("guest_fentry", "trace_fentry", "__task_pid_nr_ns")]
    [InlineData("guest_fexit", "trace_fexit", "__task_pid_nr_ns")]
    [InlineData("guest_fmod_ret", "modify_return", "security_file_open")]
    [InlineData("guest_lsm", "lsm_mac", "socket_create")]
    public void A_link_of_a_trampoline_names_the_function(string program, string kind, string function)
    {
        using var obj = SwitchedHook.Start("guest", new BpfAttachOptions(), program);
        var link = Assert.Single(BpfLink.Of(obj));

        Assert.Equal(("tracing", kind, function, function), (link.Type, link.AttachType, link.Function, link.Target));
        Assert.Equal((obj.Programs[0].Id, (uint?)null), (link.ProgramId, link.TargetProgramId));
        var witness = Bpftool.Json("link", "show", "id", Bpftool.Text(link.Id!.Value));
        Assert.Equal((link.ProgramId, kind), (witness.GetProperty("prog_id").GetUInt32(), witness.GetProperty("attach_type").GetString()));
        Assert.Contains(BpfLink.List(), listed => listed.Id == link.Id && listed.Function == function);
    }

    [GuestTheory]
    [InlineData("guest_kprobe", "kprobe", false)]
    [InlineData("guest_kretprobe", "kretprobe", true)]
    public void A_link_of_a_kprobe_names_the_function(string program, string kind, bool isReturn)
    {
        using var obj = SwitchedHook.Start("guest", new BpfAttachOptions(), program);
        var link = Assert.Single(BpfLink.Of(obj));

        Assert.Equal(("perf_event", kind, "__task_pid_nr_ns", "__task_pid_nr_ns", isReturn),
            (link.Type, link.AttachType, link.Function, link.Target, link.IsReturn!.Value));
        var witness = Bpftool.Json("perf").EnumerateArray().Single(entry => entry.GetProperty("prog_id").GetUInt32() == link.ProgramId);
        Assert.Equal((kind, "__task_pid_nr_ns"), (witness.GetProperty("fd_type").GetString(), witness.GetProperty("func").GetString()));
    }

    [GuestTheory]
    [InlineData("any_kprobe_multi", false)]
    [InlineData("any_kretprobe_multi", true)]
    public void A_link_of_many_kprobes_names_the_functions(string program, bool isReturn)
    {
        const string start = "tcp_v4_do_";
        Live.RequireLinux("6.12"); // Debian builds it without in 6.1
        using var obj = SwitchedHook.Start("many", new BpfAttachOptions { Target = $"{start}*" }, program);
        var link = Assert.Single(BpfLink.Of(obj));

        Assert.Equal(("kprobe_multi", "trace_kprobe_multi", isReturn), (link.Type, link.AttachType, link.IsReturn!.Value));
        var known = File.ReadLines("/sys/kernel/tracing/available_filter_functions").Select(line => line.Split(' ')[0])
            .Where(name => name.StartsWith(start, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        Assert.NotEmpty(known);
        Assert.Equal(known, link.Functions);
        Assert.StartsWith(known[0], link.Target, StringComparison.Ordinal);
        Assert.Equal((uint)known.Length, LinkInformation.FunctionCount(link.Id!.Value));
    }

    [AbsenceTheory(Since = "6.12")]
    [InlineData("any_kprobe_multi")]
    [InlineData("any_kretprobe_multi")]
    public void Many_kprobes_are_refused_with_a_clear_error_where_the_kernel_does_not_have_them(string program)
    {
        const string pattern = "tcp_v4_do_*";
        SwitchedHook.RequireRefusal("many", program, pattern);

        SwitchedHook.Refuses("many", new BpfAttachOptions { Target = pattern }, program);
    }

    [Theory]
    [InlineData("count_kprobe", "tcp_v4_do_rvc", "tcp_v4_do_rcv")]
    [InlineData("no_fentry", "tcp_v4_do_rvc", "tcp_v4_do_rcv")]
    [InlineData("no_fmod_ret_s", "security_file_opn", "security_file_open")]
    [InlineData("no_lsm", "socket_creat", "socket_create")]
    [InlineData("no_tp_btf", "sched_swich", "sched_switch")]
    [InlineData("no_iter", "tsk", "task")]
    [InlineData("no_raw_tp", "sched_swich", "sched_switch")]
    [InlineData("no_ksyscall", "getpid_", "getpid")]
    public void A_function_hook_or_tracepoint_that_is_not_there_names_those_that_are_called_alike(string program, string target,
        string near)
    {
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() =>
            BpfObjectStarter.Start(BpfPS.Tests.Repository.TestProgram(program == "count_kprobe" ? "hooks" : "unplaced"), new BpfStartOptions
        {
            Programs = [program], Attachment = new BpfAttachOptions { Target = target },
        }));

        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.Contains($"'{target}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(near, error.Remedy, StringComparison.Ordinal);
        Assert.Empty(NothingLeft.Leftovers(before));
    }
}
