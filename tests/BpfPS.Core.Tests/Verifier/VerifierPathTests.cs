using BpfPS.Verifier;

namespace BpfPS.Core.Tests.Verifier;

/// <summary>The path through logs in which the verifier goes back to branches.</summary>
public class VerifierPathTests
{
    [Fact]
    public void Going_back_to_a_branch_takes_away_what_came_after_it()
    {
        const string Log = """
            0: R1=ctx() R10=fp0
            0: (61) r2 = *(u32 *)(r1 +0)          ; R1=ctx() R2=scalar()
            1: (15) if r2 == 0x0 goto pc+2        ; R2=scalar(umin=1)
            2: (b7) r0 = 0                        ; R0=0
            3: (95) exit

            from 1 to 4: R1=ctx() R2=0 R10=fp0
            4: (79) r0 = *(u64 *)(r2 +0)
            R2 invalid mem access 'scalar'
            """;

        var log = VerifierLog.Parse(Log);
        Assert.Equal([(0, null), (1, true), (4, (bool?)null)], log.Path.Select(step => (step.Index, step.Branch)));
        // R0 belonged to the other way.
        Assert.Equal(["R1=ctx()", "R2=0", "R10=fp0"], log.Registers.Select(register => register.ToString()));
    }

    [Fact]
    public void Of_a_whole_walk_the_path_is_the_last_way()
    {
        var log = VerifierLogFile.Parse("whole_walk");

        // Through the function at 22; neither the way through 12, nor what came after its branch at 13.
        Assert.Equal([0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 22, 23, 24, 26, 11, 17, 18, 19, 20], log.Path.Select(step => step.Index));
        Assert.True(log.Path.Single(step => step.Index == 11).Branch);
        Assert.Equal((VerifierCause.UncheckedMapValue, "return *(volatile __u64 *)count; /* branches */"), (log.Cause, log.SourceText));
        Assert.Equal("map_value_or_null", log.Registers.Single(register => register.Name == log.Register).Type);
    }

    [Fact]
    public void A_branch_in_a_loop_is_gone_back_to_from_its_last_passage_to_its_first()
    {
        const string Log = """
            0: (b7) r1 = 0                        ; R1=0
            1: (55) if r2 != 0x0 goto pc+2        ; R2=0
            2: (05) goto pc-2
            1: (55) if r2 != 0x0 goto pc+2        ; R2=0
            2: (05) goto pc-2
            1: (55) if r2 != 0x0 goto pc+2        ; R2=0
            5: (95) exit
            from 1 to 4: R1=0 R10=fp0
            4: (95) exit
            from 1 to 4: R1=0 R10=fp0
            4: (95) exit
            R0 !read_ok
            """;

        Assert.Equal([0, 1, 2, 1, 4], VerifierLog.Parse(Log).Path.Select(step => step.Index));
    }

    [Fact]
    public void A_branch_that_the_log_does_not_have_takes_nothing_away()
    {
        // As in a log of which the beginning is missing.
        const string Log = "7: (95) exit\nfrom 3 to 9: R0=0 R10=fp0\n9: (95) exit\nR0 !read_ok\n";

        Assert.Equal([7, 9], VerifierLog.Parse(Log).Path.Select(step => step.Index));
    }

    [Fact]
    public void A_global_function_begins_a_path_of_its_own()
    {
        const string Log = "0: (95) exit\nFunc#1 ('f') is global and assumed valid.\n"
            + "Validating f() func#1...\n5: R1=scalar() R10=fp0\n5: (95) exit\nR0 !read_ok\n";

        var log = VerifierLog.Parse(Log);
        Assert.Equal([5], log.Path.Select(step => step.Index));
        Assert.Equal(["R1", "R10"], log.Registers.Select(register => register.Name));
    }

    [Fact]
    public void Before_the_walk_lines_of_source_have_the_numbers_of_instructions()
    {
        const string Log = "13: while (a) {\n3: a += bpf_get_smp_processor_id(); @ loop.c:7\nback-edge from insn 13 to 3\n";

        var log = VerifierLog.Parse(Log);
        Assert.Equal((VerifierCause.Recursion, 13, "while (a) {"), (log.Cause, log.Instruction?.Index, log.SourceText));
        Assert.Empty(log.Path);
    }

    [Fact]
    public void Logs_of_kernels_before_6_9_say_of_each_register_what_was_done_with_it()
    {
        const string Log = """
            0: R1=ctx(off=0,imm=0) R10=fp0
            0: (7b) *(u64 *)(r10 -8) = r1         ; R1_w=ctx(off=0,imm=0) R10=fp0 fp-8_w=ctx
            1: (bf) r2 = r1                       ; R1_rw=ctx(off=0,imm=0) R2_w=ctx(off=0,imm=0)
            2: (1f) r1 -= r2
            R1 pointer -= pointer prohibited
            """;

        var log = VerifierLog.Parse(Log);
        Assert.Equal(["R1=ctx(off=0,imm=0)", "R2=ctx(off=0,imm=0)", "R10=fp0", "fp-8=ctx"],
            log.Registers.Select(register => register.ToString()));
        Assert.Equal((VerifierCause.PointerArithmetic, "R1"), (log.Cause, log.Register));
    }
}
