using BpfPS.Files;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;
using BpfPS.Verifier;

namespace BpfPS.Kernel.Tests.Verifier;

/// <summary>
/// The verifier of the running kernel refuses the programs of rejections.bpf.c one by one; the line that is at fault ends in a
/// comment with the program's name.
/// </summary>
public class RejectionTests
{
    // Kernels put it in other words over time: any of them will do.
    [Theory]
    [InlineData("unchecked_map_value", VerifierCause.UncheckedMapValue, "R0 invalid mem access 'map_value_or_null'", "*(u64 *)(r0 +0)",
        "R0", "map_value_or_null")]
    [InlineData("unchecked_reservation", VerifierCause.UncheckedPointer,
        "R0 invalid mem access 'ringbuf_mem_or_null'|R0 invalid mem access 'mem_or_null'|R0 invalid mem access 'alloc_mem_or_null'",
        "*(u64 *)(r0 +0)", "R0", "ringbuf_mem_or_null|mem_or_null|alloc_mem_or_null")]
    [InlineData("unchecked_argument", VerifierCause.UncheckedPointer,
        "Possibly NULL pointer passed to trusted arg0|Possibly NULL pointer passed to trusted R1", "call bpf_task_release", "R1",
        "ptr_or_null_task_struct|trusted_ptr_or_null_task_struct")]
    [InlineData("endless_loop", VerifierCause.EndlessLoop, "infinite loop detected at insn ", "", null, null)]
    [InlineData("waiting_loop", VerifierCause.EndlessLoop, "infinite loop detected at insn ", "", null, null)]
    [InlineData("jumps", VerifierCause.TooManyBranches, "jumps is too complex.", "if ", null, null)]
    [InlineData("recursion", VerifierCause.Recursion, "frames is too deep|back-edge from insn|recursive call from again() to again()",
        "call pc", null, null)]
    [InlineData("packet_bounds", VerifierCause.PacketBounds,
        "R1 offset is outside of the packet|R1 min value is outside of the allowed memory range", "(r1 +12)", "R1", "pkt")]
    [InlineData("map_value_bounds", VerifierCause.MapValueBounds, "R0 min value is outside of the allowed memory range", "(r0 +64)", "R0",
        "map_value")]
    [InlineData("map_value_index", VerifierCause.MapValueBounds, "unbounded memory access, make sure to bounds check any such access",
        "*(u64 *)", "R7", "map_value")]
    [InlineData("negative_index", VerifierCause.UnboundedOffset,
        "math between map_value pointer and register with unbounded min value is not allowed", " += ", "R1", "scalar")]
    [InlineData("helper_size", VerifierCause.UnboundedSize, "R2 min value is negative, either use unsigned or 'var &= const'",
        "call bpf_probe_read_kernel#113", "R2", "scalar")]
    [InlineData("deep_stack", VerifierCause.StackTooDeep, "invalid write to stack R10 off=-520 size=8", "*(u64 *)(r10 -520)", "R10", "fp")]
    [InlineData("stack_index", VerifierCause.StackBounds, "invalid unbounded variable-offset read from stack R2", "(r2 +0)", "R2", "fp")]
    [InlineData("unwritten_register", VerifierCause.UninitializedRegister, "R7 !read_ok", "r0 = r7", "R7", null)]
    [InlineData("wrong_helper", VerifierCause.HelperNotAllowed,
        "program of this type cannot use helper bpf_xdp_adjust_head#44|unknown func bpf_xdp_adjust_head#44", "call bpf_xdp_adjust_head#44",
        null, null)]
    [InlineData("wrong_kernel_function", VerifierCause.KernelFunctionNotAllowed, "calling kernel function bpf_task_from_pid is not allowed",
        "call bpf_task_from_pid", null, null)]
    [InlineData("wrong_argument", VerifierCause.ArgumentType, "R1 type=ctx expected=map_ptr", "call bpf_map_lookup_elem#1", "R1", "ctx")]
    [InlineData("number_as_pointer", VerifierCause.NotAPointer, "R1 invalid mem access 'scalar'", "(r1 +0)", "R1", "scalar")]
    [InlineData("unreleased", VerifierCause.ReferenceLeak, "reference leak|Unreleased reference", "exit", null, null)]
    [InlineData("lock_held", VerifierCause.LockHeld, "bpf_spin_lock-ed region|bpf_spin_unlock is missing", "exit", null, null)]
    [InlineData("rcu_held", VerifierCause.LockHeld, "bpf_rcu_read_", "exit", null, null)]
    [InlineData("context_access", VerifierCause.ContextAccess, "invalid bpf_context access off=4096 size=4", "(r1 +4096)", "R1", "ctx")]
    [InlineData("context_write", VerifierCause.ContextAccess, "invalid bpf_context access off=0 size=4", "*(u32 *)(r1 +0) = ", "R1", "ctx")]
    [InlineData("pointer_arithmetic", VerifierCause.PointerArithmetic, "R0 pointer arithmetic with *= operator prohibited", "r0 *= 2", "R0",
        "ctx")]
    [InlineData("pointer_offset", VerifierCause.UnboundedOffset,
        "math between pkt pointer and register with unbounded min value is not allowed", " += ", "R0", "scalar")]
    [InlineData("read_only_map", VerifierCause.ReadOnlyMemory, "write into map forbidden", "*(u64 *)(r0 +0) = ", "R0", "map_value")]
    [InlineData("read_only_data", VerifierCause.ReadOnlyMemory, "write into map forbidden", "*(u64 *)(r1 +0) = ", "R1", "map_value")]
    [InlineData("kernel_memory_write", VerifierCause.KernelMemory, "only read is supported", "*(u32 *)(r0 +", "R0",
        "trusted_ptr_task_struct|ptr_task_struct")]
    [InlineData("division", VerifierCause.DivisionByZero, "div by zero", "r0 /= 0", null, null)]
    [InlineData("misaligned", VerifierCause.Misaligned, "misaligned stack access", "(r10 -9)", "R10", "fp")]
    [InlineData("return_value", VerifierCause.ReturnValue, "At program exit the register R0 has ", "exit", "R0", "scalar")]
    [InlineData("sleeps", VerifierCause.MaySleep,
        "helper call might sleep in a non-sleepable prog|sleepable helper bpf_copy_from_user#148 in non-sleepable prog",
        "call bpf_copy_from_user#148", null, null)]
    [InlineData("global_function", VerifierCause.UncheckedPointer, "R1 invalid mem access 'mem_or_null'", "(r1 +0)", "R1", "mem_or_null")]
    [InlineData("absent_member", VerifierCause.MissingMember, "failed to resolve CO-RE relocation <byte_off>", "<invalid CO-RE relocation>",
        null, null)]
    [InlineData("licence", VerifierCause.LicenseNotGpl, "cannot call GPL-restricted function from non-GPL compatible program",
        "call bpf_trace_printk#6", null, null, "unlicensed")]
    public void A_refusal_says_why_where_and_in_which_state(
        string program, VerifierCause cause, string reason, string instruction, string? register, string? type,
            string source = "rejections")
    {
        var error = Refusal(program, source);

        Assert.Equal((program, cause), (error.Program, error.Cause));
        Assert.Contains(reason.Split('|'), words => error.Reason.Contains(words, StringComparison.Ordinal));
        Assert.NotNull(error.Hint);
        Assert.Contains(error.Hint, error.Remedy, StringComparison.Ordinal);
        Assert.Equal(error.Reason, error.Messages[^1]);

        // Where: the line with the comment. Kernels before 6.10 say its text only, and the object has the rest.
        var (text, line) = Fault(program, source);
        Assert.Equal(($"{source}.bpf.c", line, text), (Path.GetFileName(error.SourceFile), error.SourceLine, error.SourceText));
        Assert.Equal(register, error.Register);
        if (error.Log.Contains("\nprocessed 0 insns", StringComparison.Ordinal))
        {
            // Some kernels find it before they walk: there is no path then and no state, and before 7.3 no more than the
            // instruction's number.
            Assert.Contains(Live.IsLinux("7.3") ? instruction : "", error.Instruction!.Text, StringComparison.Ordinal);
            Assert.Equal(Live.IsLinux("7.3"), error.Instruction.Text.Length > 0);
            Assert.Equal((VerifierCause.Recursion, 0, 0), (cause, error.Path.Count, error.Registers.Count));
        }
        else
        {
            Assert.Contains(instruction, error.Instruction!.Text, StringComparison.Ordinal);
            Assert.Contains(error.Path, step => step.Index == error.Instruction.Index && step.SourceText == text);

            // In which state.
            if (type is not null)
            {
                Assert.Contains(error.Registers.Single(entry => entry.Name == register).Type, type.Split('|'));
            }
            Assert.Equal("fp", error.Registers.Single(entry => entry.Name == "R10").Type);
        }

        // The kernel's own report, where it writes one, is of the same place.
        if (error.Report is { } report)
        {
            Assert.NotEmpty(report.Category);
            Assert.NotEmpty(report.Problem);
            Assert.NotEmpty(report.Reason!);
            Assert.NotEmpty(report.Suggestion!);
            Assert.Equal(("error", error.Instruction, line), (report.At!.Label, report.At.Instruction, report.At.SourceLine));
            Assert.StartsWith(report.At.SourceText!.TrimEnd('.'), text, StringComparison.Ordinal);
            Assert.All(report.Events, happened =>
                Assert.True(happened is { Label.Length: > 0, Text.Length: > 0, Instruction: not null, SourceText: not null },
                $"{happened}"));
        }

        // All of it.
        Assert.False(error.IsLogCut);
        Assert.Contains("\nprocessed ", error.Log, StringComparison.Ordinal);
        Assert.Equal(cause == VerifierCause.HelperNotAllowed, error.HelperTypes.Count > 0);
    }

