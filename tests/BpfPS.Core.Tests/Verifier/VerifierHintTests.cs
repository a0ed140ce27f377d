using BpfPS.Verifier;

namespace BpfPS.Core.Tests.Verifier;

/// <summary>The causes that no program in tests/bpf/rejections.bpf.c can show on this kernel, in the kernel's words.</summary>
public class VerifierHintTests
{
    [Theory]
    [InlineData("R2 type=map_value_or_null expected=fp, pkt, map_value", VerifierCause.UncheckedMapValue)]
    [InlineData("R0 invalid mem access 'sock_or_null'", VerifierCause.UncheckedPointer)]
    [InlineData("back-edge from insn 13 to 3", VerifierCause.Recursion)]
    [InlineData("invalid access to packet, off=0 size=8, R1(id=0,off=0,r=0)", VerifierCause.PacketBounds)]
    [InlineData("invalid access to map value, value_size=8 off=8 size=8", VerifierCause.MapValueBounds)]
    [InlineData("R3 unbounded memory access, use 'var &= const' or 'if (var < const)'", VerifierCause.UnboundedSize)]
    [InlineData("R2 invalid zero-sized read: u64=[0,16]", VerifierCause.UnboundedSize)]
    [InlineData("value -2147483648 makes map_value pointer be out of bounds", VerifierCause.UnboundedOffset)]
    [InlineData("R1 pointer += pointer prohibited", VerifierCause.PointerArithmetic)]
    [InlineData("R1 32-bit pointer arithmetic prohibited", VerifierCause.PointerArithmetic)]
    [InlineData("invalid indirect read from stack R2 off -8+4 size 8", VerifierCause.UninitializedStack)]
    [InlineData("invalid read from stack R10 off=-16 size=8", VerifierCause.UninitializedStack)]
    [InlineData("invalid read from stack off -8+0 size 8", VerifierCause.UninitializedStack)]
    [InlineData("invalid write to stack R10 off=8 size=8", VerifierCause.StackBounds)]
    [InlineData("unknown func bpf_get_current_task#35", VerifierCause.HelperNotAllowed)]
    [InlineData("cannot call GPL-restricted function from non-GPL compatible program", VerifierCause.LicenseNotGpl)]
    [InlineData("cannot call kernel function from non-GPL compatible program", VerifierCause.LicenseNotGpl)]
    [InlineData("R1 invalid mem access 'inv'", VerifierCause.NotAPointer)]
    [InlineData("Unreleased reference id=2 alloc_insn=5", VerifierCause.ReferenceLeak)]
    [InlineData("bpf_spin_lock is missing unlock", VerifierCause.LockHeld)]
    [InlineData("bpf_rcu_read_unlock is missing", VerifierCause.LockHeld)]
    [InlineData("function calls are not allowed while holding a lock", VerifierCause.LockHeld)]
    [InlineData("dereference of modified ctx ptr R1 off=8 disallowed", VerifierCause.ContextAccess)]
    [InlineData("R0 cannot write into rdonly_mem", VerifierCause.ReadOnlyMemory)]
    [InlineData("last insn is not an exit or jmp", VerifierCause.ProgramEnd)]
    [InlineData("jump out of range from insn 2 to 9", VerifierCause.ProgramEnd)]
    [InlineData("invalid shift 64", VerifierCause.DivisionByZero)]
    [InlineData("misaligned packet access off 0+0+1 size 4", VerifierCause.Misaligned)]
    [InlineData("At program exit the register R0 has value (0x7; 0x0) should have been in (0x0; 0x3)", VerifierCause.ReturnValue)]
    [InlineData("program must be sleepable to call sleepable kfunc bpf_iter_css_new", VerifierCause.MaySleep)]
    [InlineData("Caller passes invalid args into func#1 ('f')", VerifierCause.GlobalFunction)]
    [InlineData("cannot pass map_type 2 into func bpf_ringbuf_output#130", VerifierCause.MapNotAllowed)]
    [InlineData("invalid func unknown#195896080", VerifierCause.MissingMember)]
    [InlineData("BPF map 'm' is referenced but wasn't created", VerifierCause.MissingMap)]
    [InlineData("kfunc 'f' is referenced but wasn't resolved", VerifierCause.MissingKernelFunction)]
    [InlineData("Expected an initialized dynptr as arg #2", VerifierCause.IteratorOrDynptr)]
    [InlineData("JIT doesn't support bpf-to-bpf calls", VerifierCause.JitRequired)]
    [InlineData("unknown opcode e6", VerifierCause.InvalidInstruction)]
    [InlineData("attach_btf_id 5 is not a function", VerifierCause.AttachTarget)]
    [InlineData("R0 leaks addr into map", VerifierCause.PrivilegeMissing)]
    [InlineData("verifier bug: REG INVARIANTS VIOLATION", VerifierCause.VerifierFault)]
    [InlineData("access beyond struct task_struct at off 99999 size 4", VerifierCause.KernelMemory)]
    [InlineData("something that no kernel says", VerifierCause.Unknown)]
    public void The_kernels_words_give_the_cause_away(string message, VerifierCause cause)
    {
        var log = VerifierLog.Parse($"3: (bf) r0 = r1\n{message}\nprocessed 4 insns (limit 1000000)\n");

        Assert.Equal((message, cause), (log.Reason, log.Cause));
        Assert.Equal(cause == VerifierCause.Unknown, log.Hint is null);
        Assert.DoesNotContain("{function}", log.Hint ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_that_is_zero_was_a_pointer_that_is_NULL()
    {
        var log = VerifierLog.Parse("0: (55) if r7 != 0x0 goto pc+3 ; R7=0\n"
            + "1: (79) r2 = *(u64 *)(r7 +0)\nR7 invalid mem access 'scalar'\n");

        Assert.Equal((VerifierCause.UncheckedPointer, "R7"), (log.Cause, log.Register));
        Assert.Contains("is NULL on this path", log.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_words_at_the_end_of_a_loop_and_of_a_long_program_are_two_causes()
    {
        const string End = "BPF program is too large. Processed 1000001 insn\n";
        var loop = string.Concat(Enumerable.Repeat("1: (04) w1 += 1 ; R1=1\n2: (05) goto pc-2\n", 100));
        var line = string.Concat(Enumerable.Range(0, 200).Select(index => $"{index}: (b7) r0 = 0 ; R0=0\n"));

        Assert.Equal(VerifierCause.LoopTooLong, VerifierLog.Parse(loop + End).Cause);
        Assert.Equal(VerifierCause.TooManyInstructions, VerifierLog.Parse(line + End).Cause);
    }

    [Fact]
    public void Every_cause_has_a_hint_in_whole_sentences()
    {
        var known = VerifierRules.All.Select(rule => rule.Cause).ToHashSet();

        Assert.Equal(Enum.GetValues<VerifierCause>().Except([VerifierCause.Unknown, VerifierCause.LoopTooLong]).Order(), known.Order());
        Assert.All(VerifierRules.All, rule => Assert.Matches("^[A-Z{\"].{40,}\\.$", rule.Hint));
    }
}
