using System.Net.Sockets;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>
/// Hooks that not every kernel has. In the virtual machines of tests/vm they must work; elsewhere a refusal must be one
/// clear error that leaves nothing attached.
/// </summary>
public sealed class GuestHookTests : IClassFixture<NothingLeft>
{
    public GuestHookTests() => Live.Require();

    [Theory]
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
        using var obj = Started(program, since);
        if (obj is null)
        {
            return;
        }
        Live.Getppid();
        using (File.OpenRead("/proc/self/status"))
        {
        }
        var runs = Bpftool.Globals(obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal)).Id, ".bss")[counter].GetUInt64();

        Assert.InRange(runs, 1UL, 100_000UL);
    }

    [Fact]
    public void An_LSM_program_forbids_what_it_says()
    {
        using (var obj = Started("guest_lsm", "5.15"))
        {
            if (obj is null)
            {
                return;
            }
            Assert.Equal(SocketError.AccessDenied, Assert.Throws<SocketException>(() => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)).SocketErrorCode);
            using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        }
        using var allowed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    }

    private static BpfObject? Started(string program, string since) =>
        Guest.TryStart("guest", since, new BpfAttachOptions { Target = program == "guest_any_fentry" ? "__task_pid_nr_ns" : null }, program);
}
