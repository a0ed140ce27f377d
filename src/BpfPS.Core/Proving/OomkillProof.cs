using System.Globalization;

namespace BpfPS.Proving;

/// <summary>oomkill: processes that take more memory than their cgroup may have.</summary>
internal sealed class OomkillProof : ToolProof
{
    private const int Kills = 4;
    private const int LimitMebibytes = 16;
    private const int WantedMebibytes = 64;
    private const int Adjustment = 300;
    private const int KilledStatus = 128 + 9; // a shell's $? of a process that SIGKILL ended
    private const int InexactPages = 32; // for each CPU, since Linux 6.2
    private static readonly (string Member, string Name, int Tolerance)[] s_logged =
    [
        ("virtual_pages", "total-vm:", 0), ("anonymous_pages", "anon-rss:", InexactPages), ("file_pages", "file-rss:", InexactPages),
        ("shared_pages", "shmem-rss:", InexactPages),
    ];

    public override string Tool => "oomkill";

    public override string Witness => "the count of kills of a cgroup of the test, the status of each process, and the kernel's log";

    public override void Run(ProofRun run)
    {
        using var cgroup = new MemoryCgroup((long)LimitMebibytes << 20);
        run.Start();
        var before = cgroup.Kills();
        var shell = run.Shell("""
            exec 2>/dev/null
            for i in 1 2 3 4; do
                sh -c 'echo $2 > /proc/self/oom_score_adj; echo $$ > "$1/cgroup.procs"; cat /proc/self/oom_score_adj
                    exec dd if=/dev/zero of=/dev/null bs=$3M count=1' sh "$1" $2 $3 & wait $!
                echo $! $?
                dmesg | grep "Killed process $! " | tail -n 1
            done
            """, cgroup.Folder, Text(Adjustment), Text(WantedMebibytes));
        run.Compare("kills that the cgroup counted", Kills, cgroup.Kills() - before);
        var lines = shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var killed = lines.Where(line => line.EndsWith($" {KilledStatus}", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[0]).ToArray();
        run.Compare("processes that were killed", Kills, killed.Length);
        var events = run.Events(record => ProofRun.Has(record, "ppid", shell.Id), Kills);
        var (page, inexact) = (Environment.SystemPageSize, InexactPages * Environment.ProcessorCount);
        double Pages(int mebibytes) => (double)(mebibytes << 20) / page;
        foreach (var process in killed)
        {
            if (run.Single($"process {process}", events, record => ProofRun.Has(record, "pid", process)) is not { } found)
            {
                continue;
            }
            run.Compare($"{process}, command", "dd", ProofRun.Get(found, "comm"));
            run.Compare($"{process}, triggered by itself", process, ProofRun.Get(found, "triggered_by"));
            run.Compare($"{process}, whose name is", "dd", ProofRun.Get(found, "triggered_by_comm"));
            run.Compare($"{process}, added to its badness", Adjustment, ProofRun.Get(found, "oom_score_adj"));
            run.Compare($"{process}, cgroup of its memory", Path.GetFileName(cgroup.Folder), ProofRun.Get(found, "memory_cgroup"));
            if (cgroup.Number is { } number)
            {
                run.Compare($"{process}, cgroup", number, ProofRun.Get(found, "cgroup"));
            }
            run.Compare($"{process}, pages of its own", Pages(LimitMebibytes) / 2 - inexact, Pages(LimitMebibytes) + inexact,
                ProofRun.Number(found, "anonymous_pages"));
            run.Compare($"{process}, pages that it reserved", Pages(WantedMebibytes), 2 * Pages(WantedMebibytes),
                ProofRun.Number(found, "virtual_pages"));
            // Where the kernel's log can be read, it has the same: "Killed process 7 (dd) total-vm:1kB, anon-rss:1kB, file-rss:1kB, ..."
            if (lines.LastOrDefault(line => line.Contains($"Killed process {process} ", StringComparison.Ordinal)) is { } logged)
            {
                foreach (var (member, name, tolerance) in s_logged)
                {
                    var (pages, off) = (Kibibytes(logged, name) * 1024 / page, tolerance * Environment.ProcessorCount);
                    run.Compare($"{process}, {name} in the kernel's log", pages - off, pages + off, ProofRun.Number(found, member));
                }
            }
        }
    }

    private static double Kibibytes(string line, string name)
    {
        var at = line.IndexOf(name, StringComparison.Ordinal) + name.Length;
        return double.Parse(line.AsSpan(at, line.IndexOf("kB", at, StringComparison.Ordinal) - at), CultureInfo.InvariantCulture);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
