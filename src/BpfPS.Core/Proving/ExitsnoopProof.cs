using System.Diagnostics;
using System.Globalization;

namespace BpfPS.Proving;

/// <summary>exitsnoop: processes that exit with a code, and processes that a signal ends.</summary>
internal sealed class ExitsnoopProof : ToolProof
{
    private const int SignalBase = 128; // a shell's $? of a process that a signal ended

    // Each of them ends a process and writes no core file, and neither .NET nor a shell has its children ignore it.
    private static readonly string[] s_signals = ["HUP", "KILL", "USR1", "USR2", "ALRM", "TERM", "VTALRM", "PROF"];
    private static readonly string[] s_codes = ["0", "1", "2", "42", "126", "200", "255"];

    public override string Tool => "exitsnoop";

    public override string Witness => "the statuses for which a shell waited, and the clock of this process";

    public override void Run(ProofRun run)
    {
        run.Start();
        var clock = Stopwatch.StartNew();
        var shell = run.Shell("""
            exec 2>/dev/null # where it would say what ended its children
            for code in $1; do sh -c "sleep 0.01; exit $code" & wait $!; echo $! $? $code -; done
            for signal in $2; do sh -c "kill -$signal \$\$; sleep 5" & wait $!; echo $! $? - $signal; done
            exit 9
            """, string.Join(' ', s_codes), string.Join(' ', s_signals));
        var most = clock.Elapsed.TotalNanoseconds;
        var ended = shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToArray();
        var events = run.Events(record => ProofRun.Has(record, "comm", "sh"), ended.Length + 1);
        run.Compare("processes", ended.Length + 1, events.Count);
        foreach (var process in ended)
        {
            var (id, status) = (process[0], int.Parse(process[1], CultureInfo.InvariantCulture));
            var bySignal = process[3] != "-";
            if (run.Single($"process {id}", events, record => ProofRun.Has(record, "pid", id)) is { } found)
            {
                run.Compare($"{id}, thread", id, ProofRun.Get(found, "tid"));
                run.Compare($"{id}, parent", shell.Id, ProofRun.Get(found, "ppid"));
                run.Compare($"{id}, exit code", bySignal ? 0 : status, ProofRun.Get(found, "exit_code"));
                run.Compare($"{id}, signal", bySignal ? $"SIG{process[3]}" : "NO_SIGNAL", ProofRun.Get(found, "signal"));
                run.Compare($"{id}, status", status, bySignal ? SignalBase + Signal(found) : ProofRun.Get(found, "exit_code"));
                run.Compare($"{id}, core", false, ProofRun.Get(found, "core_dumped"));
                run.Compare($"{id}, age in ns", bySignal ? 1 : 10_000_000, most, ProofRun.Number(found, "age"));
            }
        }
        if (run.Single("the shell", events, record => ProofRun.Has(record, "pid", shell.Id)) is { } last)
        {
            run.Compare("the shell, exit code", shell.ExitCode, ProofRun.Get(last, "exit_code"));
            run.Compare("the shell, parent", Environment.ProcessId, ProofRun.Get(last, "ppid"));
            var oldest = events.Max(record => ProofRun.Number(record, "age"));
            run.Compare("the shell is the oldest", oldest, ProofRun.Number(last, "age"));
        }
    }

    private static int Signal(BpfRecord record) => Convert.ToInt32(ProofRun.Get(record, "signal"), CultureInfo.InvariantCulture);
}
