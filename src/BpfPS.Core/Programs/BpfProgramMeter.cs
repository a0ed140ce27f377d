using System.Diagnostics;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// Measures what programs cost. The kernel's statistics are on as long as a meter lives and no longer: they end with
/// it, or with this process, however it ends. For one thread.
/// </summary>
public sealed class BpfProgramMeter : IDisposable
{
    private readonly FileDescriptor _statistics;
    private readonly List<Look> _looks = [];

    /// <summary>Switches statistics on (BPF_ENABLE_STATS, since Linux 5.8).</summary>
    /// <exception cref="BpfException">The user may not: it takes CAP_SYS_ADMIN.</exception>
    public BpfProgramMeter()
    {
        LibBpfLibrary.Require();
        const string Operation = "Switching the kernel's statistics of BPF programs on";
        var result = LibBpf.bpf_enable_stats(LibBpf.StatisticsOfRunTime);
        _statistics = -result is (int)BpfErrno.EPERM ? throw Privileges.Denied(Operation, -result, needsSysAdmin: true)
            : FileDescriptor.FromResult(result, Operation);
    }

    /// <summary>Takes the first look at a program. It is not held open: measuring keeps nothing alive.</summary>
    /// <param name="program">The program. One that is added already is not added again.</param>
    /// <exception cref="BpfException">It has gone, or the user may not.</exception>
    public void Add(BpfProgram program)
    {
        if (!_looks.Exists(look => look.Program.Id == program.Id))
        {
            _looks.Add(new Look(program));
        }
    }

    /// <summary>Whether there is nothing to measure.</summary>
    public bool IsEmpty => _looks.Count == 0;

    /// <summary>Takes the next look at every program.</summary>
    /// <param name="gone">Takes those that are not in the kernel any more, with the error that says so; they are measured no
    /// longer.</param>
    /// <returns>What each of the others cost since the last look, in the order in which they were added.</returns>
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

    /// <summary>Switches statistics off, unless somebody else has them on too.</summary>
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
                    Gain(_before.RecursionMisses, now.RecursionMisses));
            (_before, _time) = (now, time);
            return statistics;
        }

        private (ProgramInfo Info, long Time) Read()
        {
            using var fd = KernelObjects.OpenProgram(Program.Id);
            return (KernelObjects.GetProgramInfo(fd), Stopwatch.GetTimestamp());
        }

        // The kernel adds up its counters of each CPU while they go on: a sum can be behind the last one.
        private static ulong Gain(ulong before, ulong now) => now > before ? now - before : 0;
    }
}
