using BpfPS.Verifier;

namespace BpfPS.Core.Tests.Verifier;

/// <summary>The report in sections that kernels write since Linux 7.3.</summary>
public class VerifierReportTests
{
    [Fact]
    public void The_report_is_read_beside_the_log()
    {
        var log = VerifierLogFile.Parse("report_map_value");
        var report = log.Report!;

        // Scripts that look for the kernel's old words go on working.
        Assert.Equal("R0 invalid mem access 'map_value_or_null'", log.Reason);
        Assert.Equal((VerifierCause.UncheckedMapValue, "R0"), (log.Cause, log.Register));
        Assert.Equal(("Register Type Safety", "Invalid dereference"), (report.Category, report.Problem));
        Assert.Equal("R0 may be NULL here (a nullable map value pointer). The program could dereference NULL on this path, so the verifier cannot prove this access is safe.", report.Reason);
        Assert.Equal("Add a NULL check and dereference the pointer only on the non-NULL path.", report.Suggestion);
        Assert.Equal(("rejections.bpf.c", 94, "*count += 1; /* unchecked_map_value */"), (log.SourceFile, log.SourceLine, log.SourceText));
        Assert.Equal("7: (79) r1 = *(u64 *)(r0 +0)", log.Instruction?.ToString());
    }

    [Fact]
    public void Its_events_are_in_order_with_their_places()
    {
        var report = VerifierLogFile.Parse("report_map_value").Report!;

        Assert.Equal(new VerifierEvent("error", "invalid dereference of R0 (a nullable map value pointer)", new VerifierInstruction(7, "(79) r1 = *(u64 *)(r0 +0)"),
            "unchecked_map_value", "rejections.bpf.c", 94, "*count += 1; /* unchecked_map_value */"), report.At);
        Assert.Equal(
        [
            new VerifierEvent("branch", "took the false branch of this conditional, goto not followed", new VerifierInstruction(1, "(15) if r1 == 0x0 goto pc+3"),
                "unchecked_map_value", "rejections.bpf.c", 90, "int unchecked_map_value(struct __sk_buff *packet)"),
            new VerifierEvent("update", "R0 changed from uninitialized value to nullable map value from counts at offset 0", new VerifierInstruction(6, "(85) call bpf_map_lookup_elem#1"),
                "unchecked_map_value", "rejections.bpf.c", 92, "__u64 *count = bpf_map_lookup_elem(&counts, &key);"),
        ], report.Events);
    }

    [Fact]
    public void Rows_of_source_and_instructions_may_stand_side_by_side()
    {
        var log = VerifierLogFile.Parse("report_beside");

        Assert.Equal(new VerifierEvent("error", "invalid dereference of R1 (mem_or_null)", new VerifierInstruction(6, "(79) r0 = *(u64 *)(r1 +0)"),
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
        var report = VerifierLog.Parse("R0 !read_ok\n\nReason:\n  R0 has never\n  been initialized.\n\nSuggestion:\n  Initialize R0.\n").Report!;

        Assert.Equal(("", "R0 has never been initialized.", "Initialize R0."), (report.Category, report.Reason, report.Suggestion));
    }

    [Fact]
    public void A_log_without_a_report_has_none() => Assert.Null(VerifierLogFile.Parse("packet_bounds").Report);

    [Fact]
    public void A_report_cut_anywhere_is_no_error()
    {
        var text = VerifierLogFile.Read("report_map_value");
        for (var length = 0; length <= text.Length; length++)
        {
            Assert.NotNull(VerifierLog.Parse(text[..length]).Path);
            Assert.NotNull(VerifierLog.Parse(text[length..]).Path);
        }
    }
}
