using System.Globalization;

namespace BpfPS.Proving;

/// <summary>sigsnoop: signals that end a process, signals that are ignored, and calls of kill() that fail.</summary>
internal sealed class SigsnoopProof : ToolProof
{
    private const int SignalBase = 128; // a shell's $? of a process that a signal ended
    private const int UserSignal = 10; // SIGUSR1

    private static readonly string[] s_signals = ["HUP", "KILL", "USR1", "USR2", "ALRM", "TERM"];

    public override string Tool => "sigsnoop";

    public override string Witness => "what kill and wait returned to a shell, and /proc/PID/status";

    public override void Run(ProofRun run)
    {
        if (run.Shell("command -v setpriv").ExitCode != 0)
        {
            throw ProofRun.NotHere("There is no setpriv (package util-linux), with which to be another user.");
        }
        run.Start(("checks", true));
        var shell = run.Shell("""
            exec 2>/dev/null
            begin() { "$@" & target=$!; until [ "$(cat /proc/$target/comm)" = sleep ]; do :; done; }
            for signal in $1; do
                begin sleep 90
                kill -$signal $target; sent=$?
                wait $target; echo ended $target $signal $sent $?
            done
            begin env sh -c 'trap "" USR1; exec sleep 90'
            kill -USR1 $target; sent=$?
            echo ignored $target USR1 $sent $(sed -n 's/^SigIgn:[^0-9a-f]*//p' /proc/$target/status)
            kill -0 $target; echo checked $target - $? 0
            setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'kill -TERM $1; exit $?' sh $target & wait $!
            echo denied $target TERM $? $!
            kill -KILL $target; wait $target
            kill -TERM $target; echo gone $target TERM $? 0
            """, string.Join(' ', s_signals));
        var lines = shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToArray();
        run.Compare("what was tried", s_signals.Length + 4, lines.Length);
        var events = run.Events(record => !ProofRun.Has(record, "signal", "SIGCHLD"), lines.Length + 1);
        foreach (var line in lines)
        {
            var (what, target, sent) = (line[0], line[1], line[3] == "0");
            var signal = line[2] == "-" ? "NO_SIGNAL" : $"SIG{line[2]}";
            var sender = what == "denied" ? line[4] : shell.Id.ToString(CultureInfo.InvariantCulture);
            var name = $"{signal} to {target}, {what}";
            if (run.Single(name, events, record => ProofRun.Has(record, "target", target) && ProofRun.Has(record, "signal", signal)
                && ProofRun.Has(record, "pid", sender)) is not { } found)
            {
                continue;
            }
            run.Compare($"{name}, call succeeded", sent, ProofRun.Has(found, "ret", BpfErrno.Success));
            run.Compare($"{name}, how", "SI_USER", ProofRun.Get(found, "code"));
            run.Compare($"{name}, thread", 0, ProofRun.Get(found, "target_tid"));
            run.Compare($"{name}, sender's name", "sh", ProofRun.Get(found, "comm"));
            run.Compare($"{name}, sender's user", what == "denied" ? 65534 : 0, ProofRun.Get(found, "uid"));
            switch (what)
            {
                case "ended":
                    run.Compare($"{name}, result", "DELIVERED", ProofRun.Get(found, "result"));
                    run.Compare($"{name}, target's name", "sleep", ProofRun.Get(found, "target_comm"));
                    run.Compare($"{name}, status", line[4], SignalBase + Signal(found));
                    break;
                case "ignored":
                    var ignores = (Convert.ToUInt64(line[4], 16) >> (UserSignal - 1) & 1) != 0;
                    run.Compare($"{name}, ignored", ignores, ProofRun.Has(found, "result", "IGNORED"));
                    break;
                default:
                    run.Compare($"{name}, result", "NOT_SENT", ProofRun.Get(found, "result"));
                    run.Compare($"{name}, errno", what switch { "denied" => "EPERM", "gone" => "ESRCH", _ => "Success" },
                        ProofRun.Get(found, "ret"));
                    break;
            }
        }
    }

    private static int Signal(BpfRecord record) => Convert.ToInt32(ProofRun.Get(record, "signal"), CultureInfo.InvariantCulture);
}
