using System.Text.RegularExpressions;

namespace BpfPS.Module.Tests.Module;

/// <summary>Where nothing comes, a person is told what is waited for; a pipe is not.</summary>
public sealed class SilenceTests : KernelTest
{
    [Fact]
    public void Watching_a_tool_that_sends_nothing_as_it_was_started_says_how_to_start_it()
    {
        var outcome = Run("Watch-BpfEvent runqlat -Duration 10ms").Succeeded();

        var warning = Assert.Single(outcome.Warnings);
        Assert.Contains("runqlat sends no events as long as its variable threshold_ns is 0.", warning);
        var advised = Regex.Match(warning, @"-Variable @\{[^}]+\}");
        // What it says to do is what helps.
        Assert.Empty(Run($"Watch-BpfEvent runqlat {advised.Value} -Duration 10ms").Succeeded().Warnings);
    }

    [Theory]
    [InlineData("$o | Watch-BpfEvent -Duration 10ms")]
    [InlineData("Watch-BpfEvent -Id ($o.Maps | Where-Object Name -eq events).Id -Duration 10ms")]
    public void So_does_watching_what_is_running_already(string watch)
    {
        Given("$o = Start-BpfProgram runqlat");

        Assert.Contains("threshold_ns", Assert.Single(Run(watch).Succeeded().Warnings));
    }

    [Fact]
    public void What_is_waited_for_is_shown_after_a_while_and_taken_away_with_the_first_event()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using var watching = Session.Start("$o | Watch-BpfEvent -First 2");

        watching.Await(() => watching.Progress.Count > 0, "what is waited for was shown");
        var shown = Assert.Single(watching.Progress);
        Assert.Equal("No events yet from burst; 0 lost", shown.StatusDescription);
        Producer.Call();
        watching.AwaitOutput();
        watching.Await(() => watching.Progress.Count > 1, "it was taken away");
        Assert.Equal(ProgressRecordType.Completed, watching.Progress[1].RecordType);
        Producer.Call();
        watching.Finish().Succeeded();

        Assert.Equal(2, watching.Progress.Count);
    }

    [Fact]
    public void With_a_filter_it_says_that_no_event_passed_it_and_nothing_stays_shown_at_the_end()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using var watching = Session.Start("$o | Watch-BpfEvent -Filter { $_.pid -eq 0 } -Duration 1500ms");

        watching.Finish().Succeeded();

        Assert.Equal(["No event that the filter accepts yet from burst; 0 lost", "Done"],
            watching.Progress.Select(shown => shown.StatusDescription));
        Assert.Equal(ProgressRecordType.Completed, watching.Progress[1].RecordType);
    }

    [Fact]
    public void Events_that_come_at_once_show_no_progress()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 3);
        using var watching = Session.Start("$o | Watch-BpfEvent -First 3");

        watching.Finish().Succeeded();

        Assert.Empty(watching.Progress);
    }

    [Fact]
    public void Messages_and_changes_that_do_not_come_and_long_measurements_are_shown_too()
    {
        Given("$map = New-BpfMap still -KeyType u32 -ValueType u32; $o = Start-BpfProgram $burst");
        foreach (var (script, text) in new[]
        {
            ("Watch-BpfTraceLog -Duration 1500ms", "No messages yet"),
            ("$map | Watch-BpfMap -Interval 800ms -Duration 2500ms", "No changes yet in still"),
            ("$o | Measure-BpfProgram -Duration 2100ms", "1 program"),
        })
        {
            using var running = Session.Start(script);
            running.Finish().Succeeded();
            Assert.Equal(text, running.Progress[0].StatusDescription);
            Assert.Equal(ProgressRecordType.Completed, running.Progress[^1].RecordType);
        }
    }

    [Fact]
    public void A_compiler_that_takes_long_is_shown()
    {
        RequireCompiler();
        using var folder = new TemporaryFolder();
        // It asks the real one, later: a machine can be fast.
        var slow = folder.Write("clang", $"#!/bin/sh\nsleep 1.3\nexec {Machine.FindClang()} \"$@\"\n");
        Command.Output("chmod", "755", slow);
        var source = folder.Write("slow.bpf.c", "char LICENSE[] __attribute__((section(\"license\"), used)) = \"GPL\";\n");
        using var building = Session.Start($"Build-BpfProgram {source} -Compiler {slow}");

        building.Finish().Succeeded();

        Assert.Equal(source, building.Progress[0].StatusDescription);
        Assert.Equal(ProgressRecordType.Completed, building.Progress[^1].RecordType);
    }

    [Fact]
    public void The_sum_of_nothing_says_how_long_nothing_came_and_one_event_is_one()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");

        var none = Assert.Single(Run("$o | Watch-BpfEvent -Duration 300ms -Verbose").Verbose, IsSum);
        Producer.Call();
        var one = Assert.Single(Run("$o | Watch-BpfEvent -First 1 -Verbose").Verbose, IsSum);

        var seconds = Regex.Match(none, @"^events: no events in (\d+\.\d{3}) s; 0 lost\. 0 events produced: ");
        Assert.True(seconds.Success, none);
        Assert.InRange(double.Parse(seconds.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), 0.3, 20);
        Assert.StartsWith("events: 1 event in 0.000 s, the first after ", one);

        static bool IsSum(string message) => message.StartsWith("events: ", StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_pipe_nothing_of_it_is_seen()
    {
        var result = Shell.Run($"Start-BpfProgram {Repository.TestProgram("burst")} | Watch-BpfEvent -Duration 1500ms").Succeeded();

        Assert.Empty(result.Output.Trim());
    }
}
