using System.Diagnostics;

namespace BpfPS.Proving;

/// <summary>statsnoop: paths that are there and paths that are not, asked for in several ways.</summary>
internal sealed class StatsnoopProof : ToolProof
{
    private const int Files = 12;

    public override string Tool => "statsnoop";

    public override string Witness => "what each question was answered, and the clock of this process";

    public override void Run(ProofRun run)
    {
        run.Start();
        var clock = Stopwatch.StartNew();
        string[] there = [.. Enumerable.Range(0, Files).Select(i => Path.Combine(run.Folder, $"there-{i}"))];
        string[] missing = [.. Enumerable.Range(0, Files).Select(i => Path.Combine(run.Folder, $"not-there-{i}"))];
        string[] links = [.. Enumerable.Range(0, Files).Select(i => Path.Combine(run.Folder, $"link-{i}"))];
        for (var i = 0; i < Files; i++)
        {
            Directory.CreateDirectory(there[i]);
            File.CreateSymbolicLink(links[i], there[i]);
            run.Compare(missing[i], false, File.Exists(missing[i]));
        }
        // What test finds out about a file that is there, a link itself, and a file system, each by one call of its own or of stat's.
        var shell = run.Shell("""
            cd "$1" || exit 1
            for i in 0 1 2 3 4 5 6 7 8 9 10 11; do test -d there-$i && test -L link-$i && echo $i; done
            for i in 0 1 2 3 4 5 6 7 8 9 10 11; do test -e ./not-there-$i || echo $i; done
            stat -f there-0/. > /dev/null && echo 0
            stat -f not-there-0/. 2> /dev/null > /dev/null || echo 1
            """, run.Folder);
        var most = clock.Elapsed.TotalNanoseconds;
        run.Compare("answers", 2 * Files + 2, shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        var events = run.Events(record => ProofRun.Text(record, "path") is var path && (path.Contains("there-", StringComparison.Ordinal)
            || path.StartsWith("link-", StringComparison.Ordinal)), 4 * Files + 2);
        for (var i = 0; i < Files; i++)
        {
            Asked(missing[i], Environment.ProcessId, BpfErrno.ENOENT, null); // which call .NET makes is its own affair
            Asked($"there-{i}", shell.Id, BpfErrno.Success, false);
            Asked($"link-{i}", shell.Id, BpfErrno.Success, true);
            Asked($"./not-there-{i}", shell.Id, BpfErrno.ENOENT, false);
        }
        FileSystem("there-0/.", BpfErrno.Success);
        FileSystem("not-there-0/.", BpfErrno.ENOENT);

        void Asked(string path, int process, BpfErrno result, bool? isLink)
        {
            if (run.Single(path, events, record => ProofRun.Has(record, "path", path)) is { } found)
            {
                run.Compare($"{path}, process", process, ProofRun.Get(found, "pid"));
                run.Compare($"{path}, result", result, ProofRun.Get(found, "ret"));
                run.Compare($"{path}, duration in ns", 1, most, ProofRun.Number(found, "duration"));
                if (isLink is not null)
                {
                    run.Compare($"{path}, of a link itself", isLink, ProofRun.Has(found, "operation", "LSTAT")
                        || ProofRun.Text(found, "flags").Contains("AT_SYMLINK_NOFOLLOW", StringComparison.Ordinal));
                }
            }
        }

        void FileSystem(string path, BpfErrno result)
        {
            if (run.Single(path, events, record => ProofRun.Has(record, "path", path)) is { } found)
            {
                run.Compare($"{path}, command", "stat", ProofRun.Get(found, "comm"));
                run.Compare($"{path}, parent", shell.Id, ProofRun.Get(found, "ppid"));
                run.Compare($"{path}, operation", "STATFS", ProofRun.Get(found, "operation"));
                run.Compare($"{path}, result", result, ProofRun.Get(found, "ret"));
            }
        }
    }
}
