using System.Diagnostics;

namespace BpfPS.Module.Tests.Module;

/// <summary>
/// What is done often in one session leaves nothing behind: as many descriptors and threads, and as much memory, at the end as after the
/// first hundred times. Some hundreds of each here; thousands in the nightly mode.
/// </summary>
public sealed class LeakTests : KernelTest
{
    private const int First = 100;

    private static readonly bool s_isNightly = Environment.GetEnvironmentVariable("BPFPS_NIGHTLY") == "1";

    [Fact]
    public void Starting_and_stopping() => NothingGrows(s_isNightly ? 10_000 : 300, "Start-BpfProgram runqlat | Stop-BpfProgram");

    [Fact]
    public void Watching_for_one_event()
    {
        using var producer = Producer.Steady();
        NothingGrows(s_isNightly ? 2_000 : 250, "Watch-BpfEvent $burst -Variable $producer -First 1 | Out-Null");
    }

    [Fact]
    public void Looking_up_stacks()
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer", calls: 1);
        Run("$event = Watch-BpfEvent stacks -First 1").Succeeded();
        NothingGrows(s_isNightly ? 1_000 : 250, "$event | Get-BpfStack | Out-Null");
    }

    [Fact]
    public void Reading_and_writing_a_map()
    {
        Make("leak_map -KeyType u32 -ValueType 'struct { u64 n; bpfps_ipv4_t at; }'");
        NothingGrows(s_isNightly ? 10_000 : 400,
            "Set-BpfMapEntry leak_map 1 @{ n = 2; at = '192.0.2.1' }; Get-BpfMapEntry leak_map | Out-Null");
    }

    private void NothingGrows(int times, string script)
    {
        Assert.True(times > First);
        Run($"foreach ($i in 1..{First}) {{ {script} }}").Succeeded();
        const long Noise = 4 << 20; // PowerShell keeps compiled scripts, and the runtime what it knows about hot methods
        const int Rounds = 3; // such things come once, and what leaks grows each time
        for (var round = 1; round <= Rounds; round++)
        {
            var before = State.Now();
            Run($"foreach ($i in {First}..{times}) {{ {script} }}").Succeeded();
            var after = State.Now();

            // What the runtime opens by and by, its own assemblies, is not ours.
            Assert.Equal(before.Descriptors, after.Descriptors);
            Assert.True(after.Threads <= before.Threads + 4, $"{before.Threads} threads became {after.Threads}");
            if (after.Bytes - before.Bytes < Noise + (times - First) * 256L)
            {
                return;
            }
            Assert.True(round < Rounds, $"{before.Bytes} bytes became {after.Bytes}, in the last of {Rounds} rounds");
        }
    }

    private sealed record State(int Descriptors, int Threads, long Bytes)
    {
        public static State Now()
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            // A program is off when it has been stopped; the perf events of its tracepoints are closed one after the other.
            SpinWait.SpinUntil(() => !OpenFiles().Any(file => file.Contains("perf_event", StringComparison.Ordinal)),
                TimeSpan.FromSeconds(10));
            using var self = Process.GetCurrentProcess();
            return new(OpenFiles().Count(IsOurs), self.Threads.Count, GC.GetTotalMemory(forceFullCollection: true));
        }

        private static IEnumerable<string> OpenFiles() => Directory.GetFiles("/proc/self/fd").Select(Target).OfType<string>();

        // The directory that is being listed is among them.
        private static bool IsOurs(string target) =>
            !target.EndsWith(".dll", StringComparison.Ordinal) && !target.StartsWith("/proc/", StringComparison.Ordinal);

        private static string? Target(string descriptor)
        {
            try
            {
                return new FileInfo(descriptor).LinkTarget;
            }
            catch (FileNotFoundException)
            {
                return null;
            }
        }
    }
}
