namespace BpfPS.Module.Tests.Event;

/// <summary>However a stream ends, it ends soon, and lets go of what it started.</summary>
public sealed class WatchBpfEventEndTests : KernelTest
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ctrl_C_ends_a_stream_within_200_ms(bool busy)
    {
        // On a machine with other things to do, the fastest of three tells what the cmdlet takes.
        var times = new List<TimeSpan>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var producer = busy ? Producer.Steady() : null;
            using var running = Session.Start("Watch-BpfEvent $burst -Variable $producer");
            if (busy)
            {
                running.AwaitOutput(3);
            }
            else
            {
                running.Await(() => KernelWitness.Programs("burst").Any(KernelWitness.IsAttached), "the program was attached");
            }
            times.Add(running.Stop());
            NothingIsLeft();
        }
        Assert.True(times.Min() < s_limit, string.Join(", ", times));
    }

    [Fact]
    public void Ctrl_C_ends_a_flood_within_200_ms()
    {
        var times = new List<TimeSpan>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var producer = Producer.Steady(callsAtOnce: 10_000, pauseInMilliseconds: 0);
            using var running = Session.Start("Watch-BpfEvent $burst -Variable $producer "
                + "| ForEach-Object { if ($_.sequence % 10000 -eq 0) { $_ } }");
            running.AwaitOutput(2);
            times.Add(running.Stop());
        }
        Assert.True(times.Min() < s_limit, string.Join(", ", times));
    }

    [Fact]
    public void Ctrl_C_while_a_program_is_being_started_leaves_nothing()
    {
        const string Watch = "Watch-BpfEvent runqlat -Variable @{ threshold_ns = 1000000 }";
        const int Attempts = 12;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using (var running = Session.Start(Watch))
        {
            running.Await(IsAttached, "the program was attached");
        }
        NothingIsLeft();

        // The time of a start is cut at one point after the other.
        var took = clock.Elapsed;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            using var running = Session.Start(Watch);
            Thread.Sleep(took * attempt / (Attempts - 1)); // time is what differs
            running.Stop();
            NothingIsLeft();
        }

        static bool IsAttached() => KernelWitness.Programs("switched").Any(KernelWitness.IsAttached);
    }

    [Fact]
    public void Ctrl_C_leaves_alone_what_was_running_before()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using (Producer.Steady())
        using (var running = Session.Start("$o | Watch-BpfEvent"))
        {
            running.AwaitOutput();
            running.Stop();
        }

        Assert.Equal("Attached", Run("$o").Only.Get("State")!.ToString());
    }

    [Theory]
    [InlineData("Watch-BpfEvent $burst -Variable $producer | ForEach-Object { throw 'enough' }")]
    [InlineData("& { Watch-BpfEvent $burst -Variable $producer | ForEach-Object { throw 'enough' } }")]
    [InlineData("$ErrorActionPreference = 'Stop'; Watch-BpfEvent $burst -Variable $producer | ForEach-Object { $null.Method() }")]
    public void An_error_downstream_ends_the_stream_and_lets_go_of_it(string script)
    {
        using var producer = Producer.Steady();
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Assert.Single(Run(script).Errors);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(3), $"{clock.Elapsed}");
        NothingIsLeft();
    }

    [Theory]
    [InlineData("do { Watch-BpfEvent $burst -Variable $producer | ForEach-Object { $_; break } } while ($false)")]
    [InlineData("foreach ($i in 1..1) { Watch-BpfEvent $burst -Variable $producer | ForEach-Object { $_; continue } }")]
    public void Leaving_the_loop_around_a_stream_ends_it_and_lets_go_of_it(string script)
    {
        using var producer = Producer.Steady();

        Assert.Single(Run(script).Succeeded().Output);

        NothingIsLeft();
    }

    [Fact]
    public void Returning_from_the_pipeline_of_a_function_ends_the_stream_and_lets_go_of_it()
    {
        using var producer = Producer.Steady();

        Run("function Stop-Here { param([Parameter(ValueFromPipeline)] $It) process { "
            + "throw [System.Management.Automation.PipelineStoppedException]::new() } }; "
            + "Watch-BpfEvent $burst -Variable $producer | Stop-Here");

        NothingIsLeft();
    }

    [Fact]
    public void The_number_of_events_and_the_duration_let_go_as_well()
    {
        using (Producer.Steady())
        {
            Run("Watch-BpfEvent $burst -Variable $producer -First 2").Succeeded();
            NothingIsLeft();
            Run("Watch-BpfEvent $burst -Variable $producer -Duration 100ms").Succeeded();
            NothingIsLeft();
        }
    }

    [Fact]
    public void Stopping_the_object_that_is_watched_does_not_break_the_stream_or_the_process()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 3);

        var outcome = Run("$o | Watch-BpfEvent -Duration 500ms | ForEach-Object { if ($_.sequence -eq 0) { $o | Stop-BpfProgram }; $_ }");

        Assert.Equal([0, 1, 2], outcome.Succeeded().Output.Select<ulong>("sequence"));
        NothingIsLeft();
    }

    [Fact]
    public void Removing_the_module_in_the_middle_of_a_stream_does_not_break_the_process()
    {
        using var producer = Producer.Steady();

        Run("Watch-BpfEvent $burst -Variable $producer -First 20 -Duration 2s "
            + "| ForEach-Object { if ($_.sequence -eq 3) { Remove-Module BpfPS } }");

        NothingIsLeft();
    }
}
