using System.Diagnostics;

namespace BpfPS.Module.Tests.Event;

/// <summary>However a subscription ends, it ends soon, and lets go of what it started.</summary>
public sealed class RegisterBpfEventEndTests : KernelTest
{
    private const string Register = "$job = Register-BpfEvent $burst -Variable $producer -SourceIdentifier calls -Action { $global:n++ } ";
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData("Unregister-Event calls", "Stopped")]
    [InlineData("Unregister-Event -SubscriptionId (Get-EventSubscriber calls).SubscriptionId", "Stopped")]
    [InlineData("Get-EventSubscriber | Unregister-Event", "Stopped")]
    [InlineData("Stop-Job $job", "Stopped")]
    [InlineData("Remove-Job $job -Force", "Stopped")]
    [InlineData("Remove-Module BpfPS", "Stopped")]
    public void It_ends_within_200_ms_in_a_flood(string end, string state)
    {
        var times = new List<TimeSpan>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Session.Import();
            using var producer = Producer.Steady(callsAtOnce: 10_000, pauseInMilliseconds: 0);
            Run($"$n = 0; {Register}; while ($n -lt 100) {{ }}").Succeeded();
            var clock = Stopwatch.StartNew();
            Run(end).Succeeded();
            times.Add(clock.Elapsed);
            NothingRemains();
            Assert.Equal(state, Run("$job.State").Only.ToString());
        }
        Assert.True(times.Min() < s_limit, string.Join(", ", times));
    }

    [Fact]
    public void An_action_can_end_its_own_subscription()
    {
        using var producer = Producer.Steady(callsAtOnce: 10_000, pauseInMilliseconds: 0);

        Run($"{Register.Replace("$global:n++", "if (++$global:n -eq 50) { Unregister-Event calls }", StringComparison.Ordinal)}; "
            + "while ($job.State -ne 'Stopped') { }").Succeeded();

        Assert.Equal(50, Run("$n").Only.BaseObject);
        NothingRemains();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Closing_the_session_ends_it_within_200_ms_in_a_flood(bool queued)
    {
        var times = new List<TimeSpan>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var producer = Producer.Steady(callsAtOnce: 10_000, pauseInMilliseconds: 0);
            using var other = new Session();
            other.Run(queued ? "Register-BpfEvent $burst -Variable $producer; $null = Wait-Event -Timeout 10"
                : $"{Register}; while ($n -lt 100) {{ }}").Succeeded();
            Assert.NotEqual(0, ReadingThreads.Count);
            var clock = Stopwatch.StartNew();
            other.Runspace.Close();
            times.Add(clock.Elapsed);
            NothingIsLeft();
            ReadingThreads.AssertCount(0);
        }
        Assert.True(times.Min() < s_limit, string.Join(", ", times));
    }

    [Theory]
    [InlineData("-First 700")]
    [InlineData("-MaxTriggerCount 700")]
    [InlineData("-First 700 -MaxTriggerCount 900")]
    public void It_ends_by_itself_after_so_many_events(string limit)
    {
        Run($"{Register} {limit}").Succeeded();
        using var producer = Producer.Steady(callsAtOnce: 100);

        Run("while ($job.State -ne 'Stopped') { }").Succeeded();

        Assert.Equal(700, Run("$n").Only.BaseObject);
        NothingRemains();
    }

    [Fact]
    public void It_ends_by_itself_after_so_many_events_in_the_queue()
    {
        Run("Register-BpfEvent $burst -Variable $producer -SourceIdentifier calls -MaxTriggerCount 7").Succeeded();
        Producer.Call(20);

        Run("while (Get-EventSubscriber -Force) { }").Succeeded();

        Assert.Equal(7, Run("(Get-Event calls).Count").Only.BaseObject);
        NothingRemains();
    }

    [Fact]
    public void It_ends_by_itself_after_a_time_also_when_nobody_takes_what_comes()
    {
        using var producer = Producer.Steady(callsAtOnce: 10_000, pauseInMilliseconds: 0);
        var clock = Stopwatch.StartNew();
        Run("Register-BpfEvent $burst -Variable $producer -SourceIdentifier calls -Duration 500ms").Succeeded();

        Run("while (Get-EventSubscriber -Force) { }").Succeeded();

        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(4));
        Assert.Equal(10_000, Run("(Get-Event calls).Count").Only.BaseObject);
        NothingRemains();
    }

    [Fact]
    public void It_ends_by_itself_when_the_object_is_stopped_after_the_action_has_run_for_its_last_event()
    {
        Run("$o = Start-BpfProgram $burst -Variable $producer; "
            + "$job = $o | Register-BpfEvent -SourceIdentifier calls -Action { Start-Sleep -Milliseconds 1; $_.sequence }").Succeeded();
        Producer.Call(300);
        Run("while ((Get-EventSubscriber calls).SourceObject.Delivered -lt 10) { }; $o | Stop-BpfProgram").Succeeded();

        Run("while ($job.State -ne 'Stopped') { }").Succeeded();

        Assert.Equal(Enumerable.Range(0, 300).Select(number => (ulong)number),
            Run("Receive-Job $job").Succeeded().Output.Select(number => (ulong)number.BaseObject));
        NothingRemains();
    }

    [Fact]
    public void An_action_that_throws_an_error_is_not_run_again_and_nothing_is_read_any_more()
    {
        using var producer = Producer.Steady();
        Run($"{Register.Replace("$global:n++", "$global:n++; throw 'enough'", StringComparison.Ordinal)}; "
            + "while ($job.State -ne 'Failed') { }").Succeeded();

        Assert.Equal(1, Run("$n").Only.BaseObject);
        Assert.Equal("enough", Run("$job.Error").Only.ToString());
        NothingIsLeft();
        ReadingThreads.AssertCount(0);
        Run("Unregister-Event calls").Succeeded();
        NothingRemains();
    }

    [Fact]
    public void Ctrl_C_in_the_script_does_not_end_it()
    {
        using var producer = Producer.Steady();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var running = Session.Start(attempt == 0 ? $"{Register}; while ($true) {{ }}" : "while ($true) { }");
            running.Await(() => ReadingThreads.Count > 0, "the subscription was there");
            Thread.Sleep(30);
            running.Stop();
        }

        Run("$before = $n; while ($n -lt $before + 100) { }; Unregister-Event calls").Succeeded();
        NothingRemains();
    }

    /// <summary>Fails the test when anything of a subscription is still there.</summary>
    private void NothingRemains()
    {
        NothingIsLeft();
        ReadingThreads.AssertCount(0);
        Assert.Empty(Run("Get-EventSubscriber -Force").Succeeded().Output);
    }
}
