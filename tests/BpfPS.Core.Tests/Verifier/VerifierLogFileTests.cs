using BpfPS.Verifier;

namespace BpfPS.Core.Tests.Verifier;

/// <summary>What real logs say. Each was given by Linux 6.18 to the program of its name, and those in 6.1 by Linux 6.1.</summary>
public class VerifierLogFileTests
{
    [Theory]
    [InlineData("unchecked_map_value", VerifierCause.UncheckedMapValue, "7: (79) r1 = *(u64 *)(r0 +0)",
        "R0=map_value_or_null(id=1,map=counts,ks=4,vs=8)")]
    [InlineData("packet_bounds", VerifierCause.PacketBounds, "1: (71) r0 = *(u8 *)(r1 +12)", "R1=pkt(r=0)")]
    [InlineData("negative_index", VerifierCause.UnboundedOffset, "15: (0f) r0 += r1",
        "R1=scalar(smax=0x7ffffffffffffff8,umax=0xfffffffffffffff8,smax32=0x7ffffff8,umax32=0xfffffff8,var_off=(0x0; 0xfffffffffffffff8))")]
    [InlineData("unreleased", VerifierCause.ReferenceLeak, "9: (95) exit", null)]
    [InlineData("lock_held", VerifierCause.LockHeld, "15: (95) exit", null)]
    [InlineData("recursion", VerifierCause.Recursion, "6: (85) call pc-4", null)]
    [InlineData("endless_loop", VerifierCause.EndlessLoop, "0: (61) r2 = *(u32 *)(r1 +0)", null)]
    [InlineData("absent_member", VerifierCause.MissingMember, "1: <invalid CO-RE relocation>", null)]
    [InlineData("global_function", VerifierCause.UncheckedPointer, "6: (79) r0 = *(u64 *)(r1 +0)", "R1=mem_or_null(id=2,sz=8)")]
    [InlineData("combined_stack", VerifierCause.StackTooDeep, null, null)]
    [InlineData("helper_size", VerifierCause.UnboundedSize, "5: (85) call bpf_probe_read_kernel#113", "R2=scalar(smax32=16)")]
    [InlineData("wrong_helper", VerifierCause.HelperNotAllowed, "1: (85) call bpf_xdp_adjust_head#44", null)]
    [InlineData("stack_index", VerifierCause.StackBounds, "13: (71) r0 = *(u8 *)(r2 +0)",
        "R2=fp(off=-64,smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))")]
    [InlineData("wrong_argument", VerifierCause.ArgumentType, "4: (85) call bpf_map_lookup_elem#1", "R1=ctx()")]
    // What Linux 6.1 says in other words.
    [InlineData("6.1/unchecked_reservation", VerifierCause.UncheckedPointer, "6: (7b) *(u64 *)(r0 +0) = r1",
        "R0=alloc_mem_or_null(id=2,ref_obj_id=2,off=0,imm=0)")]
    [InlineData("6.1/recursion", VerifierCause.Recursion, "6", null)]
    [InlineData("6.1/wrong_helper", VerifierCause.HelperNotAllowed, "1: (85) call bpf_xdp_adjust_head#44", null)]
    [InlineData("6.1/lock_held", VerifierCause.LockHeld, "15: (95) exit", null)]
    [InlineData("6.1/rcu_held", VerifierCause.MissingKernelFunction, null, null)]
    [InlineData("6.1/unreachable", VerifierCause.DeadCode, "2", null)]
    [InlineData("6.1/misaligned", VerifierCause.Misaligned, "1: (7b) *(u64 *)(r10 -9) = r1", "R10=fp0")]
    [InlineData("6.1/return_value", VerifierCause.ReturnValue, "1: (95) exit", "R0=7")]
    public void A_log_gives_cause_instruction_and_the_state_of_the_register(string name, VerifierCause cause, string? instruction,
        string? register)
    {
        var log = VerifierLogFile.Parse(name);

        Assert.Equal(cause, log.Cause);
        Assert.Equal(instruction, log.Instruction?.ToString());
        Assert.Equal(register, log.Registers.FirstOrDefault(entry => entry.Name == log.Register)?.ToString());
        Assert.False(string.IsNullOrEmpty(log.Hint));
    }

