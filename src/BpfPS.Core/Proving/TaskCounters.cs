using System.Diagnostics;
using System.Globalization;

namespace BpfPS.Proving;

/// <summary>What the kernel has counted of a process with one thread: /proc/PID/schedstat, status and stat (proc(5)).</summary>
internal sealed record TaskCounters
{
    private const int AfterName = 2; // the first two fields of /proc/PID/stat are the id and the name, which can have spaces

    /// <summary>How many ticks there are in a second, for whoever asks the kernel (USER_HZ).</summary>
    public const int TicksPerSecond = 100;

    /// <summary>When the step was begun whose end this is.</summary>
    public required TimeSpan Sent { get; init; }

    /// <summary>When this was read.</summary>
    public required TimeSpan Read { get; init; }

    /// <summary>Whether it waits for something that may happen.</summary>
    public required bool IsSleeping { get; init; }

    /// <summary>
    /// Whether it waits for a place in the kernel that the kernel names: not so where it hides the names, and not for one that was going
    /// to wait and lost its CPU before.
    /// </summary>
    public required bool IsBlocked { get; init; }

    /// <summary>How long it had a CPU.</summary>
    public required TimeSpan OnCpu { get; init; }

    /// <summary>How long it could run and had none.</summary>
    public required TimeSpan Waiting { get; init; }

    /// <summary>How often it got a CPU.</summary>
    public required long Slices { get; init; }

    /// <summary>How often it left a CPU to wait for something.</summary>
    public required long Voluntary { get; init; }

    /// <summary>How often it lost a CPU.</summary>
    public required long Involuntary { get; init; }

    /// <summary>Page faults, those that had to read from a disk too, not those of its children.</summary>
    public required long Faults { get; init; }

    /// <summary>Those of the children that have ended.</summary>
    public required long ChildFaults { get; init; }

    /// <summary>The time that the children that have ended had a CPU, in ticks of the clock.</summary>
    public required long ChildTicks { get; init; }

    /// <summary>Reads them.</summary>
    /// <param name="process">Its id.</param>
    /// <param name="sent">When the step was begun: Stopwatch.GetTimestamp().</param>
    /// <exception cref="BpfException">The kernel does not count that.</exception>
    public static TaskCounters Of(int process, long sent = 0)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        if (!File.Exists($"{folder}/schedstat"))
        {
            throw ProofRun.NotHere("This kernel has no /proc/PID/schedstat (CONFIG_SCHED_INFO).");
        }
        var schedule = File.ReadAllText($"{folder}/schedstat").Split(' ').Select(Number).ToArray();
        var status = File.ReadAllLines($"{folder}/status");
        var stat = File.ReadAllText($"{folder}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new TaskCounters
        {
            Sent = Stopwatch.GetElapsedTime(0, sent), Read = Stopwatch.GetElapsedTime(0, Stopwatch.GetTimestamp()),
            IsSleeping = fields[0] == "S", IsBlocked = File.ReadAllText($"{folder}/wchan").Trim() is not ("" or "0"),
            OnCpu = Nanoseconds(schedule[0]), Waiting = Nanoseconds(schedule[1]), Slices = schedule[2],
            Voluntary = Switches("voluntary_ctxt_switches"), Involuntary = Switches("nonvoluntary_ctxt_switches"),
            Faults = Field(10) + Field(12), ChildFaults = Field(11) + Field(13), ChildTicks = Field(16) + Field(17),
        };

        // The numbers of proc(5) begin with 1.
        long Field(int number) => Number(fields[number - 1 - AfterName]);

        long Switches(string name) => Number(status.First(line => line.StartsWith($"{name}:", StringComparison.Ordinal)).Split(':')[1]);
    }

    private static TimeSpan Nanoseconds(long count) => TimeSpan.FromTicks(count / TimeSpan.NanosecondsPerTick);

    private static long Number(string text) => long.Parse(text.Trim(), CultureInfo.InvariantCulture);
}
