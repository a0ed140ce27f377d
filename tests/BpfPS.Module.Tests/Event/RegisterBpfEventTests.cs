namespace BpfPS.Module.Tests.Event;

/// <summary>Register-BpfEvent: an action runs for events while the script goes on.</summary>
public sealed class RegisterBpfEventTests : KernelTest
{
    private const string Register = "Register-BpfEvent $burst -Variable $producer -SourceIdentifier calls ";
    private const string Seen = "$global:seen = [System.Collections.Generic.List[object]]::new(); ";

    [Fact]
    public void The_action_runs_for_each_event_in_order_and_its_job_has_what_it_gives()
    {
        Given($"$job = {Register} -Action {{ $_.sequence }}", calls: 5000);

        AwaitSource("$s.Delivered -eq 5000");

        Assert.Equal(Enumerable.Range(0, 5000).Select(number => (ulong)number), Outputs<ulong>());
        Assert.Equal("Running calls PSEventJob",
            Run("\"$($job.State) $($job.Name) $($job.GetType().Name)\"").Only.ToString());
    }

    [Fact]
    public void The_script_goes_on_meanwhile()
    {
        Run($"{Seen} $null = {Register} -Action {{ $global:seen.Add($loops) }}").Succeeded();
        using var producer = Producer.Steady();

        Run("$global:loops = 0; while ($seen.Count -lt 100) { $global:loops++ }").Succeeded();

        var loops = Run("$seen").Succeeded().Output.Select(loop => (int)loop.BaseObject).ToArray();
        Assert.Equal(loops.Order(), loops);
        Assert.True(loops.Distinct().Count() > 10, string.Join(' ', loops));
    }

    [Fact]
    public void A_script_that_waits_for_an_event_lets_the_action_run_for_thousands()
    {
        Given($"$job = {Register} -Action {{ $_.sequence }}");
        using var producer = Producer.Steady(callsAtOnce: 100);

        Run("Wait-Event none -Timeout 2").Succeeded();

        Assert.True(Run("(Get-EventSubscriber calls).SourceObject.Delivered").Only.BaseObject is > 500L);
    }

    [Fact]
    public void The_action_sees_what_an_action_of_Register_ObjectEvent_sees()
    {
        Given($$"""
            $job = {{Register}} -MessageData @{ word = 'hello' } -Action {
                "$($_.sequence) $($EventArgs.Event.sequence) $($Event.SourceEventArgs.Event.sequence) $($args[1].Event.sequence)"
                "$($Event.MessageData.word) $($Event.SourceIdentifier) $Sender $($args[0]) $($EventSubscriber.SourceIdentifier)"
                1..2 | ForEach-Object { $_ }
                "$($_.sequence) $($_.GetType())"
                $script:count++
                $script:count
                return
                'not reached'
            }
            """, calls: 2);

        AwaitSource("$s.Delivered -eq 2");

        Assert.Equal(
        [
            "0 0 0 0", "hello calls burst burst calls", "1", "2", "0 BpfPS.Events.burst_event", "1",
            "1 1 1 1", "hello calls burst burst calls", "1", "2", "1 BpfPS.Events.burst_event", "2",
        ], Run("Receive-Job $job").Succeeded().Output.Select(line => line.ToString()));
    }

    [Fact]
    public void An_action_takes_parameters_and_can_be_the_text_of_a_function()
    {
        Given("function Note { param($from, $what) \"$from $($what.Event.sequence)\" }; "
            + $"$job = {Register} -Action $function:Note", calls: 1);

        AwaitSource("$s.Delivered -eq 1");

        Assert.Equal(["burst 0"], Outputs<string>());
    }

    [Fact]
    public void Errors_and_warnings_of_the_action_are_in_the_job_and_its_command_is_the_action()
    {
        Given($"$job = {Register} -Action {{ Write-Error 'bad'; 'good' }}", calls: 1);

        Run("while (-not $job.Output) { }");

        Assert.Equal("bad/Write-Error 'bad'; 'good'", Run("\"$($job.Error[0])/$($job.Command.Trim())\"").Only.ToString());
        Assert.Equal("good", Run("$job.Output").Only.ToString());
    }

    [Fact]
    public void Without_an_action_the_events_wait_in_the_queue_of_the_session()
    {
        Assert.Empty(Run(Register).Succeeded().Output);
        Producer.Call(3);

        var first = Run("(Wait-Event calls -Timeout 10).SourceEventArgs.Event").Succeeded().Output;
        AwaitSource("$s.Pending -eq 3");
        var all = Run("Get-Event calls | ForEach-Object { $_.SourceEventArgs.Event }").Succeeded().Output;

        Assert.Equal(0UL, first[0].Get("sequence"));
        Assert.Equal([0, 1, 2], all.Select<ulong>("sequence"));
    }

    [Fact]
    public void The_queue_has_a_bound_and_what_finds_no_room_behind_it_is_counted()
    {
        const int Calls = 1_000_000;
        Given(Register, calls: Calls);
        AwaitSource("$s.Pending -eq 10000");
        Thread.Sleep(100);

        Assert.Equal(10_000, Run("$s.Pending").Only.BaseObject);
        var lost = (ulong)Run("$s.Lost").Only.BaseObject;
        Assert.NotEqual(0UL, lost);

        // Each that is taken out makes room for another, until what was kept has come.
        Run($"while ($s.Delivered + $s.Lost -lt {Calls}) {{ Remove-Event calls -ErrorAction Ignore }}").Succeeded();
        Assert.Equal((ulong)Calls, Run("[ulong]$s.Delivered + $s.Lost").Only.BaseObject);
        Assert.Equal(lost, Run("$s.Lost").Only.BaseObject);
    }

