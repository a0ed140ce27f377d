using System.Diagnostics;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

public sealed class ProfileTests : IClassFixture<NothingLeft>, IDisposable
{
    private const string Source = """
        volatile unsigned long turns;
        __attribute__((noinline)) void innermost_of_all(void) { while (turns != 1) turns += 2; }
        __attribute__((noinline)) void caller_of_it(void) { innermost_of_all(); }
        int main(void) { caller_of_it(); return 0; }
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("bpfps-profile-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_busy_loop_is_counted_most_and_its_stack_names_its_functions()
    {
        Live.Require();
        Machine.RequireProgram("gcc");
        var program = Path.Combine(_directory, "busy_loop");
        File.WriteAllText($"{program}.c", Source);
        Command.Output("gcc", "-O0", "-g", "-fno-omit-frame-pointer", "-o", program, $"{program}.c");
        using var busy = new Child(program);
        using var obj = Live.Tool("profile");
        Thread.Sleep(1500);
        var entries = Live.Entries(obj.Map("counts"));
        var mine = entries.Where(entry => Live.Get<uint>(entry, "pid") == busy.Id).ToArray();
        var most = mine.MaxBy(entry => Live.Get<ulong>(entry, "count"))!;
        using var reader = new BpfStackReader();
        var user = reader.Read(most).Single(stack => stack.Kind == BpfStackKind.User);

        // Other loads on this machine share its CPUs, but each single one has no more than one CPU either.
        var byProcess = entries.GroupBy(entry => Live.Get<uint>(entry, "pid")).ToDictionary(group => group.Key, group => group.Sum(entry => (long)Live.Get<ulong>(entry, "count")));
        Assert.True(byProcess[(uint)busy.Id] >= byProcess.Values.Max() / 2, $"{byProcess[(uint)busy.Id]} of at most {byProcess.Values.Max()} samples");
        Assert.Equal("busy_loop", Live.Get<string>(most, "comm"));
        Assert.Equal(["innermost_of_all", "caller_of_it", "main"], user.Frames.Take(3).Select(frame => frame.Function));
        Assert.All(user.Frames.Take(3), frame => Assert.Equal(program, frame.Module));
        Assert.Equal((uint)busy.Id, user.ProcessId);
    }

    [Theory]
    [InlineData(49)]
    [InlineData(499)]
    public void There_are_as_many_samples_as_frequency_and_time_say(int frequency)
    {
        Live.Require();
        using var busy = new Child("sh", "-c", "while :; do :; done");
        using var obj = Live.Tool("profile", ("frequency", frequency), ("idle", true));
        var watch = Stopwatch.StartNew();
        Thread.Sleep(1000);
        var samples = Live.Entries(obj.Map("counts")).Sum(entry => (long)Live.Get<ulong>(entry, "count"));
        var expected = frequency * watch.Elapsed.TotalSeconds * CpuList.Online().Count;

        Assert.InRange(samples, expected * 0.4, expected * 1.6);
    }

    [Fact]
    public void Only_the_process_that_was_asked_for_is_sampled()
    {
        Live.Require();
        using var busy = new Child("sh", "-c", "while :; do :; done");
        using var other = new Child("sh", "-c", "while :; do :; done");
        using var obj = Live.Tool("profile", ("frequency", 499), ("pid", busy.Id), ("user_stacks", false), ("kernel_stacks", false));
        Thread.Sleep(500);
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
}
