using System.Diagnostics;
using System.Globalization;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>The profiler, on a load of known shape: what it counts is held against the processor time that the kernel charged.</summary>
public sealed class ProfileTests : IClassFixture<NothingLeft>
{
    private static readonly Lazy<string> s_ticks = new(() => CProgram.Compile("Objects/ticks.c"));
    private static readonly Lazy<string> s_shape = new(() => CProgram.Compile("Objects/shape.c", "-O0", "-g", "-fno-omit-frame-pointer"));

    [Theory]
    [InlineData(99, 3000)]
    [InlineData(999, 1000)]
    public void A_process_is_counted_for_its_processor_time_and_its_functions_for_their_parts_of_it(int frequency, int milliseconds)
    {
        Live.Require();
        using var busy = new Child(s_shape.Value);
        using var obj = Live.Tool("profile", ("frequency", frequency));
        busy.Say($"{milliseconds} {frequency}");
        var answer = busy.Hear().Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        var (charged, ticks) = (answer[0], answer[1]);
        var mine = Live.Entries(obj.Map("counts")).Where(entry => Live.Get<uint>(entry, "pid") == busy.Id).ToArray();
        using var reader = new BpfStackReader();
        var counted = mine.Select(entry =>
            (Count: (double)Live.Get<ulong>(entry, "count"), Stack: reader.Read(entry).Single(stack => stack.Kind == BpfStackKind.User)))
            .ToArray();
        double Of(string function) =>
            counted.Where(entry => entry.Stack.Frames.Any(frame => frame.Function == function)).Sum(entry => entry.Count);
        var samples = counted.Sum(entry => entry.Count);

        var expected = frequency * charged / 1000;
        Assert.InRange(samples, 0.9 * ticks - 2, 1.1 * ticks + 2);
        Assert.InRange(samples, expected * (Guest.MissesTicks ? 0 : 0.93) - 2, expected * 1.03 + 2);
        // Three quarters, as far as so many samples tell: four standard deviations.
        var deviation = 4 * Math.Sqrt(0.75 * 0.25 / samples);
        Assert.InRange(Of("heavy") / (Of("heavy") + Of("light")), 0.75 - deviation, 0.75 + deviation);
        Assert.InRange(Of("caller_of_both") / samples, 0.98, 1);
        var most = counted.MaxBy(entry => entry.Count).Stack;
        Assert.Equal(["heavy", "caller_of_both", "main"], most.Frames.Take(3).Select(frame => frame.Function));
        Assert.All(most.Frames.Take(3), frame => Assert.Equal(s_shape.Value, frame.Module));
        Assert.Equal((uint)busy.Id, most.ProcessId);
        Assert.All(mine, entry => Assert.Equal(CommandName(busy.Id), Live.Get<string>(entry, "comm")));
    }

    [Theory]
    [InlineData(49)]
    [InlineData(499)]
    public void Each_busy_CPU_is_sampled_as_often_as_the_frequency_says(int frequency)
    {
        Live.Require();
        Machine.RequireProgram("taskset");
        // One loop for each: a CPU that sleeps is woken for the ticks of its timers or not, as its hypervisor pleases.
        var loops = CpuList.Online().Select(cpu => new Child("taskset", "-c", Bpftool.Text(cpu), "sh", "-c", "while :; do :; done"))
            .ToArray();
        var outside = Stopwatch.StartNew();
        using var obj = Live.Tool("profile", ("frequency", frequency), ("idle", true), ("user_stacks", false), ("kernel_stacks", false));
        using var witness = new Child(s_ticks.Value, [Bpftool.Text(frequency), .. CpuList.Online().Select(cpu => Bpftool.Text(cpu))]);
        Assert.Equal("ready", witness.Hear());
        var inside = Stopwatch.StartNew();
        Thread.Sleep(2000); // what is measured is this time
        var least = frequency * inside.Elapsed.TotalSeconds * CpuList.Online().Count;
        witness.Say("");
        var ticks = double.Parse(witness.Hear(), CultureInfo.InvariantCulture);
        var samples = Live.Entries(obj.Map("counts")).Sum(entry => (long)Live.Get<ulong>(entry, "count"));
        var most = frequency * outside.Elapsed.TotalSeconds;
        Array.ForEach(loops, loop => loop.Dispose());

        // Each CPU has a timer that never comes too often; a few ticks fall out where the hypervisor has not let the CPU run.
        Assert.InRange(samples, Math.Max(0.9 * ticks - 2, (Guest.MissesTicks ? 0 : 0.9) * least), (most + 1) * CpuList.Online().Count);
    }

    [Fact]
    public void Only_the_process_that_was_asked_for_is_sampled()
    {
        Live.Require();
        using var busy = new Child("sh", "-c", "while :; do :; done");
        using var other = new Child("sh", "-c", "while :; do :; done");
        using var obj = Live.Tool("profile", ("frequency", 499), ("pid", busy.Id), ("user_stacks", false), ("kernel_stacks", false));
        Assert.True(SpinWait.SpinUntil(() =>
            Bpftool.Dump(obj.Map("counts").Id).Sum(entry => (long)BitConverter.ToUInt64(entry.Value)) > 50, TimeSpan.FromSeconds(60)));
        var entry = Assert.Single(Live.Entries(obj.Map("counts")));
        using var reader = new BpfStackReader();

        Assert.Equal(((uint)busy.Id, "sh"), (Live.Get<uint>(entry, "pid"), Live.Get<string>(entry, "comm")));
        Assert.All(reader.Read(entry), stack => Assert.Equal(BpfStackStatus.NotTaken, stack.Status));
    }

    [Fact]
    public void Each_CPU_has_a_link_of_its_own()
    {
        Live.Require();
        using var obj = Live.Tool("profile");

        Assert.Equal(CpuList.Online().Count, obj.LinkCount);
        Assert.Equal(BpfObjectState.Attached, obj.State);
    }

    private static string CommandName(int process) => File.ReadAllText($"/proc/{process}/comm").TrimEnd('\n');
}
