using System.Text.RegularExpressions;

namespace BpfPS.Module.Tests.Event;

/// <summary>Watch-BpfEvent and Register-BpfEvent of tracepoints and system calls, beside strace and what this process does.</summary>
public sealed partial class WatchProbeTests : KernelTest
{
    private const string Seeks = "Watch-BpfEvent -Syscall lseek -Filter { $_.fd -eq 5000002 } ";

    [Fact]
    public void A_call_has_its_arguments_by_name_and_its_result()
    {
        var call = Watched($"{Seeks} -First 1", () => Seek.Call(-77)).Only;

        Assert.Equal("lseek", call.Get("probe")!.ToString());
        Assert.Equal((uint)Environment.ProcessId, call.Get("pid"));
        Assert.Equal(-77L, Convert.ToInt64(call.Get("offset"), null));
        Assert.Equal("SEEK_SET", call.Get("whence")!.ToString());
        Assert.Equal("EBADF", call.Get("error")!.ToString());
        Assert.Equal(-9L, call.Get("ret"));
        Assert.InRange(call.Get<TimeSpan>("duration"), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(call.Get<DateTime>("time"), DateTime.Now.AddSeconds(-30), DateTime.Now.AddSeconds(1));
    }

    [Fact]
    public void Strace_sees_the_same_files_opened_with_the_same_errors()
    {
        Machine.RequireProgram("strace");
        using var folder = new TemporaryFolder();
        var log = $"{folder.Path}/strace";

        var ours = Run($"Watch-BpfEvent -Syscall openat -Command cat -CommandLine strace, -f, -o, {log}, -e, trace=openat, cat, "
            + "/absent/file, /dev/null").Succeeded().Output.Where(one => one.Get<string>("comm") == "cat").ToArray();

        var told = File.ReadLines(log).Select(line => Opened().Match(line)).Where(match => match.Success)
            .Select(match => $"{match.Groups[1].Value} {(match.Groups[2].Success ? match.Groups[2].Value : "Success")}").ToArray();
        Assert.Contains("/absent/file ENOENT", told);
        Assert.Equal(told, ours.Select(one => $"{one.Get("filename")} {one.Get("error")}"));
    }

    [Fact]
    public void Only_the_properties_that_are_named_are_there()
    {
        var call = Watched($"{Seeks} -Property offset, @{{ Name = 'twice'; Expression = {{ $_.offset * 2 }} }} -First 1",
            () => Seek.Call(5)).Only;

        Assert.Equal(["offset", "twice"], call.Properties.Select(property => property.Name));
        Assert.Equal(5L, Convert.ToInt64(call.Get("offset"), null));
    }

    [Fact]
    public void What_a_filter_decides_where_is_said_and_both_parts_hold()
    {
        const string filter = "-Filter { $_.fd -eq 5000002 -and $_.offset -gt 0 -and $_.comm.Length -gt 0 }";

        var outcome = Watched($"Watch-BpfEvent -Syscall lseek {filter} -First 2 -Verbose", () => Seek.Call(-5, 6, 0, 7)).Succeeded();

        Assert.Equal([6L, 7L], outcome.Output.Select(one => Convert.ToInt64(one.Get("offset"), null)));
        var said = Assert.Single(outcome.Verbose, line => line.StartsWith("Tracing", StringComparison.Ordinal));
        Assert.Contains("Filtered in the kernel: $_.fd -eq 5000002 -and $_.offset -gt 0.", said, StringComparison.Ordinal);
        Assert.Contains("Filtered on the bytes: $_.comm.Length -gt 0, because", said, StringComparison.Ordinal);

        Session.Host.Clear();
        Assert.Empty(Run($"Watch-BpfEvent -Syscall lseek {filter} -WhatIf").Succeeded().Output);
        Assert.Contains(Session.Host.Lines, line => line.Contains("Filtered in the kernel: $_.fd -eq 5000002", StringComparison.Ordinal));
        NothingIsLeft();
    }

    [Fact]
    public void Other_processes_are_left_out()
    {
        var calls = Watched($"{Seeks} -ProcessId 1 -Duration 1s -StatisticsVariable all", () => Seek.Call(1, 2, 3)).Succeeded().Output;

        Assert.Empty(calls);
        Assert.Equal(3, Watched($"{Seeks} -ProcessId $PID -First 3", () => Seek.Call(1, 2, 3)).Succeeded().Output.Count);
    }

    [Fact]
    public void Events_of_several_probes_have_the_members_of_their_own()
    {
        var events = Run("Watch-BpfEvent -Tracepoint 'sched:sched_process_e*' -Syscall mkdirat, mkdir -CommandLine mkdir, /dev/null/x")
            .Succeeded().Output;

        var made = events.Where(one => one.Get("probe")!.ToString()!.StartsWith("mkdir", StringComparison.Ordinal)).ToArray();
        Assert.All(made, one => Assert.Equal("ENOTDIR", one.Get("error")!.ToString()));
        Assert.NotEmpty(made);
        var execed = Assert.Single(events, one => one.Get("probe")!.ToString() == "sched_process_exec");
        Assert.EndsWith("/mkdir", execed.Get<string>("filename"), StringComparison.Ordinal);
        Assert.Null(execed.Properties["error"]);
        Assert.Single(events, one => one.Get("probe")!.ToString() == "sched_process_exit");
    }

    [Fact]
    public void At_most_so_many_events_a_second_come_and_the_others_are_counted()
    {
        var outcome = Watched($"{Seeks} -MaxRate 20 -Duration 2s -StatisticsVariable all", () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                Seek.Call(i);
            }
        }).Succeeded();

