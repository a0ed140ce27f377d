using BpfPS.Verifier;

namespace BpfPS.Core.Tests.Verifier;

/// <summary>Logs as kernels wrote them; those of cilium/ebpf are from its internal/testdata.</summary>
public class VerifierLogTests
{
    [Fact]
    public void Since_Linux_6_10_a_log_has_the_file_and_the_line()
    {
        const string Log = """
            0: R1=ctx() R10=fp0
            ; int BPF_PROG(rejected, struct pt_regs *regs, long call) @ rejected.bpf.c:25
            0: (79) r1 = *(u64 *)(r1 +8)          ; R1=scalar()
            ; __u64 *count = bpf_map_lookup_elem(&calls, &key); @ rejected.bpf.c:28
            4: (18) r1 = 0xffff888104339400       ; R1=map_ptr(map=calls,ks=4,vs=8)
            6: (85) call bpf_map_lookup_elem#1    ; R0=map_value_or_null(id=1,map=calls,ks=4,vs=8)
            ; *count += 1; /* the fault */ @ rejected.bpf.c:30
            7: (79) r1 = *(u64 *)(r0 +0)
            R0 invalid mem access 'map_value_or_null'
            processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

            """;

        AssertLog(VerifierLog.Parse(Log), "R0 invalid mem access 'map_value_or_null'", 7, "*count += 1; /* the fault */", "rejected.bpf.c",
            30);
    }

    [Fact]
    public void What_stands_behind_a_jump_is_the_reason_and_no_part_of_it()
    {
        const string Load = "2: (61) r2 = *(u32 *)(r1 +0)          ; R1=map_value(map=loop.bss,ks=4,vs=4) "
            + "R2=scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))";
        const string Log = $"""
            0: R1=ctx() R10=fp0
            ; while (!*(volatile int *)&stop) ; @ loop.bpf.c:4
            0: (18) r1 = 0xffffc900018e7000       ; R1=map_value(map=loop.bss,ks=4,vs=4)
            {Load}
            3: (16) if w2 == 0x0 goto pc-2 2: R1=map_value(map=loop.bss,ks=4,vs=4) R2=0 R10=fp0
            {Load}
            3: (16) if w2 == 0x0 goto pc-2 infinite loop detected at insn 2
            cur state: R1=map_value(map=loop.bss,ks=4,vs=4) R2=0 R10=fp0
            old state: R1=map_value(map=loop.bss,ks=4,vs=4) R2=0 R10=fp0
            processed 14 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 0

            """;

        var log = VerifierLog.Parse(Log);

        AssertLog(log, "infinite loop detected at insn 2", 2, "while (!*(volatile int *)&stop) ;", "loop.bpf.c", 4);
        Assert.Equal(VerifierCause.EndlessLoop, log.Cause);
    }

    [Fact]
    public void Before_that_it_has_the_line_only()
    {
        const string Log = """
            func#0 @0
            0: R1=ctx(off=0,imm=0) R10=fp0
            ; int BPF_PROG(rejected, struct pt_regs *regs, long call)
            0: (79) r1 = *(u64 *)(r1 +8)          ; R1_w=scalar()
            ; *count += 1; /* the fault */
            7: (79) r1 = *(u64 *)(r0 +0)
            R0 invalid mem access 'map_value_or_null'
            verification time 104 usec
            stack depth 4
            processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """;

        AssertLog(VerifierLog.Parse(Log), "R0 invalid mem access 'map_value_or_null'", 7, "*count += 1; /* the fault */", null, null);
    }

    [Fact]
    public void Without_line_info_it_has_the_instruction_only()
    {
        const string Log = """
            0: R1=ctx(id=0,off=0,imm=0) R10=fp0
            0: (95) exit
            R0 !read_ok
            processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

            """;

        AssertLog(VerifierLog.Parse(Log), "R0 !read_ok", 0, null, null, null);
    }

    [Fact]
    public void Hints_before_the_reason_are_not_the_reason()
    {
        const string Log = """
            arg#0 type is not a struct
            Unrecognized arg#0 type PTR
            ; int BPF_PROG(sys_recvfrom, struct pt_regs *regs) {
            0: (79) r6 = *(u64 *)(r1 +0)
            func '__x64_sys_recvfrom' arg0 type FWD is not a struct
            invalid bpf_context access off=0 size=8
            processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """;

        AssertLog(VerifierLog.Parse(Log), "invalid bpf_context access off=0 size=8", 0,
            "int BPF_PROG(sys_recvfrom, struct pt_regs *regs) {", null, null);
    }

    [Fact]
    public void A_reason_without_instructions_is_a_reason()
    {
        const string Log = """
            JIT doesn't support bpf-to-bpf calls
            processed 39 insns (limit 1000000) max_states_per_insn 1 total_states 3 peak_states 3 mark_read 2
            """;

        AssertLog(VerifierLog.Parse(Log), "JIT doesn't support bpf-to-bpf calls", null, null, null, null);
    }

    [Fact]
    public void Too_large_a_program_is_the_reason()
    {
        const string Log = """
            ; for (i = 0; i < n; i++) @ loop.bpf.c:12
            14: (a5) if r1 < 0x64 goto pc-3
            BPF program is too large. Processed 1000001 insn
            processed 1000001 insns (limit 1000000) max_states_per_insn 4 total_states 9 peak_states 9 mark_read 1
            """;

        Assert.Equal("BPF program is too large. Processed 1000001 insn", VerifierLog.Parse(Log).Reason);
    }

    [Fact]
    public void A_line_of_C_may_hold_what_looks_like_a_place()
    {
        const string Log = """
            ; email = "a @ b.c:7"; @ dir/odd name.c:33
            3: (95) exit
            R0 !read_ok
            """;

        AssertLog(VerifierLog.Parse(Log), "R0 !read_ok", 3, "email = \"a @ b.c:7\";", "dir/odd name.c", 33);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("processed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n")]
    [InlineData("0: (95) exit\n; only a line\n")]
    public void A_log_without_a_reason_is_no_error(string log) => Assert.Equal("", VerifierLog.Parse(log).Reason);

    [Fact]
    public void A_log_cut_anywhere_or_full_of_numbers_is_no_error()
    {
        const string Log = "; x @ a.c:99999999999999999999\n99999999999999999999: (95) exit\nR0 !read_ok\nprocessed 1 insns\n";
        for (var length = 0; length <= Log.Length; length++)
        {
            Assert.NotNull(VerifierLog.Parse(Log[..length]));
        }
    }

    private static void AssertLog(VerifierLog log, string reason, int? instruction, string? text, string? file, int? line)
    {
        Assert.Equal(reason, log.Reason);
        Assert.Equal(instruction, log.Instruction?.Index);
        Assert.Equal((text, file, line), (log.SourceText, log.SourceFile, log.SourceLine));
    }
}
