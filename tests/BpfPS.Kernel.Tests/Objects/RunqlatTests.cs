using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

public class RunqlatTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void The_histogram_counts_waits_in_buckets_of_powers_of_two()
    {
        Live.Require();
        using var obj = Live.Tool("runqlat");
        AwaitMore(obj, than: 0);
        var first = Buckets(obj);
        AwaitMore(obj, than: first.Sum(bucket => (long)bucket.Count));
        var second = Buckets(obj);

        Assert.True(second.Sum(bucket => (long)bucket.Count) > first.Sum(bucket => (long)bucket.Count), "bpftool saw more, and we did not");
        Assert.All(second, bucket => Assert.Equal(-1, bucket.Cpu));
        Assert.All(second, bucket => Assert.True(bucket.From == TimeSpan.Zero && bucket.To == TimeSpan.FromMicroseconds(1)
            || bucket.To == 2 * bucket.From
                && long.PopCount(bucket.From.Ticks / TimeSpan.TicksPerMicrosecond) == 1, $"from {bucket.From} to {bucket.To}"));
        Assert.Equal(second.Length, second.DistinctBy(bucket => bucket.From).Count());
        // bpftool sees the same buckets.
        Assert.Subset(Bpftool.Dump(obj.Map("hist").Id).Select(entry => BitConverter.ToUInt64(entry.Key, 8)).ToHashSet(),
            second.Select(bucket => (ulong)bucket.From.Ticks * 100).ToHashSet());
    }

    [Fact]
    public void Buckets_are_told_apart_by_CPU_when_asked()
    {
        Live.Require();
        using var obj = Live.Tool("runqlat", ("per_cpu", true));
        AwaitMore(obj, than: 0);
        var buckets = Buckets(obj);

        Assert.NotEmpty(buckets);
        Assert.All(buckets, bucket => Assert.InRange(bucket.Cpu, 0, CpuList.PossibleCount - 1));
    }

    [Fact]
    public void Two_loops_on_one_CPU_wait_for_each_other_and_are_reported()
    {
        Live.Require();
        Machine.RequireProgram("taskset");
        using var obj = Live.Tool("runqlat", ("threshold_ns", TimeSpan.FromMilliseconds(1)));
        using var stream = new BpfEventStream(obj.Map("events"));
        using var one = new Child("taskset", "-c", "0", "sh", "-c", "while :; do :; done");
        using var two = new Child("taskset", "-c", "0", "sh", "-c", "while :; do :; done");
        bool Of(BpfRecord record, Child child) => Live.Get<uint>(record, "pid") == child.Id;
        var events = Live.ReadUntil(stream, read =>
            read.Any(record => Of(record, one) && Preempted(record)) && read.Any(record => Of(record, two) && Preempted(record)));

        Assert.Contains(events, record => Of(record, one) && Preempted(record));
        Assert.Contains(events, record => Of(record, two) && Preempted(record));
        Assert.All(events, record => Assert.True(Live.Get<TimeSpan>(record, "wait") >= TimeSpan.FromMilliseconds(1)));
        Assert.All(events.Where(record => Of(record, one) && Preempted(record)), record => Assert.Equal(0, Live.Get<int>(record, "cpu")));

        static bool Preempted(BpfRecord record) => Live.Get<int>(record, "waker_stack") == -2 && Live.Get<string>(record, "comm") == "sh";
    }

    [Fact]
    public void The_stack_of_the_waker_is_made_of_functions_that_the_kernel_has()
    {
        Live.Require();
        Machine.RequireProgram("taskset");
        // It sleeps and wakes beside a loop on the same CPU: the waker is a timer's interrupt, or the one who ends its child.
        using var busy = new Child("taskset", "-c", "0", "sh", "-c", "while :; do :; done");
        using var sleeper = new Child("taskset", "-c", "0", "sh", "-c", "while :; do sleep 0.005; done");
        using var obj = Live.Tool("runqlat", ("threshold_ns", 100_000), ("pid", sleeper.Id));
        using var stream = new BpfEventStream(obj.Map("events"));
        var events = Live.ReadUntil(stream, read => read.Count(record => Live.Get<int>(record, "waker_stack") >= 0) >= 3);
        using var reader = new BpfStackReader();
        var stacks = events.Where(record => Live.Get<int>(record, "waker_stack") >= 0).SelectMany(record => reader.Read(record)).ToArray();

        Assert.True(stacks.Length >= 3, $"{stacks.Length} of {events.Count} events have a stack");
        Assert.All(events, record => Assert.Equal((uint)sleeper.Id, Live.Get<uint>(record, "pid")));
        // The witness: the kernel's own table of addresses.
        var table = File.ReadLines("/proc/kallsyms").Select(line => line.Split(' ', '\t'))
            .Select(fields => (fields[2], Convert.ToUInt64(fields[0], 16))).ToHashSet();
        Assert.All(stacks, stack =>
        {
            Assert.Equal((BpfStackKind.Kernel, BpfStackStatus.Walked), (stack.Kind, stack.Status));
            Assert.True(stack.Frames.Length >= 2, stack.ToString());
            Assert.All(stack.Frames.Where(frame => frame.Module == "vmlinux"), frame =>
                Assert.Contains((frame.Function!, frame.Address - frame.Offset!.Value), table));
            Assert.Contains(stack.Frames, frame =>
                frame.Function!.Contains("wake", StringComparison.Ordinal) || frame.Function.Contains("ttwu", StringComparison.Ordinal));
        });
    }

    /// <summary>Lets a process sleep and wake until bpftool sees more waits counted.</summary>
    private static void AwaitMore(BpfObject obj, long than)
    {
        using var one = new Child("sh", "-c", "while :; do sleep 0.001; done");
        Assert.True(SpinWait.SpinUntil(() =>
            Bpftool.Dump(obj.Map("hist").Id).Sum(entry => (long)BitConverter.ToUInt64(entry.Value)) > than, TimeSpan.FromSeconds(60)),
            $"no more than {than} waits were counted");
    }

    private static (long Cpu, TimeSpan From, TimeSpan To, ulong Count)[] Buckets(BpfObject obj) =>
        [.. Live.Entries(obj.Map("hist"))
            .Select(entry => (Live.Get<long>(entry, "cpu"), Live.Get<TimeSpan>(entry, "from"), Live.Get<TimeSpan>(entry, "to"),
            Live.Get<ulong>(entry, "count")))];
}
