using System.Globalization;

namespace BpfPS.Proving;

/// <summary>Who the current thread is, as /proc/thread-self/status says: what events say with TASK_MEMBERS.</summary>
internal sealed class ThreadWitness
{
    private readonly Dictionary<string, string> _status = File.ReadLines("/proc/thread-self/status")
        .Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1].Trim());

    /// <summary>Compares the members of an event that say who did it.</summary>
    /// <param name="run">Counts what agrees.</param>
    /// <param name="what">What the event is about.</param>
    /// <param name="record">The event.</param>
    /// <param name="thread">Whether this very thread did it, and not another one of the process.</param>
    public void Compare(ProofRun run, string what, BpfRecord record, bool thread = true)
    {
        run.Compare($"{what}, process", Number("Tgid"), ProofRun.Get(record, "pid"));
        run.Compare($"{what}, parent", Number("PPid"), ProofRun.Get(record, "ppid"));
        run.Compare($"{what}, user", Number("Uid"), ProofRun.Get(record, "uid"));
        if (thread)
        {
            run.Compare($"{what}, thread", Number("Pid"), ProofRun.Get(record, "tid"));
            run.Compare($"{what}, command", _status["Name"], ProofRun.Get(record, "comm"));
        }
    }

    private long Number(string name) => long.Parse(_status[name].Split('\t')[0], CultureInfo.InvariantCulture);
}