    [Fact]
    public void Every_log_gives_a_reason_a_cause_and_a_hint() =>
        Assert.All(VerifierLogFile.Names.Where(name => name != "report_alone"), name =>
    {
        var log = VerifierLogFile.Parse(name);
        Assert.NotEmpty(log.Reason);
        Assert.NotEqual(VerifierCause.Unknown, log.Cause);
        Assert.NotNull(log.Hint);
    });

    [Fact]
    public void The_path_is_the_way_to_the_instruction_with_its_lines_and_branches()
    {
        var path = VerifierLogFile.Parse("negative_index").Path;

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15], path.Select(step => step.Index));
        var branches = path.Where(step => step.Branch is not null).Select(step => (step.SourceText, step.Branch));
        Assert.All(branches, branch => Assert.Equal(("if (!values || index > 7)", false), branch));
        Assert.Equal(2, branches.Count());
        Assert.Equal("return values[index]; /* negative_index */", path[^1].SourceText);
        Assert.All(path, step => Assert.Equal("rejections.bpf.c", step.SourceFile));
        Assert.Equal("15: (0f) r0 += r1", path[^1].ToString());
        Assert.EndsWith("[not taken]", path.First(step => step.Branch is false).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Registers_are_those_of_the_function_that_the_instruction_is_in()
    {
        var log = VerifierLogFile.Parse("recursion");

        // Eight frames deep; what each call was given shrinks by one.
        Assert.All(log.Registers, register => Assert.Equal(7, register.Frame));
        Assert.Equal("scalar(smin=0,smax=umax=umax32=0xfffffff8,var_off=(0x0; 0xffffffff))",
            log.Registers.Single(register => register.Name == "R1").State);
        Assert.Equal(["R0", "R1", "R10"], log.Registers.Select(register => register.Name));
        Assert.Equal(30, log.Path.Count);
    }

    [Fact]
    public void After_a_call_the_registers_of_the_arguments_are_gone()
    {
        var log = VerifierLogFile.Parse("unchecked_map_value");

        Assert.Equal(["R0", "R10", "fp-8"], log.Registers.Select(register => register.Name));
        Assert.Equal(("map_value_or_null", "counts", "8"),
            (log.Registers[0].Type, log.Registers[0].Facts["map"], log.Registers[0].Facts["vs"]));
    }

    [Fact]
    public void A_state_that_stands_on_the_line_of_the_instruction_is_none_of_its_text()
    {
        var steps = VerifierLogFile.Parse("endless_loop").Path;

        Assert.All(steps, step => Assert.DoesNotContain("scalar", step.Text, StringComparison.Ordinal));
        Assert.Contains(steps, step => step.Text == "(56) if w2 != 0x0 goto pc-2" && step.Branch is true);
    }

    [Theory]
    [InlineData("8", "scalar")]
    [InlineData("-1", "scalar")]
    [InlineData("0xffffffff", "scalar")]
    [InlineData("P5", "scalar")]
    [InlineData("Pscalar(smin=0)", "scalar")]
    [InlineData("fp-16", "fp")]
    [InlineData("PTR", "PTR")]
    [InlineData("ptr_or_null_task_struct(id=2)", "ptr_or_null_task_struct")]
    [InlineData("inv(id=0)", "inv")]
    public void The_type_of_a_register_is_a_word(string state, string type) =>
        Assert.Equal(type, new VerifierRegister("R0", 0, state).Type);

    [Fact]
    public void One_value_may_have_several_names()
    {
        var facts = new VerifierRegister("R1", 0, "scalar(id=1+3,smin=umin=2,umax=0xff,var_off=(0x0; 0xff))").Facts;

        Assert.Equal(("1+3", "2", "2", "0xff", "(0x0; 0xff)"),
            (facts["id"], facts["smin"], facts["umin"], facts["umax"], facts["var_off"]));
    }
}
