using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>When one of several parts of an object cannot be loaded, the error names that one.</summary>
public sealed class FailedPartTests : IClassFixture<NothingLeft>
{
    public FailedPartTests() => Live.Require();

    [Fact]
    public void The_program_that_the_verifier_refused_is_named_and_not_the_first_of_them()
    {
        var error = Assert.Throws<BpfVerifierException>(() =>
            BpfObjectStarter.Start(Repository.TestProgram("partly_refused"), new BpfStartOptions { Attach = false }));

        Assert.Equal("refused", error.Program);
        Assert.Contains("'refused'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_the_kernel_refused_without_a_word_is_named()
    {
        var error = Assert.Throws<BpfException>(() =>
            BpfObjectStarter.Start(Repository.TestProgram("unplaced"),
            new BpfStartOptions { Programs = ["no_raw_tp", "no_tp_btf"], Attachment = new BpfAttachOptions { Target = "sched_swich" } }));

        Assert.Contains("'no_tp_btf'", error.Message, StringComparison.Ordinal);
    }
}
