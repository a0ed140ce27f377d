using System.Diagnostics;
using BpfPS.Records;

namespace BpfPS.Proving;

/// <summary>filelife: files that live for a known time, and files that it should not report.</summary>
internal sealed class FilelifeProof : ToolProof
{
    private const int Files = 10;
    private static readonly TimeSpan s_life = TimeSpan.FromMilliseconds(15);

    public override string Tool => "filelife";

    public override string Witness => "the clock of this process around each call, ls -i and findmnt";

    public override void Run(ProofRun run)
    {
        var older = Path.Combine(run.Folder, "older");
        File.WriteAllText(older, "");
        run.Start();
        var lives = new Dictionary<string, (double Least, double Most)>();
        for (var i = 0; i < Files; i++)
        {
            // The same name in a directory of its own, beside one that lives on.
            var path = Path.Combine(Directory.CreateDirectory(Path.Combine(run.Folder, $"own-{i}")).FullName, $"name-{i / 2}");
            var beforeIt = Stopwatch.GetTimestamp();
            using (File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
            {
            }
            var made = Stopwatch.GetTimestamp();
            File.WriteAllText(Path.Combine(run.Folder, $"name-{i / 2}"), "lives on");
            Thread.Sleep(s_life);
            var least = Stopwatch.GetElapsedTime(made);
            File.Delete(path);
            lives[path] = (least.TotalNanoseconds, Stopwatch.GetElapsedTime(beforeIt).TotalNanoseconds);
        }
        File.Delete(older);
        var clock = Stopwatch.StartNew();
        var shell = run.Shell("""
            cd "$1" || exit 1
            for i in 0 1 2 3 4 5 6 7 8 9; do : > short-$i; ls -i short-$i; rm ./short-$i; done
            : > linked; ln linked other; rm linked; rm -f not-there
            findmnt -n -o MAJ:MIN -T .
            """, run.Folder);
        var most = clock.Elapsed.TotalNanoseconds;
        var lines = shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var events = run.Events(record => true, 2 * Files);
        run.Compare("files", 2 * Files, events.Count);
        foreach (var (path, (least, longest)) in lives)
        {
            if (run.Single(path, events, record => ProofRun.Has(record, "path", path)) is { } found)
            {
                run.Compare($"{path}, age in ns", least, longest, ProofRun.Number(found, "age"));
                run.Compare($"{path}, deleted by", Environment.ProcessId, ProofRun.Get(found, "pid"));
                run.Compare($"{path}, made by", Environment.ProcessId, ProofRun.Get(found, "creator"));
            }
        }
        var (inodes, device) = (lines[..Files], lines.Length > Files ? lines[^1].Trim() : null);
        foreach (var parts in inodes.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            var (inode, path) = (parts[0], $"./{parts[1]}");
            if (run.Single(path, events, record => ProofRun.Has(record, "path", path)) is { } found)
            {
                run.Compare($"{path}, inode", inode, ProofRun.Get(found, "inode"));
                run.Compare($"{path}, deleted by", "rm", ProofRun.Get(found, "comm"));
                run.Compare($"{path}, made by", shell.Id, ProofRun.Get(found, "creator"));
                run.Compare($"{path}, whose name is", "sh", ProofRun.Get(found, "creator_comm"));
                run.Compare($"{path}, age in ns", 1, most, ProofRun.Number(found, "age"));
                if (device is not null)
                {
                    run.Compare($"{path}, device", device, DeviceText.Format(ProofRun.Get(found, "device")).Split(' ')[0]);
                }
            }
        }
    }
}