    [Theory]
    [InlineData("combined_stack", VerifierCause.StackTooDeep, "combined stack size of 2 calls is ")]
    [InlineData("unreachable", VerifierCause.DeadCode, "unreachable insn ")]
    public void A_refusal_before_or_after_the_walk_has_a_reason_and_a_hint(string program, VerifierCause cause, string reason)
    {
        var error = Refusal(program, "rejections");

        Assert.Equal((program, cause), (error.Program, error.Cause));
        Assert.StartsWith(reason, error.Reason, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
        Assert.Empty(error.Path);
        // The log has no line. Where it names an instruction, the object has one.
        Assert.Equal(error.Instruction is null ? null : Fault(program, "rejections").Text, error.SourceText);
        Assert.Equal(error.Instruction is null ? null : Fault(program, "rejections").Line, error.SourceLine);
    }

    [Fact]
    public void The_lines_that_the_object_has_are_those_that_the_kernel_says()
    {
        Live.RequireLinux("6.10");
        var error = Refusal("negative_index", "rejections");
        using var file = ObjectFile.Open(Repository.TestProgram("rejections"), "rejections", null);
        var lines = file.ReadLineInfo();

        // The compiler made one instruction for no line; the kernel and we say the line before it.
        Assert.All(error.Path, step => Assert.Equal((step.SourceFile, step.SourceLine, step.SourceText),
            lines.Find("negative_index", step.Index) is { } line ? (line.File, line.Number, line.Text) : default));
        Assert.Null(lines.Find("negative_index", 10_000));
        Assert.Equal(error.SourceLine, lines.Find(error.SourceText!)?.Number);
        Assert.Null(lines.Find("return 0;"));
    }

    [AbsenceFact(Since = "7.3")]
    public void A_kernel_before_7_3_has_no_report()
    {
        Live.RequireLinuxBefore("7.3");

        Assert.Null(Refusal("negative_index", "rejections").Report);
    }

    [GuestFact]
    public void The_kernels_own_report_comes_along_since_Linux_7_3()
    {
        Live.RequireLinux("7.3");
        var error = Refusal("negative_index", "rejections");

        Assert.Equal(("Register Type Safety", "Pointer offset is not safe"), (error.Report!.Category, error.Report.Problem));
        Assert.Equal("Clamp or bounds-check the scalar offset before applying it to the pointer.", error.Report.Suggestion);
        // The lookup, and the two comparisons of the line after it.
        Assert.Equal(["update", "branch", "branch"], error.Report.Events.Select(happened => happened.Label));
        Assert.Equal([8, 9, 10], error.Report.Events.Select(happened => happened.Instruction!.Index));
        Assert.All(error.Report.Events, happened => Assert.Contains(error.Path, step =>
            (step.Index, step.Text, step.SourceLine, step.SourceText) == (happened.Instruction!.Index, happened.Instruction.Text,
                happened.SourceLine, happened.SourceText)));
    }

    [Fact]
    public void A_log_that_the_kernel_cut_is_fetched_again_whole()
    {
        var error = Refusal("long_loop", "rejections");

        Assert.Equal((VerifierCause.LoopTooLong, BpfErrno.E2BIG, false), (error.Cause, error.Errno, error.IsLogCut));
        Assert.StartsWith("BPF program is too large. Processed 1000001 insn", error.Reason, StringComparison.Ordinal);
        Assert.Equal(Fault("long_loop", "rejections").Text, error.SourceText);
        // From the first instruction to the last.
        Assert.True(error.Log.Length > 16 << 20, $"{error.Log.Length}");
        Assert.StartsWith("0: R1=ctx(", error.Log.Replace("func#0 @0\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("\nprocessed 1000001 insns", error.Log, StringComparison.Ordinal);
        Assert.Equal(1_000_000, error.Path.Count);
        Assert.Equal([0, 1, 2, 3, 4, 5, 2], error.Path.Take(7).Select(step => step.Index));
    }

    [Fact]
    public void The_types_that_have_a_helper_are_those_whose_programs_may_call_it()
    {
        // In the kernel's source, xdp_func_proto() alone has it. A program of that type that calls it loads.
        Assert.Equal(["xdp"], Refusal("wrong_helper", "rejections").HelperTypes);
        using var allowed = BpfObjectStarter.Start(Repository.TestProgram("rejections"),
            new BpfStartOptions { Programs = ["allowed_helper"], Attach = false });
        Assert.Equal("xdp", allowed.Programs.Single().Type);
    }

    [Fact]
    public void The_path_has_the_branches_as_they_went()
    {
        var steps = Refusal("negative_index", "rejections").Path;

        Assert.Equal([false, false], steps.Where(step => step.Branch is not null).Select(step => step.Branch!.Value));
        Assert.Equal(steps.Select(step => step.Index).Order(), steps.Select(step => step.Index));
    }

    [Fact]
    public void The_path_is_the_same_whether_the_log_shows_only_it_or_the_whole_walk()
    {
        var error = Refusal("branches", "branches");
        // bpftool's -d asks for the log with everything that the verifier walked.
        var all = Command.Run("bpftool", "-d", "prog", "load", Repository.TestProgram("branches"),
            $"{BpfFileSystem.Root}/bpfps-never").Error;
        var log = string.Join('\n',
            all.Split('\n').SkipWhile(line => !line.Contains("BEGIN PROG LOAD LOG", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.Contains("END PROG LOAD LOG", StringComparison.Ordinal)));
        var whole = VerifierLog.Parse(log);

        Assert.True(log.Length > error.Log.Length, "the walk is longer than the path");
        Assert.Contains("from ", log, StringComparison.Ordinal);
        Assert.Equal((error.Reason, error.Cause, error.Register, error.Instruction?.Index),
            (whole.Reason, whole.Cause, whole.Register, whole.Instruction?.Index));
        Assert.Equal(Fault("branches", "branches").Text, whole.SourceText);
        Assert.Equal(error.Path.Select(step => (step.Index, step.Branch)), whole.Path.Select(step => (step.Index, step.Branch)));
        Assert.Equal(error.Registers.Single(entry => entry.Name == error.Register).Type,
            whole.Registers.Single(entry => entry.Name == error.Register).Type);
    }

    private static BpfVerifierException Refusal(string program, string source)
    {
        Live.Require();
        if (program is "unchecked_argument" or "wrong_kernel_function" or "rcu_held")
        {
            Live.RequireLinux("6.2"); // bpf_task_from_pid, bpf_rcu_read_lock
        }
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfVerifierException>(() =>
            BpfObjectStarter.Start(Repository.TestProgram(source), new BpfStartOptions { Programs = [program], Attach = false }));
        Assert.Empty(NothingLeft.Leftovers(before));
        return error;
    }

    private static (string Text, int Line) Fault(string program, string source)
    {
        var lines = File.ReadAllLines(Repository.TestSource(source));
        var index = Array.FindIndex(lines, line => line.EndsWith($"/* {program} */", StringComparison.Ordinal));
        return (lines[index].Trim(), index + 1);
    }
}
