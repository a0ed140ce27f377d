using System.Net.Sockets;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>
/// Hooks that not every kernel has. In the virtual machines of tests/vm they must work; where a program in C cannot attach
/// them either, one clear error says so and nothing is left attached.
/// </summary>
public sealed class GuestHookTests : IClassFixture<NothingLeft>
{
    private const string Function = "__task_pid_nr_ns";

    public GuestHookTests() => Live.Require();

    [GuestTheory]
    [InlineData("guest_kprobe", "kprobe_runs", "5.15")]
    [InlineData("guest_kretprobe", "kretprobe_runs", "5.15")]
    [InlineData("guest_ksyscall", "ksyscall_runs", "5.15")]
    [InlineData("guest_multi", "multi_runs", "6.12")]
    [InlineData("guest_fentry", "fentry_runs", "5.15")]
    [InlineData("guest_fexit", "fexit_runs", "5.15")]
    [InlineData("guest_any_fentry", "fentry_runs", "5.15")]
    [InlineData("guest_fmod_ret", "fmod_ret_runs", "5.15")]
    public void A_program_runs_where_it_was_attached(string program, string counter, string since)
    {
        Live.RequireLinux(since);
        using var obj = Start(program);
        Live.Getppid();
        using (File.OpenRead("/proc/self/status"))
        {
        }
        var runs = Bpftool.Globals(obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal)).Id, ".bss")[counter]
            .GetUInt64();

        Assert.InRange(runs, 1UL, 100_000UL);
    }

    [GuestTheory]
    [InlineData("guest_held_kprobe", Function, "kprobe_runs", "5.15")]
    [InlineData("guest_held_kprobe", Function + "+0", "kprobe_runs", "5.15")]
    [InlineData("guest_held_kretprobe", Function, "kretprobe_runs", "5.15")]
    [InlineData("guest_held_ksyscall", "getppid", "ksyscall_runs", "5.15")]
    [InlineData("guest_held_multi", "__task_pid_nr_n*", "multi_runs", "6.12")]
    [InlineData("guest_held_fentry", Function, "fentry_runs", "5.15")]
    [InlineData("guest_held_fexit", Function, "fexit_runs", "5.15")]
    [InlineData("guest_held_fmod_ret", "security_file_open", "fmod_ret_runs", "5.15")]
    [InlineData("guest_held_lsm", "file_open", "lsm_runs", "5.15")]
    public void A_program_runs_at_the_target_and_not_where_its_section_holds_the_place(string program, string target, string counter,
        string since)
    {
        Live.RequireLinux(since);
        var plain = new BpfAttachOptions { Target = target };
        foreach (var options in (BpfAttachOptions[])[plain, new() { Targets = new Dictionary<string, string> { [program] = target } }])
        {
            using var obj = SwitchedHook.Start("guest", options, program);
            Live.Getppid();
            using (File.OpenRead("/proc/self/status"))
            {
            }

            Assert.InRange(obj.Runs(counter), 1UL, 100_000UL);
        }
    }

    [GuestFact]
    public void Entry_and_return_of_several_functions_have_a_target_each()
    {
        using var obj = BpfObjectStarter.Start(Repository.TestProgram("guest"), new BpfStartOptions
        {
            Programs = ["guest_held_fentry", "guest_held_fexit", "guest_held_kprobe", "guest_held_kretprobe"],
            Variables = new Dictionary<string, object> { ["producer_pid"] = Environment.ProcessId },
            Attachment = new BpfAttachOptions { Target = Function, Targets = new Dictionary<string, string>
            {
                ["guest_held_kprobe"] = "security_file_open", ["guest_held_kretprobe"] = "security_file_open",
            } },
        });
        Live.Getppid();
        using (File.OpenRead("/proc/self/status"))
        {
        }

        Assert.All((string[])["fentry_runs", "fexit_runs", "kprobe_runs", "kretprobe_runs"], counter =>
            Assert.InRange(obj.Runs(counter), 1UL, 100_000UL));
    }

    [AbsenceTheory]
    [InlineData("guest_held_kprobe", "guest_kprobe", Function)]
    [InlineData("guest_held_kretprobe", "guest_kretprobe", Function)]
    [InlineData("guest_held_ksyscall", "guest_ksyscall", "getppid")]
    [InlineData("guest_held_fentry", "guest_fentry", Function)]
    [InlineData("guest_held_fmod_ret", "guest_fmod_ret", "security_file_open")]
    [InlineData("guest_held_lsm", "guest_lsm", "socket_create")]
    public void A_target_that_this_kernel_does_not_have_the_hook_for_is_refused_with_a_clear_error(string program, string witness,
        string target)
    {
        SwitchedHook.RequireRefusal("guest", witness);

        SwitchedHook.Refuses("guest", new BpfAttachOptions { Target = target }, program);
    }

    [AbsenceTheory]
    [InlineData("guest_kprobe")]
    [InlineData("guest_kretprobe")]
    [InlineData("guest_ksyscall")]
    [InlineData("guest_fentry")]
    [InlineData("guest_fexit")]
    [InlineData("guest_any_fentry", Function)]
    [InlineData("guest_fmod_ret")]
    [InlineData("guest_lsm")]
    public void A_hook_that_this_kernel_does_not_have_is_refused_with_a_clear_error(string program, params string[] where)
    {
        SwitchedHook.RequireRefusal("guest", program, where);

        SwitchedHook.Refuses("guest", Options(program), program);
    }

    [AbsenceFact(Since = "6.12")]
    public void Many_functions_are_refused_with_a_clear_error_where_this_kernel_does_not_have_them()
    {
        const string program = "guest_multi";
        SwitchedHook.RequireRefusal("guest", program);

        SwitchedHook.Refuses("guest", Options(program), program);
    }

    // By hand: no machine of the suite has a libbpf that reads the file and a kernel that refuses it.
    [Fact(Explicit = true)]
    public void A_file_of_tracefs_that_the_kernel_refuses_is_named_with_the_errno()
    {
        Live.RequireLibBpf("1.3");
        // The witness: a shell that reads the files in libbpf's place.
        var read = Command.Run("sh", "-c", "cd /sys/kernel/tracing && head -c1 available_filter_functions_addrs");
        Assert.SkipUnless(read.ExitCode != 0 && read.Error.Contains("not permitted", StringComparison.Ordinal),
            "this kernel lets root read the list of functions");
        var error = Assert.Throws<BpfException>(() => Start("guest_multi"));

        Assert.Equal((BpfErrorKind.PermissionDenied, BpfErrno.EPERM), (error.Kind, error.Errno));
        Assert.Contains("opening '/sys/kernel/tracing/available_filter_functions_addrs'", error.Message, StringComparison.Ordinal);
        Assert.Contains("kprobe/FUNCTION", error.Remedy, StringComparison.Ordinal);
    }

    [GuestFact]
    public void An_LSM_program_forbids_what_it_says()
    {
        using (Start("guest_lsm"))
        {
            Assert.Equal(SocketError.AccessDenied,
                Assert.Throws<SocketException>(() =>
                new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)).SocketErrorCode);
            using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        }
        using var allowed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    }

    private static BpfObject Start(string program) => SwitchedHook.Start("guest", Options(program), program);

    private static BpfAttachOptions Options(string program) => new() { Target = program == "guest_any_fentry" ? Function : null };
}
