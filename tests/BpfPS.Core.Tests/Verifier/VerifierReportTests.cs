using BpfPS.Verifier;

namespace BpfPS.Core.Tests.Verifier;

/// <summary>
/// The report in sections that kernels write since Linux 7.3: those that one wrote, and forms that none was heard to use.
/// </summary>
public class VerifierReportTests
{
    // What Linux 7.3 said, each time with a report.
    [Theory]
    [InlineData("unchecked_map_value", VerifierCause.UncheckedMapValue, "Register Type Safety", "Invalid dereference",
        "invalid dereference of R0 (a nullable map value pointer)", "R0")]
    [InlineData("unchecked_reservation", VerifierCause.UncheckedPointer, "Register Type Safety", "Invalid dereference",
        "invalid dereference of R0 (a nullable memory pointer)", "R0")]
    [InlineData("unchecked_argument", VerifierCause.UncheckedPointer, "Call Type Safety", "Invalid call argument",
        "invalid first argument (R1) for bpf_task_release", "R1")]
    [InlineData("recursion", VerifierCause.Recursion, "Program Structure", "Recursive subprogram call", "recursive subprogram call", null)]
    [InlineData("packet_bounds", VerifierCause.PacketBounds, "Memory Safety", "Access outside bounds",
        "access may be outside object bounds", "R1")]
    [InlineData("map_value_bounds", VerifierCause.MapValueBounds, "Memory Safety", "Access outside bounds",
        "access may be outside object bounds", "R0")]
    [InlineData("map_value_index", VerifierCause.MapValueBounds, "Memory Safety", "Access outside bounds",
        "access may be outside object bounds", "R7")]
    [InlineData("negative_index", VerifierCause.UnboundedOffset, "Register Type Safety", "Pointer offset is not safe",
        "pointer offset is not safe", "R1")]
    [InlineData("pointer_offset", VerifierCause.UnboundedOffset, "Register Type Safety", "Pointer offset is not safe",
        "pointer offset is not safe", "R0")]
    [InlineData("pointer_arithmetic", VerifierCause.PointerArithmetic, "Register Type Safety", "Invalid pointer arithmetic operator", null,
        "R0")]
    [InlineData("unwritten_register", VerifierCause.UninitializedRegister, "Register Type Safety", "Unreadable register", null, "R7")]
    [InlineData("number_as_pointer", VerifierCause.NotAPointer, "Register Type Safety", "Invalid dereference", null, "R1")]
    [InlineData("wrong_helper", VerifierCause.HelperNotAllowed, "Policy", "Operation is not allowed", null, null)]
    [InlineData("wrong_kernel_function", VerifierCause.KernelFunctionNotAllowed, "Policy", "Operation is not allowed", null, null)]
    [InlineData("licence", VerifierCause.LicenseNotGpl, "Policy", "Operation is not allowed", null, null)]
    [InlineData("wrong_argument", VerifierCause.ArgumentType, "Call Type Safety", "Invalid call argument",
        "invalid first argument (R1) for bpf_map_lookup_elem", "R1")]
    [InlineData("unreleased", VerifierCause.ReferenceLeak, "Resource Lifetime Safety", "Unreleased resource",
        "owned resource (id=2) still needs release", null)]
    [InlineData("lock_held", VerifierCause.LockHeld, "Execution Context Safety", "Operation is not allowed in this context", null, null)]
    [InlineData("rcu_held", VerifierCause.LockHeld, "Execution Context Safety", "Operation is not allowed in this context", null, null)]
    [InlineData("sleeps", VerifierCause.MaySleep, "Execution Context Safety", "Operation is not allowed in this context",
        "sleepable helper bpf_copy_from_user#148 is not allowed in non-sleepable program", null)]
    [InlineData("unreachable", VerifierCause.DeadCode, "Program Structure", "Unreachable instruction", null, null)]
    [InlineData("global_function", VerifierCause.UncheckedPointer, "Register Type Safety", "Invalid dereference",
        "invalid dereference of R1 (a nullable memory pointer)", "R1")]
    [InlineData("branches", VerifierCause.UncheckedMapValue, "Register Type Safety", "Invalid dereference",
        "invalid dereference of R6 (a nullable map value pointer)", "R6")]
    public void The_report_is_read_beside_the_log(string program, VerifierCause cause, string category, string problem, string? happened,
        string? register)
    {
        var log = VerifierLogFile.Parse($"7.3/{program}");
        var report = log.Report!;

        Assert.Equal((cause, register), (log.Cause, log.Register));
        Assert.Equal((category, problem), (report.Category, report.Problem));
        Assert.All([report.Reason, report.Suggestion], text => Assert.EndsWith(".", text, StringComparison.Ordinal));
        Assert.Equal((log.Instruction, log.SourceFile, log.SourceLine),
            (report.At!.Instruction, report.At.SourceFile, report.At.SourceLine));
        Assert.Equal(("error", happened ?? report.At.Text), (report.At.Label, report.At.Text));
        // Scripts that look for the kernel's old words go on working.
        Assert.DoesNotContain(log.Messages, message => message.StartsWith("Verification failed", StringComparison.Ordinal));
        Assert.Equal(log.Messages[^1], log.Reason);
    }

