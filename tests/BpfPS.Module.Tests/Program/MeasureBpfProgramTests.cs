using System.Diagnostics;
using System.Text.Json;

namespace BpfPS.Module.Tests.Program;

public sealed class MeasureBpfProgramTests : KernelTest
{
    [Fact]
    public void One_object_a_program_says_what_it_cost_in_the_time()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using var calls = Producer.Steady();

        var cost = Run("$o | Measure-BpfProgram -Duration 500ms").Only;

        Assert.Equal("burst", cost.Get("Name"));
        Assert.True(cost.Get<ulong>("RunCount") > 0);
        Assert.InRange(cost.Get<TimeSpan>("Interval").TotalMilliseconds, 490, 2000);
        Assert.InRange(cost.Get<double>("NanosecondsPerRun"), 1, 1_000_000);
        Assert.InRange(cost.Get<double>("CpuPercent"), 0.0001, 100 * Environment.ProcessorCount);
    }

    [Fact]
    public void An_interval_gives_an_object_each_time_until_the_duration_has_passed()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");

        var costs = Run("$o | Measure-BpfProgram -Interval 200ms -Duration 500ms").Succeeded().Output;

        Assert.InRange(costs.Count, 2, 3); // the last one is for what is left; a machine that is late skips one
        Assert.InRange(costs.Sum(cost => cost.Get<TimeSpan>("Interval").TotalMilliseconds), 490, 2000);
    }

    [Theory]
    [InlineData("Measure-BpfProgram burst -Duration 10ms | Where-Object Id -eq $id")]
    [InlineData("Measure-BpfProgram BUR* -Duration 10ms | Where-Object Id -eq $id")]
    [InlineData("Measure-BpfProgram -Id $id -Duration 10ms")]
    [InlineData("$o | Measure-BpfProgram -Duration 10ms")]
    [InlineData("$o.Programs[0] | Measure-BpfProgram -Duration 10ms")]
    [InlineData("Get-BpfProgram -Id $id | Measure-BpfProgram -Duration 10ms")]
    [InlineData("[pscustomobject]@{ Id = $id } | Measure-BpfProgram -Duration 10ms")]
    [InlineData("$o, $o | Measure-BpfProgram -Duration 10ms")]
    [InlineData("Measure-BpfProgram -Duration 10ms | Where-Object Id -eq $id")]
    public void Programs_are_named_in_every_way(string measure)
    {
        Given("$o = Start-BpfProgram $burst; $id = $o.Programs[0].Id");

        Assert.Equal("burst", Run(measure).Only.Get("Name"));
    }

    [Fact]
    public void Ctrl_C_ends_it_at_once_and_statistics_are_off()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer; $id = $o.Programs[0].Id");
        var id = (uint)Run("$id").Only.BaseObject;
        var times = new List<TimeSpan>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var running = Session.Start("Measure-BpfProgram -Id $id -Interval 100ms");
            running.AwaitOutput(2);
            times.Add(running.Stop());
        }
        Assert.True(times.Min() < TimeSpan.FromMilliseconds(200), string.Join(", ", times));
        StatisticsAreOff(id);

        using var waiting = Session.Start("Measure-BpfProgram -Id $id -Duration 1h");
        waiting.Await(() => Counts(id), "statistics were on");
        Assert.True(waiting.Stop() < TimeSpan.FromSeconds(1));
        StatisticsAreOff(id);
    }

    [Fact]
    public void A_pipeline_that_has_enough_ends_it_and_statistics_are_off()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer; $id = $o.Programs[0].Id");
        var id = (uint)Run("$id").Only.BaseObject;
        var clock = Stopwatch.StartNew();

        // The engine here has no Select-Object; a break in the pipeline ends it as -First does.
        Run("foreach ($once in 1) { Measure-BpfProgram -Id $id -Interval 100ms | ForEach-Object { break } }").Succeeded();

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5));
        StatisticsAreOff(id);
    }

    [Fact]
    public void What_is_not_there_is_an_error_and_the_others_are_measured()
    {
        Given("$o = Start-BpfProgram $burst; $id = $o.Programs[0].Id");

        var outcome = Run("Measure-BpfProgram -Id 4000000000, $id -Duration 10ms");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 4000000000u);
        Assert.Single(outcome.Output);
        Run("Measure-BpfProgram nosuch -Duration 10ms").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.Empty(Run("Measure-BpfProgram nosuch* -Duration 1h").Succeeded().Output);
        Run("(Get-BpfObject -FilePath $burst) | Measure-BpfProgram").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Run("4000000 | Measure-BpfProgram").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 4000000);
    }

    /// <summary>Whether a program's runs are counted now.</summary>
    private static bool Counts(uint id)
    {
        var before = RunCount(id);
        Producer.Call(100);
        return RunCount(id) > before;
    }

    /// <summary>Somebody else may be measuring at the same time; for so long, nobody is.</summary>
    private static void StatisticsAreOff(uint id)
    {
        var patience = Stopwatch.StartNew();
        while (Counts(id))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), "statistics are still on");
            Thread.Sleep(50);
        }
    }

    private static ulong RunCount(uint id) =>
        JsonDocument.Parse(Command.Output("bpftool", "-j", "prog", "show", "id", $"{id}")).RootElement.TryGetProperty("run_cnt",
            out var runs) ? runs.GetUInt64() : 0;
}
