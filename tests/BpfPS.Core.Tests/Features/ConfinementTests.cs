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
    [InlineData("[none] integrity confidentiality", "none")]
    [InlineData("", null)]
    [InlineData("something else", null)]
    public void The_mode_of_lockdown_is_the_one_in_brackets(string file, string? mode) =>
        Assert.Equal(mode, Confinement.LockdownIn(file));

    [Theory]
    [InlineData("docker-default (enforce)\n", "docker-default (enforce)")]
    [InlineData("system_u:system_r:container_t:s0:c1,c2\0", "system_u:system_r:container_t:s0:c1,c2")]
    [InlineData("unconfined\n", null)]
    [InlineData("vscode (unconfined)\n", null)]
    [InlineData("mail (complain)\n", null)]
    [InlineData("unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023\0", null)]
    [InlineData("", null)]
    public void A_profile_is_one_that_confines(string file, string? profile) => 
        Assert.Equal(profile, Confinement.ProfileIn(file, isEnforced: true));

    [Fact]
    public void A_label_of_SELinux_confines_nobody_where_it_only_logs() =>
        Assert.Null(Confinement.ProfileIn("system_u:system_r:container_t:s0:c1,c2\0", isEnforced: false));

    [Fact]
    public void A_filter_comes_before_everything_else_because_the_kernel_was_not_asked()
    {
        var (message, remedy) = Explain(new Confinement { Effective = Everything, Bounding = Everything }, isFiltered: true);

        Assert.Equal("It: no. A seccomp filter of this process refuses bpf(2), as those of containers do.", message);
        Assert.Contains("--cap-add BPF", remedy, StringComparison.Ordinal);
    }

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
    [InlineData(Nothing, Nothing, "lacks CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN). The bounding set excludes them, so that root does not "
        + "have them here either.", "start the container or service with the missing capabilities")]
    [InlineData(Nothing, 1UL << 21, "lacks CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN).", "sudo")]
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

        Assert.EndsWith("Without them, kernel.unprivileged_bpf_disabled = 2 keeps bpf(2) from every user.", Explain(process).Message,
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

        var profile = Explain(root with { Profile = "docker-default (enforce)", Lockdown = "none" });
        Assert.Contains("A security module confines the process: 'docker-default (enforce)'.", profile.Message, StringComparison.Ordinal);
        Assert.Contains("dmesg", profile.Remedy, StringComparison.Ordinal);

        Assert.Contains("lockdown (confidentiality), which stays until the next boot",
            Explain(root with { Lockdown = "confidentiality" }).Remedy, StringComparison.Ordinal);
        Assert.Contains("lockdown, which cannot be read here", Explain(root).Remedy, StringComparison.Ordinal);

        var other = Explain(root with { Lockdown = "none" });
        Assert.Contains("has CAP_BPF and CAP_PERFMON, and still it is refused.", other.Message, StringComparison.Ordinal);
        Assert.Contains("landlock,lockdown,bpf", other.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("lockdown (", other.Remedy, StringComparison.Ordinal);

        Assert.Contains("lacks CAP_SYS_ADMIN, which some hooks require", Explain(root with { Effective = Tracing }).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_modes_allow_is_not_blamed_on_capabilities()
    {
        var (message, remedy) = Explain(new Confinement { Effective = Nothing, Bounding = Everything, HasFilter = true,
            HasOwnUserNamespace = true }, [], isFiltered: false, isElsewhere: true);

        Assert.Equal("It: no. The modes of the file and its directories allow it, and still it is refused.", message);
        Assert.Contains("a seccomp filter, which this process has", remedy, StringComparison.Ordinal);
        Assert.Contains("the user namespace", remedy, StringComparison.Ordinal);
    }

    private static (string Message, string Remedy) Explain(Confinement process, Capability[]? needed = null, FilteredCall? call = null,
        bool isFiltered = false, bool isElsewhere = false)
    {
        var error = Privileges.Explain(process, 1000, "It: no.", 1, needed ?? [Capability.Bpf, Capability.PerfMon], null,
            isElsewhere ? null : call ?? FilteredCall.Bpf, isFiltered);
        Assert.Equal(BpfErrorKind.PermissionDenied, error.Kind);
        return (error.Message, error.Remedy!);
    }
}
