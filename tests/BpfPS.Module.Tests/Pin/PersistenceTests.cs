namespace BpfPS.Module.Tests.Pin;

/// <summary>
/// What is pinned is there for the next process. bpffs is the test's own, so that its names are free and nothing survives a
/// failure.
/// </summary>
public sealed class PersistenceTests : KernelTest
{
    private const string OwnPins = "mount -t bpf bpf /sys/fs/bpf || exit 9";

    // Waits until a script block gives something true.
    private const string Await = """
        function Await($what, $condition) {
            $clock = [Diagnostics.Stopwatch]::StartNew()
            while (-not (& $condition)) { if ($clock.Elapsed.TotalSeconds -gt 30) { throw "After 30 s still not: $what" } }
        }

        """;

    public PersistenceTests() => Machine.RequireProgram("unshare");

    [Fact]
    public void A_second_process_reads_the_pinned_map_watches_the_pinned_stream_and_stops_both()
    {
        var result = RunWithOwnPins(Await +
            """
            $o = Start-BpfProgram runqlat -Pin -Variable @{ threshold_ns = 1000 }
            "1 $($o.PinPath)"
            Await 'a wait was counted' { Get-BpfMapEntry -Path runqlat/hist }
            """,
            """
            "2 $(@(Get-BpfObject).Count)"
            $entries = @(Get-BpfMap -Path /sys/fs/bpf/runqlat/hist | Get-BpfMapEntry)
            $entry = $entries[0]
            "3 $($entries.Count -gt 0) $($entry.GetType().FullName) $($entry.from.GetType().Name) $($entry.count.GetType().Name)"
            $event = Watch-BpfEvent -Path /sys/fs/bpf/runqlat -First 1 -Duration 10s
            $waited = $event.wait -ge [TimeSpan]::FromMicroseconds(1)
            $types = "$($event.GetType().FullName) $($event.time.GetType().Name) $($event.wait.GetType().Name)"
            "4 $types $waited $($event.comm.Length -gt 0)"
            $stacks = @(Get-BpfMapEntry -Path runqlat/threads -ErrorAction Stop).Count
            "5 $($stacks -gt 0)"
            Stop-BpfProgram -Path /sys/fs/bpf/runqlat
            "6 $(@(Get-BpfPin).Count) $([IO.Directory]::Exists('/sys/fs/bpf/runqlat'))"
            """).Succeeded();

        Assert.Equal(
            [
                "1 /sys/fs/bpf/runqlat",
                "2 0",
                "3 True BpfPS.Entries.runqlat_bucket.runqlat_count TimeSpan UInt64",
                "4 BpfPS.Events.runqlat_event DateTime TimeSpan True True",
                "5 True",
                "6 0 False",
            ], result.Lines);
        NothingIsLeft();
    }

    [Fact]
    public void What_is_pinned_goes_on_counting_while_no_process_holds_it()
    {
        // The one that started it has ended before the others look.
        var result = RunWithOwnPins(
            "$null = Start-BpfProgram runqlat -Pin",
            Await + """
            function Sum { $sum = 0; Get-BpfMapEntry -Path runqlat/hist | ForEach-Object { $sum += $_.count }; $sum }
            $first = Sum
            Await 'more was counted' { (Sum) -gt $first }
            'more'
            """,
            "Stop-BpfProgram -Path runqlat").Succeeded();

        Assert.Equal(["more"], result.Lines);
    }

    [Fact]
    public void Stacks_of_a_pinned_stream_are_named_in_a_second_process()
    {
        var result = RunWithOwnPins(
            "$null = Start-BpfProgram runqlat -Pin -Variable @{ threshold_ns = 1000 }",
            """
            $event = Watch-BpfEvent -Path runqlat -Filter { $_.waker_stack -ge 0 } -First 1 -Duration 10s
            $stack = $event | Get-BpfStack
            "$($stack.Kind) $($stack.Frames.Count -gt 0)"
            Stop-BpfProgram -Path runqlat
            """).Succeeded();

        Assert.Equal(["Kernel True"], result.Lines);
    }

    [Fact]
    public void Starting_what_is_pinned_already_is_one_error_that_says_how_to_stop_it()
    {
        var result = RunWithOwnPins(
            "$null = Start-BpfProgram runqlat -Pin",
            "try { Start-BpfProgram runqlat -Pin -ErrorAction Stop } catch { $_.FullyQualifiedErrorId -replace ',.*'; "
                + "$_.ErrorDetails.RecommendedAction }; @(Get-BpfPin).Count",
            "Stop-BpfProgram -Path runqlat").Succeeded();

        Assert.Equal("BpfAlreadyExists", result.Lines[0]);
        Assert.Contains("Stop-BpfProgram -Path /sys/fs/bpf/runqlat", result.Lines[1]);
        Assert.Equal("9", result.Lines[2]); // four programs, and five maps with that of targets
    }

    [Theory]
    [InlineData("execsnoop")]
    [InlineData("profile")]
    [InlineData("runqlat")]
    public void Every_tool_can_be_pinned_and_stopped_by_another_process(string tool)
    {
        var result = RunWithOwnPins(
            $"$null = Start-BpfProgram {tool} -Pin",
            $"@(Get-BpfPin {tool}).Count -gt 0; Stop-BpfProgram -Path {tool}; @(Get-BpfPin).Count").Succeeded();

        Assert.Equal(["True", "0"], result.Lines);
    }

    // That nobody else sees the pins is meant here, and warned of.
    private static ShellResult RunWithOwnPins(params string[] scripts) =>
        Shell.RunWithMounts(OwnPins, [.. scripts.Select(script => $"$WarningPreference = 'Ignore'\n{script}")]);
}
