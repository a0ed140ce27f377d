using System.Diagnostics;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// Measures the run time of programs. The kernel's statistics are enabled only while a meter exists: they end with the meter or with
/// this process, however it ends. Not thread-safe.
/// </summary>
public sealed class BpfProgramMeter : IDisposable
{
    private readonly FileDescriptor _statistics;
    private readonly List<Look> _looks = [];

    /// <summary>Enables statistics (BPF_ENABLE_STATS, Linux 5.8 or later).</summary>
    /// <exception cref="BpfException">The user lacks CAP_SYS_ADMIN.</exception>
    public BpfProgramMeter()
    {
        LibBpfLibrary.Require();
        const string Operation = "Enabling the kernel's statistics for BPF programs";
        var result = LibBpf.bpf_enable_stats(LibBpf.StatisticsOfRunTime);
        _statistics = -result is (int)BpfErrno.EPERM ? throw Privileges.Denied(Operation, -result, [Capability.SysAdmin])
            : FileDescriptor.FromResult(result, Operation);
    }

    /// <summary>Reads a program's counters for the first time. The meter does not keep the program loaded.</summary>
    /// <param name="program">The program. Adding it a second time has no effect.</param>
    /// <exception cref="BpfException">It no longer exists, or the user lacks permission.</exception>
    public void Add(BpfProgram program)
    {
        if (!_looks.Exists(look => look.Program.Id == program.Id))
        {
            _looks.Add(new Look(program));
        }
    }

    /// <summary>Whether there is nothing to measure.</summary>
    public bool IsEmpty => _looks.Count == 0;

    /// <summary>Reads the counters of all programs again.</summary>
    /// <param name="gone">Receives programs that are no longer in the kernel, with the error; the meter stops measuring them.</param>
    /// <returns>The statistics of the other programs since the last read, in the order in which they were added.</returns>
    public IReadOnlyList<BpfProgramStatistics> Next(ICollection<(BpfProgram Program, BpfException Error)>? gone = null)
    {
        var all = new List<BpfProgramStatistics>(_looks.Count);
        foreach (var look in _looks.ToArray())
        {
            try
            {
                all.Add(look.Next());
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                _looks.Remove(look);
                gone?.Add((look.Program, e));
            }
        }
        return all;
    }

    /// <summary>Disables statistics, unless someone else has enabled them too.</summary>
    public void Dispose() => _statistics.Dispose();

    private sealed class Look
    {
        private ProgramInfo _before;
        private long _time;

        public Look(BpfProgram program)
        {
            Program = program;
            (_before, _time) = Read();
        }

        public BpfProgram Program { get; }

        public BpfProgramStatistics Next()
        {
            var (now, time) = Read();
            var statistics = new BpfProgramStatistics(DateTime.Now, Program.Id, Program.Name, Program.Type,
                Stopwatch.GetElapsedTime(_time, time),
                Gain(_before.RunCount, now.RunCount), Gain(_before.RunTimeNanoseconds, now.RunTimeNanoseconds),
                Gain(_before.RecursionMisses, now.RecursionMisses)) { Processes = Program.Processes };
            (_before, _time) = (now, time);
            return statistics;
        }

        private (ProgramInfo Info, long Time) Read()
        {
            using var fd = KernelObjects.OpenProgram(Program.Id);
            return (KernelObjects.GetProgramInfo(fd), Stopwatch.GetTimestamp());
        }

        // The kernel adds up the counters of all CPUs while they change, so a sum can be smaller than the previous one.
        private static ulong Gain(ulong before, ulong now) => now > before ? now - before : 0;
    }
}
