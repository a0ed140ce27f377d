using System.Diagnostics;
using System.Globalization;

namespace BpfPS.Proving;

/// <summary>syscount: programs that make known numbers of calls, some of which fail.</summary>
internal sealed class SyscountProof : ToolProof
{
    private const int Calls = 200;
    private const double NapNanoseconds = 150e6;

    public override string Tool => "syscount";

    public override string Witness => "the numbers of calls that a shell and its children were told to make, and the clock of this process";

    public override void Run(ProofRun run)
    {
        run.Start();
        var clock = Stopwatch.StartNew();
        // What is built into a shell makes one call each: echo write(), kill kill(), cd chdir(). One that complains also writes.
        var shell = run.Shell("""
            exec 2>/dev/null
            true & wait $!
            gone=$!
            (i=0; while [ $i -lt $1 ]; do kill -0 $$; kill -0 $$; kill -0 $gone; i=$((i + 1)); done) & wait $!; killer=$!
            dd if=/dev/zero of="$2" bs=3 count=$1 conv=fsync status=none & wait $!; copier=$!
            sleep 0.15 & wait $!; sleeper=$!
            i=1
            while [ $i -lt $1 ]; do echo line; cd /; i=$((i + 1)); done
            echo $killer $copier $sleeper
            """, Calls.ToString(CultureInfo.InvariantCulture), Path.Combine(run.Folder, "file"));
        var most = clock.Elapsed.TotalNanoseconds;
        var lines = shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        run.Compare("lines", Calls, lines.Length);
        var (killer, copier, sleeper) = lines[^1].Split(' ') is [var first, var second, var third] ? (first, second, third) : default;
        (object Process, string Command, string Call, int Count, int Errors, double Least)[] expected =
        [
            (shell.Id, "sh", "write", lines.Length, 0, 0),
            (shell.Id, "sh", "chdir", Calls - 1, 0, 0),
            (killer!, "sh", "kill", 3 * Calls, Calls, 0),
            (copier!, "dd", "write", Calls, 0, 0),
            (copier!, "dd", "fsync", 1, 0, 0),
            (sleeper!, "sleep", "clock_nanosleep", 1, 0, NapNanoseconds),
        ];
        var entries = run.Entries("calls");
        foreach (var (process, command, call, count, errors, least) in expected)
        {
            var name = $"{command}, {call}";
            if (run.Single(name, entries, entry => ProofRun.Has(entry, "pid", process) && ProofRun.Has(entry, "comm", command)
                && ProofRun.Has(entry, "syscall", call)) is { } found)
            {
                run.Compare($"{name}, count", count, ProofRun.Get(found, "count"));
                run.Compare($"{name}, errors", errors, ProofRun.Get(found, "errors"));
                run.Compare($"{name}, time in ns", Math.Max(least, count), most, ProofRun.Number(found, "time"));
            }
        }
        var file = new FileInfo(Path.Combine(run.Folder, "file"));
        run.Compare("bytes in three for each write", 3 * Calls, file.Length);
        var calls = entries.Where(entry => ProofRun.Has(entry, "pid", shell.Id) && ProofRun.Has(entry, "comm", "sh")).ToArray();
        run.Compare("the shell's calls together, in ns", NapNanoseconds, most, calls.Sum(entry => ProofRun.Number(entry, "time")));
        run.Compare("processes with more failures than calls", 0,
            entries.Count(entry => ProofRun.Number(entry, "errors") > ProofRun.Number(entry, "count")));
    }
}
