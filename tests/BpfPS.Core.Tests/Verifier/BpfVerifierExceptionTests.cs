using BpfPS.Verifier;

namespace BpfPS.Core.Tests.Verifier;

public class BpfVerifierExceptionTests
{
    private const string Log = "; x = \u001b[2J; @ a.bpf.c:30\n7: (95) exit\nR0 bad\n";

    [Fact]
    public void The_message_says_program_reason_and_place_and_shows_nothing_raw()
    {
        var error = new BpfVerifierException("trace", 13, Log, VerifierLog.Parse(Log));

        Assert.Equal(@"The verifier rejected program 'trace': R0 bad, at a.bpf.c:30: x = \e[2J;", error.Message);
        Assert.Equal((BpfErrorKind.VerifierRejected, BpfErrno.EACCES, Log, 7),
            (error.Kind, error.Errno, error.Log, error.Instruction?.Index));
    }

    [Fact]
    public void Without_a_line_it_says_the_instruction()
    {
        const string Bare = "7: (95) exit\nR0 bad\n";

        Assert.EndsWith("at instruction 7: (95) exit", new BpfVerifierException("p", 13, Bare, VerifierLog.Parse(Bare)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_remedy_is_the_hint_and_where_the_rest_is()
    {
        const string Known = "0: (95) exit\nR0 !read_ok\n";
        var error = new BpfVerifierException("p", 13, Known, VerifierLog.Parse(Known));

        Assert.StartsWith(error.Hint!, error.Remedy, StringComparison.Ordinal);
        Assert.Contains("Log", error.Remedy, StringComparison.Ordinal);
        Assert.Contains("Log", new BpfVerifierException("p", 13, Log, VerifierLog.Parse(Log)).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_that_have_the_helper_are_in_the_hint()
    {
        const string Helper = "1: (85) call bpf_xdp_adjust_head#44\nunknown func bpf_xdp_adjust_head#44\n";
        var error = new BpfVerifierException("p", 22, Helper, VerifierLog.Parse(Helper), ["xdp"]);

        Assert.Equal(["xdp"], error.HelperTypes);
        Assert.Contains("cannot call bpf_xdp_adjust_head()", error.Hint, StringComparison.Ordinal);
        Assert.EndsWith(": xdp.", error.Hint, StringComparison.Ordinal);
    }
}