        Assert.InRange(outcome.Output.Count, 1, 60);
        var statistics = Run("$all").Only;
        Assert.Equal(1000UL, statistics.Get<ulong>("Delivered") + statistics.Get<ulong>("LeftOut"));
    }

    [Fact]
    public void An_action_runs_for_calls()
    {
        Run("$global:seen = [Collections.Generic.List[object]]::new(); $null = Register-BpfEvent -Syscall lseek -SourceIdentifier seeks "
            + "-Filter { $_.fd -eq 5000002 } -Action { $global:seen.Add($_.offset) }").Succeeded();
        Seek.Call(11, 12, 13);

        Run("for ($i = 0; $i -lt 100 -and $seen.Count -lt 3; $i++) { Wait-Event none -Timeout 0.1 }").Succeeded();

        Assert.Equal([11L, 12L, 13L], Run("$seen").Succeeded().Output.Select(one => Convert.ToInt64(one.BaseObject, null)));
        Run("Unregister-Event seeks; Get-Job | Remove-Job -Force").Succeeded();
        NothingIsLeft();
    }

    [Theory]
    [InlineData("-Syscall opena", "There is no system call 'opena' here", "openat")]
    [InlineData("-Tracepoint sched:sched_swich", "There is no tracepoint 'sched:sched_swich' here", "sched:sched_switch")]
    [InlineData("-Syscall zzz*", "no system call whose name matches 'zzz*'", "Get-BpfProbe")]
    public void A_name_that_is_not_there_is_an_error_with_the_similar_ones(string probe, string message, string near)
    {
        var error = Run($"Watch-BpfEvent {probe} -First 1").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);

        Assert.Contains(message, error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(near, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("-Property comm, filnam")]
    [InlineData("-Filter { $_.filnam -eq 'x' }")]
    public void A_member_that_is_not_there_is_an_error_with_the_similar_ones(string parameters)
    {
        var error = Run($"Watch-BpfEvent -Syscall openat -First 1 {parameters}").FailedWith("BpfInvalidArgument",
            ErrorCategory.InvalidArgument);

        Assert.Contains("there is no member 'filnam'", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("filename", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("Watch-BpfEvent -Syscall opena", "openat")]
    [InlineData("Measure-BpfEvent -Tracepoint sched:sched_sw", "'sched:sched_switch'")]
    [InlineData("Register-BpfEvent -Syscall opena", "openat2")]
    public void Tab_completes_the_names_of_probes(string line, string expected) =>
        Assert.Contains(expected, Session.Complete(line).Select(one => one.CompletionText));

    /// <summary>Runs a script that reads events, does something when it is attached, and waits for its end.</summary>
    private Outcome Watched(string script, Action work)
    {
        using var running = Session.Start(script);
        var links = 0;
        running.Await(() =>
        {
            var before = links;
            links = NewInTheKernel.Count(one => one.StartsWith("link ", StringComparison.Ordinal));
            Thread.Sleep(200); // its other programs follow
            return links > 0 && links == before;
        }, "it was attached");
        work();
        return running.Finish();
    }

    [GeneratedRegex("""openat\(.*"(.*)",.* = -?\d+(?: ([A-Z]+))?""")]
    private static partial Regex Opened();
}
