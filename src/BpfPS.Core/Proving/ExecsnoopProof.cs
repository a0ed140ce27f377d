using System.Globalization;

namespace BpfPS.Proving;

/// <summary>execsnoop: programs that a shell starts with known arguments, and attempts that fail.</summary>
internal sealed class ExecsnoopProof : ToolProof
{
    private const int Programs = 8;
    private const int LongBytes = 5000; // more than the tool has room for

    // As a shell says it in $?, and as execve() does.
    private static readonly Dictionary<string, (int Status, BpfErrno Error)> s_failures = new()
    {
        ["missing"] = (127, BpfErrno.ENOENT), ["forbidden"] = (126, BpfErrno.EACCES), ["directory"] = (126, BpfErrno.EACCES),
    };

    public override string Tool => "execsnoop";

    public override string Witness => "what a shell was told to start, as which process, and with what result";

    public override void Run(ProofRun run)
    {
        run.Start();
        var shell = run.Shell("""
            exec 2>/dev/null
            program=$(command -v cat); cd "$1" || exit 1
            echo program $program
            for i in 0 1 2 3 4 5 6 7; do
                "$program" -- $i 'two words' '' < /dev/null & wait $!; echo $i $! $?
            done
            "$program" "$(printf "%$2s" x)" & wait $!; echo long $! $?
            : > forbidden; chmod 644 forbidden; mkdir directory
            for name in missing forbidden directory; do "$1/$name" $name one & wait $!; echo $name $! $?; done
            """, run.Folder, LongBytes.ToString(CultureInfo.InvariantCulture));
        var lines = shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToArray();
        run.Compare("what was started", Programs + 2 + s_failures.Count, lines.Length);
        var program = lines[0][1];
        var events = run.Events(record => ProofRun.Has(record, "ppid", shell.Id) || ProofRun.Has(record, "pid", shell.Id), lines.Length);
        foreach (var line in lines[1..])
        {
            var (what, process, status) = (line[0], line[1], int.Parse(line[2], CultureInfo.InvariantCulture));
            if (run.Single($"{what}, process {process}", events, record => ProofRun.Has(record, "pid", process)) is not { } found)
            {
                continue;
            }
            var failure = s_failures.GetValueOrDefault(what);
            string[] arguments = failure.Status != 0 ? [Path.Combine(run.Folder, what), what, "one"]
                : what == "long" ? [program, new string(' ', LongBytes - 1) + "x"] : [program, "--", what, "two words", ""];
            run.Compare($"{what}, file", arguments[0], ProofRun.Get(found, "filename"));
            run.Compare($"{what}, command", failure.Status != 0 ? "sh" : Path.GetFileName(program), ProofRun.Get(found, "comm"));
            run.Compare($"{what}, parent", shell.Id, ProofRun.Get(found, "ppid"));
            run.Compare($"{what}, result", failure.Error, ProofRun.Get(found, "ret"));
            run.Compare($"{what}, truncated", what == "long", ProofRun.Get(found, "truncated"));
            var read = (string[])ProofRun.Get(found, "args")!;
            run.Compare($"{what}, number of arguments", arguments.Length, read.Length);
            for (var i = 0; i < Math.Min(arguments.Length, read.Length); i++)
            {
                run.Compare($"{what}, argument {i}", what == "long" ? arguments[i].StartsWith(read[i], StringComparison.Ordinal)
                    : arguments[i] == read[i]);
            }
            if (failure.Status != 0)
            {
                run.Compare($"{what}, status", failure.Status, status);
            }
        }
        if (run.Single("the shell", events, record => ProofRun.Has(record, "pid", shell.Id)) is { } first)
        {
            run.Compare("the shell, file", "/bin/sh", ProofRun.Get(first, "filename"));
            run.Compare("the shell, parent", Environment.ProcessId, ProofRun.Get(first, "ppid"));
            run.Compare("the shell, -c", "-c", ((string[])ProofRun.Get(first, "args")!)[1]);
        }
    }
}
