using System.Diagnostics;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Programs;

/// <summary>What programs cost, as bpftool's counters have it.</summary>
public sealed class MeterTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void Runs_and_time_are_what_the_kernel_counted_meanwhile()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        var program = obj.Programs.Single();
        var outside = (Runs: 0ul, Time: 0ul);
        BpfProgramStatistics cost;
        using (var meter = new BpfProgramMeter())
        {
            var start = Counters(program.Id);
            meter.Add(program);
            meter.Add(program);
            var inner = Counters(program.Id);
            Call(20_000);
            var end = Counters(program.Id);
            cost = Assert.Single(meter.Next());
            var last = Counters(program.Id);
            outside = (last.Runs - start.Runs, last.Time - start.Time);
            Assert.InRange(cost.RunCount, end.Runs - inner.Runs, outside.Runs);
            Assert.InRange(cost.RunTimeNanoseconds, end.Time - inner.Time, outside.Time);
        }
        // It runs for every system call of the machine: at least ours.
        Assert.True(cost.RunCount >= 20_000);
        Assert.Equal((double)cost.RunTimeNanoseconds / cost.RunCount, cost.NanosecondsPerRun);
        Assert.Equal(cost.RunTimeNanoseconds / (cost.Interval.TotalSeconds * 1e9) * 100, cost.CpuPercent, 6);
        Assert.Equal(("burst", "tracing", program.Id), (cost.Name, cost.Type, cost.Id));
    }

    [Fact]
    public void Each_look_is_of_the_time_since_the_last_one()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        using var meter = new BpfProgramMeter();
        meter.Add(obj.Programs.Single());
        Call(5000);
        var first = Assert.Single(meter.Next());
        Call(50);
        var second = Assert.Single(meter.Next());

        Assert.True(first.RunCount >= 5000 && second.RunCount >= 50);
        Assert.True(second.Time >= first.Time);
        Assert.Equal(BpfProgram.FromId(obj.Programs.Single().Id).RunCount, first.RunCount + second.RunCount, s_productTolerance);
    }

    // The machine's other system calls between the looks and the question.
    private static readonly IEqualityComparer<ulong> s_productTolerance = EqualityComparer<ulong>.Create((a, b) =>
        Math.Abs((long)a - (long)b) < 4000, _ => 0);

    [Fact]
    public void Statistics_are_off_when_the_meter_is_gone()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        var id = obj.Programs.Single().Id;
        using (var meter = new BpfProgramMeter())
        {
            var before = Counters(id).Runs;
            Call(1000);
            Assert.True(Counters(id).Runs >= before + 1000);
        }
        // Somebody else may be measuring at the same time.
        var patience = Stopwatch.StartNew();
        ulong counted;
        do
        {
            Thread.Sleep(20);
            var before = Counters(id).Runs;
            Call(1000);
            counted = Counters(id).Runs - before;
        }
        while (counted > 0 && patience.Elapsed < TimeSpan.FromSeconds(20));
        Assert.Equal(0ul, counted);
    }

    [Fact]
    public void A_program_that_goes_is_told_and_the_others_are_measured_on()
    {
        Live.Require();
        using var burst = Live.TestProgram("burst");
        var types = Live.TestProgram("types");
        using var meter = new BpfProgramMeter();
        meter.Add(types.Programs[0]);
        meter.Add(burst.Programs[0]);
        types.Dispose();
        var gone = new List<(BpfProgram Program, BpfException Error)>();
        // The kernel frees a program a little after it is let go of.
        SpinWait.SpinUntil(() => !Bpftool.List("prog").ContainsKey(types.Programs[0].Id), TimeSpan.FromSeconds(30));
        meter.Next(gone);

        var (program, error) = Assert.Single(gone);
        Assert.Equal((types.Programs[0].Id, BpfErrorKind.Vanished), (program.Id, error.Kind));
        Assert.Equal("burst", Assert.Single(meter.Next()).Name);
    }

    private static (ulong Runs, ulong Time) Counters(uint id)
    {
        var entry = Bpftool.Json("prog", "show", "id", Bpftool.Text(id));
        return entry.TryGetProperty("run_cnt", out var runs) ? (runs.GetUInt64(), entry.GetProperty("run_time_ns").GetUInt64()) : (0, 0);
    }

    private static void Call(int times)
    {
        for (var i = 0; i < times; i++)
        {
            Live.Getppid();
        }
    }
}
