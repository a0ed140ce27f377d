using BpfPS.Native;

namespace BpfPS.Core.Tests.Features;

/// <summary>Which limit of a process is said to be the reason for EPERM, for limits that no test can have all at once.</summary>
public class ConfinementTests
{
    private const ulong Everything = ulong.MaxValue;
    private const ulong Nothing = 0;
    private const ulong Tracing = 1UL << (int)Capability.Bpf | 1UL << (int)Capability.PerfMon;

    [Theory]
    [InlineData("none [integrity] confidentiality", "integrity")]
    [InlineData("none integrity [confidentiality]\n", "confidentiality")]
    [InlineData("[none] integrity confidentiality", null)]
    [InlineData("", null)]
    [InlineData("something else", null)]
    public void The_mode_of_lockdown_is_the_one_in_brackets(string file, string? mode) =>
        Assert.Equal(mode, Confinement.LockdownIn(file));

    [Theory]
    [InlineData("docker-default (enforce)\n", "docker-default (enforce)")]
    [InlineData("system_u:system_r:container_t:s0:c1,c2\0", "system_u:system_r:container_t:s0:c1,c2")]
    [InlineData("unconfined\n", null)]
    [InlineData("unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023\0", null)]
    [InlineData("", null)]
    public void A_profile_is_one_that_confines(string file, string? profile) => Assert.Equal(profile, Confinement.ProfileIn(file));

    [Fact]
    public void A_filter_comes_before_everything_else_because_the_kernel_was_not_asked()
    {
        var (message, remedy) = Explain(new Confinement { Effective = Everything, Bounding = Everything, Filtered = [FilteredCall.Bpf] });

        Assert.Equal("It: no. A seccomp filter of this process refuses bpf(2), as those of containers do.", message);
        Assert.Contains("--cap-add BPF", remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_of_another_call_is_not_the_reason() =>
        Assert.DoesNotContain("seccomp filter", Explain(
            new Confinement { Effective = Everything, Bounding = Everything, Filtered = [FilteredCall.PerfEventOpen] }).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Capabilities_of_another_user_namespace_are_not_taken_for_those_that_count()
    {
        var process = new Confinement { Effective = Everything, Bounding = Everything, HasOwnUserNamespace = true };

        Assert.False(process.Has(Capability.Bpf));
        Assert.Equal("It: no. This process is in a user namespace of its own, and its capabilities count only there. The kernel asks for "
            + "CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN) in the initial one.", Explain(process).Message);
    }

    [Theory]
    [InlineData(Nothing, Everything, "lacks CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN).", "sudo")]
    [InlineData(1UL << 39, Everything, "lacks CAP_PERFMON.", "sudo")]
    [InlineData(1UL << 38, Everything, "lacks CAP_BPF.", "sudo")]
    [InlineData(Nothing, Nothing, "lacks CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN). Its bounding set excludes it, so that root does not "
        + "have it here either.", "start the container or service with the missing capabilities")]
    public void A_missing_capability_is_named_with_what_gives_it(ulong effective, ulong bounding, string reason, string remedy)
    {
        var said = Explain(new Confinement { Effective = effective, Bounding = bounding });

        Assert.Equal($"It: no. This process (user id 1000) {reason}", said.Message);
        Assert.Contains(remedy, said.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sysctl_that_makes_the_capability_necessary_is_named_with_its_value()
    {
        var process = new Confinement { Effective = 0, Bounding = Everything, UnprivilegedBpfDisabled = "2", PerfEventParanoid = "3" };

        Assert.EndsWith("Without it, kernel.unprivileged_bpf_disabled = 2 keeps bpf(2) from every user.", Explain(process).Message,
            StringComparison.Ordinal);
        Assert.EndsWith("lacks CAP_PERFMON. Without it, kernel.perf_event_paranoid = 3 decides which events a user may have.",
            Explain(process, [Capability.PerfMon], FilteredCall.PerfEventOpen).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("unprivileged", Explain(process with { UnprivilegedBpfDisabled = "0" }).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("unprivileged", Explain(process, [Capability.SysAdmin]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_process_that_has_every_capability_what_else_confines_it_is_named()
    {
        var root = new Confinement { Effective = Everything, Bounding = Everything, Modules = "landlock,lockdown,bpf" };

        var profile = Explain(root with { Profile = "docker-default (enforce)", Lockdown = "integrity" });
        Assert.Contains("locked down (integrity). A security module confines it: 'docker-default (enforce)'.", profile.Message,
            StringComparison.Ordinal);
        Assert.Contains("dmesg", profile.Remedy, StringComparison.Ordinal);

        var locked = Explain(root with { Lockdown = "confidentiality" });
        Assert.Contains("the kernel is locked down (confidentiality).", locked.Message, StringComparison.Ordinal);
        Assert.Contains("next boot", locked.Remedy, StringComparison.Ordinal);

        var other = Explain(root);
        Assert.Contains("has CAP_BPF and CAP_PERFMON, and still the kernel refuses it.", other.Message, StringComparison.Ordinal);
        Assert.Contains("landlock,lockdown,bpf", other.Remedy, StringComparison.Ordinal);

        Assert.Contains("lacks CAP_SYS_ADMIN, which some hooks require", Explain(root with { Effective = Tracing }).Message,
            StringComparison.Ordinal);
    }

    private static (string Message, string Remedy) Explain(Confinement process, Capability[]? needed = null, FilteredCall? call = null)
    {
        var error = Privileges.Explain(process, 1000, "It: no.", 1, needed ?? [Capability.Bpf, Capability.PerfMon], null,
            call ?? FilteredCall.Bpf);
        Assert.Equal(BpfErrorKind.PermissionDenied, error.Kind);
        return (error.Message, error.Remedy!);
    }
}