    [Fact]
    public void A_slow_action_holds_the_reading_and_the_losses_are_told_in_its_job()
    {
        Given($"$job = {Register} -Action {{ Start-Sleep -Milliseconds 1 }}", calls: 1_000_000);

        AwaitSource("$job.Warning.Count -gt 0");

        Assert.Contains("events were lost", Run("$job.Warning[0].Message").Only.ToString(), StringComparison.Ordinal);
        Assert.True(Run("$s.Pending").Only.BaseObject is <= 1024);
    }

    [Fact]
    public void Losses_without_a_job_are_told_on_the_screen_unless_no_warnings_are_wanted()
    {
        foreach (var (more, isShown) in new[] { ("", true), ("-WarningAction SilentlyContinue", false) })
        {
            Session.Host.Clear();
            Given($"{Register} {more}", calls: 1_000_000);
            AwaitSource("$s.Lost -gt 0");
            Thread.Sleep(1500);
            Run("Unregister-Event calls; Remove-Event calls").Succeeded();
            Assert.Equal(isShown, Session.Host.Text.Contains("events were lost", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_filter_and_properties_are_those_of_Watch_BpfEvent()
    {
        Given($"$job = {Register} -Filter {{ $_.sequence % 2 -eq 1 }} -Action {{ $_ }} "
            + "-Property sequence, @{ Name = 'twice'; Expression = { $_.value * 2 } }", calls: 6);

        AwaitSource("$s.Delivered -eq 3");

        var events = Run("Receive-Job $job").Succeeded().Output;
        Assert.Equal([1, 3, 5], events.Select<ulong>("sequence"));
        Assert.Equal(["8", "20", "32"], events.Select(one => one.Get("twice")!.ToString()));
        Assert.Equal(2, events[0].Properties.Count());
    }

    [Fact]
    public void A_running_object_is_read_and_goes_on_when_the_subscription_ends()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer; "
            + "$job = $o | Register-BpfEvent -SourceIdentifier calls -Action { $_.sequence }", calls: 3);
        AwaitSource("$s.Delivered -eq 3");

        Run("Unregister-Event calls").Succeeded();

        Assert.Equal("Attached", Run("$o.State").Only.ToString());
        Producer.Call();
        Assert.Equal(3UL, Run("$o | Watch-BpfEvent -First 1").Only.Get("sequence"));
    }

    [Fact]
    public void Two_subscriptions_of_one_session_and_one_of_another_have_their_own_events()
    {
        using var other = new Session();
        other.Run($"$job = {Register} -Action {{ $_.sequence }}").Succeeded();
        Given($"$job = {Register} -Action {{ $_.sequence }}; "
            + "$more = Register-BpfEvent $burst -Variable $producer -First 50 -Action { $_.sequence }", calls: 100);

        AwaitSource("$s.Delivered -eq 100 -and $more.State -eq \"Stopped\"");
        other.Run("$s = (Get-EventSubscriber calls).SourceObject; while ($s.Delivered -lt 100) { }").Succeeded();

        var hundred = Enumerable.Range(0, 100).Select(number => (ulong)number).ToArray();
        Assert.Equal(hundred, Outputs<ulong>());
        Assert.Equal(hundred, other.Run("Receive-Job $job").Succeeded().Output.Select(number => (ulong)number.BaseObject));
        Assert.Equal(hundred[..50], Run("Receive-Job $more").Succeeded().Output.Select(number => (ulong)number.BaseObject));
    }

    [Fact]
    public void WhatIf_shows_what_would_be_started_and_subscribes_to_nothing()
    {
        var shown = Session.Show($"{Register} -WhatIf -Action {{ }}");
        Assert.Contains("Starting", shown, StringComparison.Ordinal);
        shown = Session.Show("$o = Start-BpfProgram $burst; $o | Register-BpfEvent -WhatIf");
        Assert.Contains("Subscribe to the events", shown, StringComparison.Ordinal);
        Assert.Empty(Run("Get-EventSubscriber -Force").Succeeded().Output);
    }

    [Theory]
    [InlineData("Register-BpfEvent nosuch, $burst", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Register-BpfEvent $burst -Filter { $_.nosuch -eq 1 }", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData("Register-BpfEvent $burst -Property nosuch", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData("Register-BpfEvent $burst -Forward -Action { }", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData("Register-BpfEvent $burst -SourceIdentifier PowerShell.OnIdle", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData("Register-ObjectEvent ([Timers.Timer]::new()) Elapsed taken; Register-BpfEvent $burst -SourceIdentifier Taken",
        "BpfAlreadyExists", ErrorCategory.ResourceExists)]
    public void What_cannot_be_subscribed_to_is_an_error_that_ends_the_command_before_anything_is_left(
        string script, string id, ErrorCategory category)
    {
        var outcome = Run(script);

        outcome.FailedWith(id, category);
        NothingIsLeft();
        ReadingThreads.AssertCount(0);
        Run("Get-EventSubscriber -Force | Unregister-Event -Force").Succeeded();
    }

    private T[] Outputs<T>() => [.. Run("Receive-Job $job").Succeeded().Output.Select(one => (T)one.BaseObject)];

    /// <summary>Waits until something holds of the source $s of the subscription.</summary>
    private void AwaitSource(string condition) => Run($$"""
        $s = (Get-EventSubscriber calls).SourceObject
        $end = [datetime]::Now.AddSeconds(15)
        while (-not ({{condition}})) { if ([datetime]::Now -gt $end) { throw "Not so: {0} {1}" -f '{{condition}}', ($s | Out-String) } }
        """).Succeeded();
}
