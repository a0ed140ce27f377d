using System.Diagnostics;
using System.Globalization;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tracing;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>Samples and intervals, beside the time that a process used and the clock.</summary>
public class SampledProbeTests : IClassFixture<NothingLeft>
{
    private const int Frequency = 99;

    [Fact]
    public void A_process_has_as_many_samples_as_its_time_on_a_CPU_says_and_their_stacks_are_in_its_function()
    {
        Live.Require();
        Assert.SkipWhen(Guest.MissesTicks, "an emulated processor is late for its ticks");
        const int milliseconds = 2000;
        var program = CProgram.Compile("Probes/probed.c", "-fno-omit-frame-pointer");
        var request = ProbeRun.Request() with { HasUserStack = true, HasKernelStack = true };
        using var run = new ProbeRun(new ProbeSources { SampleFrequency = Frequency }, request);
        using var process = Process.Start(program, ["spin", milliseconds.ToString(CultureInfo.InvariantCulture)]);
        var id = process.Id;
        var events = Live.ReadUntil(run.Stream, _ => process.HasExited, 60).Concat(Live.ReadAll(run.Stream)).ToArray();

        var own = events.Where(one => Live.Get<uint>(one, "pid") == (uint)id).ToArray();
        Assert.InRange(own.Length, Frequency * milliseconds / 1000 * 0.8, Frequency * milliseconds / 1000 * 1.2);
        Assert.Contains(own, one => Live.Get<int>(one, "user_stack") >= 0);
        Assert.DoesNotContain(events, one => Live.Get<uint>(one, "tid") == 0);
    }

    [Fact]
    public void A_stack_of_a_sample_leads_to_the_function_that_the_process_is_in()
    {
        Live.Require();
        const int milliseconds = 60_000;
        var program = CProgram.Compile("Probes/probed.c", "-fno-omit-frame-pointer");
        using var process = Process.Start(program, ["spin", milliseconds.ToString(CultureInfo.InvariantCulture)]);
        try
        {
            var request = ProbeRun.Request() with { HasUserStack = true };
            using var run = new ProbeRun(new ProbeSources { SampleFrequency = Frequency }, request,
                new BpfTargets { Processes = [(uint)process.Id] });
            var events = Live.ReadUntil(run.Stream, all => all.Count >= Frequency / 3);

            using var reader = new BpfStackReader();
            var stacks = events.Where(one => Live.Get<int>(one, "user_stack") >= 0).SelectMany(one => reader.Read(one)).ToArray();
            Assert.Contains(stacks, stack => stack.Frames.Any(frame => frame.Function is "spin" or "main"));
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public void An_interval_is_as_long_as_it_is_said_to_be()
    {
        Live.Require();
        Assert.SkipWhen(Guest.MissesTicks, "an emulated processor is late for its ticks");
        var interval = TimeSpan.FromMilliseconds(50);
        using var run = new ProbeRun(new ProbeSources { Interval = interval });
        var events = Live.ReadUntil(run.Stream, all => all.Count >= 21);

        Assert.True(events.Count >= 21);
        var passed = Live.Get<DateTime>(events[20], "time") - Live.Get<DateTime>(events[0], "time");
        Assert.InRange(passed / 20, interval * 0.9, interval * 1.1);
        Assert.Single(events.Select(one => Live.Get<uint>(one, "cpu")).Distinct());
    }

    [Fact]
    public void Samples_and_intervals_can_be_traced_together()
    {
        Live.Require();
        using var run = new ProbeRun(new ProbeSources { Interval = TimeSpan.FromMilliseconds(20), SampleFrequency = Frequency });
        var events = Live.ReadUntil(run.Stream, all => all.Select(one => $"{Live.Get(one, "probe")}").Distinct().Count() == 2);

        Assert.Equal(["interval", "sample"], events.Select(one => $"{Live.Get(one, "probe")}").Distinct().Order());
    }

    [Fact]
    public void An_interval_that_is_too_short_is_refused() => Assert.Contains("too short",
        Assert.Throws<BpfException>(() => new ProbeSources { Interval = TimeSpan.FromMicroseconds(10) }.Find(256)).Message,
        StringComparison.Ordinal);
}
