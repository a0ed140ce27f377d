using BpfPS.Features;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Features;

/// <summary>
/// What a kernel that is locked down for confidentiality refuses is told as that. Lockdown lasts until the next boot, so these tests run
/// by themselves at the end of a guest (tests/vm/inside.sh), which says so with BPFPS_LOCKDOWN.
/// </summary>
public sealed class LockdownTests
{
    private const string File = "/sys/kernel/security/lockdown";

    public LockdownTests()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("BPFPS_LOCKDOWN") is not null, "it would lock this machine down");
        if (!System.IO.File.ReadAllText(File).Contains("[confidentiality]", StringComparison.Ordinal))
        {
            System.IO.File.WriteAllText(File, "confidentiality");
        }
    }

    [Theory(Explicit = true)]
    [InlineData("guest", "guest_kprobe", "probes in its functions")]
    [InlineData("guest", "guest_multi", "reading of tracefs")]
    [InlineData("hooks", "count_tracepoint", "")]
    [InlineData("stacks", "stacks_at_call", "")]
    public void A_hook_that_lockdown_refuses_is_told_as_that(string file, string program, string refused)
    {
        var error = Record.Exception(() => BpfObjectStarter.Start(Repository.TestProgram(file),
            new BpfStartOptions { Programs = [program] }).Dispose());

        if (refused.Length == 0)
        {
            Assert.Null(error); // what needs none of it still works
            return;
        }
        var said = Assert.IsType<BpfException>(error);
        Assert.Equal(BpfErrorKind.PermissionDenied, said.Kind);
        Assert.Contains($"The kernel is locked down (confidentiality), and allows {refused} to nobody.", said.Message,
            StringComparison.Ordinal);
        Assert.Contains("until the next boot", said.Remedy, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public void A_helper_that_lockdown_takes_from_every_program_is_told_as_that()
    {
        var error = Assert.Throws<BpfVerifierException>(() => Live.Tool("execsnoop").Dispose());

        Assert.Contains("The kernel is locked down (confidentiality), and lets no program call bpf_probe_read", error.Hint,
            StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public void The_list_of_features_says_so()
    {
        var row = SecurityModules.Rows().Single(feature => feature.Name == "lockdown");

        Assert.Equal((BpfSupport.No, "confidentiality"), (row.Support, row.Value));
    }
}
