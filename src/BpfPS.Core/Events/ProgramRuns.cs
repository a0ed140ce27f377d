using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// How often the programs that use a buffer have run, while the kernel counts that (kernel.bpf_stats_enabled). A program that sends at
/// most one event a run has sent at most so many.
/// </summary>
internal sealed class ProgramRuns
{
    private const string Setting = "/proc/sys/kernel/bpf_stats_enabled";

    private readonly Dictionary<uint, ulong> _before;

    private ProgramRuns(Dictionary<uint, ulong> before) => _before = before;

    /// <summary>Begins to count; null if the kernel does not count, or this process may not look.</summary>
    /// <param name="map">The id of the buffer.</param>
    public static ProgramRuns? Of(uint map)
    {
        try
        {
            return IsCounting() ? new ProgramRuns(KernelBtf.UsersOf(map).ToDictionary(id => id, Runs)) : null;
        }
        catch (BpfException)
        {
            return null;
        }
    }

    /// <summary>The number of runs since then; null if a program has gone or the kernel has ceased to count.</summary>
    public ulong? Count()
    {
        try
        {
            return IsCounting() && _before.Count > 0
                ? _before.Aggregate(0UL, (sum, program) => sum + Runs(program.Key) - program.Value) : null;
        }
        catch (BpfException)
        {
            return null;
        }
    }

    private static ulong Runs(uint program)
    {
        using var fd = KernelObjects.OpenProgram(program);
        return KernelObjects.GetProgramInfo(fd).RunCount;
    }

    private static bool IsCounting()
    {
        try
        {
            return File.ReadAllText(Setting).Trim() == "1";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