    [Fact]
    public void Every_log_of_Linux_7_3_has_its_report_read_if_it_has_one() =>
        Assert.All(VerifierLogFile.Names.Where(name => name.StartsWith("7.3/", StringComparison.Ordinal)), name =>
        Assert.Equal((name, VerifierLogFile.Read(name).Contains("Verification failed:", StringComparison.Ordinal)),
            (name, VerifierLogFile.Parse(name).Report is not null)));

    [Fact]
    public void What_the_verifier_says_behind_the_report_is_the_last_of_its_messages()
    {
        var log = VerifierLogFile.Parse("7.3/unreleased");

        Assert.Equal(["Unreleased reference id=2 alloc_insn=5", "BPF_EXIT instruction in main prog would lead to reference leak"],
            log.Messages);
        Assert.Equal("Release or transfer ownership of the acquired resource on every path before the program exits.",
            log.Report!.Suggestion);
    }

    [Fact]
    public void A_refusal_before_the_walk_has_its_place_from_the_report()
    {
        var log = VerifierLogFile.Parse("7.3/recursion");

        Assert.Equal("recursive call from again() to again()", log.Reason);
        Assert.Equal(("rejections.bpf.c", 154, "result = again(depth - 1); /* recursion */", "6: (85) call pc-4"),
            (log.SourceFile, log.SourceLine, log.SourceText, log.Instruction?.ToString()));
        Assert.Equal("again", log.Report!.At!.Function);
        Assert.Empty(log.Report.Events);
        Assert.Empty(log.Path);
    }

    [Fact]
    public void Its_events_are_in_order_with_their_places()
    {
        var report = VerifierLogFile.Parse("7.3/unreleased").Report!;

        Assert.Equal(new VerifierEvent("error", "owned resource (id=2) still needs release", new VerifierInstruction(9, "(95) exit"),
            "unreleased", "rejections.bpf.c", 300, "int BPF_PROG(unreleased, struct pt_regs *regs, long call) /* unreleased */"),
                report.At);
        Assert.Equal(
        [
            new VerifierEvent("acquired", "owned resource (id=2)", new VerifierInstruction(5, "(85) call bpf_ringbuf_reserve#131"),
                "unreleased", "rejections.bpf.c", 302, "__u64 *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);"),
            new VerifierEvent("branch", "took the false branch of this conditional, goto not followed",
                new VerifierInstruction(6, "(15) if r0 == 0x0 goto pc+1"),
                "unreleased", "rejections.bpf.c", 304, "if (record)"),
        ], report.Events);
    }

    [Fact]
    public void A_long_note_is_read_over_its_lines_and_a_long_line_as_the_kernel_cut_it()
    {
        var report = VerifierLogFile.Parse("7.3/branches").Report!;

        Assert.Equal("R0 changed from uninitialized value to nullable map value from counts at offset 0", report.Events[0].Text);
        Assert.Equal(["branches", "branches", "weigh", "branches", "branches"], report.Events.Select(happened => happened.Function));
        Assert.Equal("asm volatile (\"%0 += %1\" : \"+r\"(data) : \"r\"(far)); /* pointer_offse...",
            VerifierLogFile.Parse("7.3/pointer_offset").Report!.At!.SourceText);
    }

    [Fact]
    public void Rows_of_source_and_instructions_may_stand_side_by_side()
    {
        var log = VerifierLogFile.Parse("report_beside");

        Assert.Equal(new VerifierEvent("error", "invalid dereference of R1 (mem_or_null)",
            new VerifierInstruction(6, "(79) r0 = *(u64 *)(r1 +0)"),
            "global_reads", "odd name.c", 421, "return *value;"), log.Report!.At);
        Assert.Empty(log.Report.Events);
        Assert.Equal(("odd name.c", 421), (log.SourceFile, log.SourceLine));
    }

    [Fact]
    public void A_report_alone_is_enough_and_sections_of_the_future_do_no_harm()
    {
        var log = VerifierLogFile.Parse("report_alone");

        Assert.Equal(("The moon is full.", VerifierCause.Unknown, "Wait."), (log.Reason, log.Cause, log.Hint));
        Assert.Equal("2: (95) exit", log.Instruction?.ToString());
        Assert.Empty(log.Report!.Events);
    }

    [Fact]
    public void Without_its_heading_the_report_begins_with_the_reason()
    {
        var report = VerifierLog.Parse("R0 !read_ok\n\nReason:\n  R0 has never\n"
            + "  been initialized.\n\nSuggestion:\n  Initialize R0.\n").Report!;

        Assert.Equal(("", "R0 has never been initialized.", "Initialize R0."), (report.Category, report.Reason, report.Suggestion));
    }

    [Fact]
    public void A_log_without_a_report_has_none() => Assert.Null(VerifierLogFile.Parse("packet_bounds").Report);

    [Fact]
    public void A_report_cut_anywhere_is_no_error()
    {
        var text = VerifierLogFile.Read("7.3/unreleased");
        for (var length = 0; length <= text.Length; length++)
        {
            Assert.NotNull(VerifierLog.Parse(text[..length]).Path);
            Assert.NotNull(VerifierLog.Parse(text[length..]).Path);
        }
    }
}
