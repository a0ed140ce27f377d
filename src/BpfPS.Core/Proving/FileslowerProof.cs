using System.Diagnostics;

namespace BpfPS.Proving;

/// <summary>fileslower: large reads and writes, which take long, among small ones, which do not.</summary>
internal sealed class FileslowerProof : ToolProof
{
    private const int Large = 16 << 20;
    private const int LargeCalls = 5;
    private const int Small = 16;
    private const int SmallCalls = 50;
    private const double ThresholdNanoseconds = 500_000;

    // A large call that took that long by the clock around it was slow itself, and not only what is around it.
    private const double CertainlySlow = 2 * ThresholdNanoseconds;

    public override string Tool => "fileslower";

    public override string Witness => "the clock of this process around each call, what it returned, and ls -i";

    public override void Run(ProofRun run)
    {
        run.Start(("threshold_ns", (ulong)ThresholdNanoseconds));
        var calls = new List<(string Operation, string Path, long Offset, int Bytes, double Nanoseconds)>();
        var path = Path.Combine(run.Folder, "large");
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite))
        {
            var (large, small) = (new byte[Large], new byte[Small]);
            for (var i = 0; i < LargeCalls; i++)
            {
                var offset = (long)i * Large;
                Time("WRITE", path, offset, Large, () => RandomAccess.Write(file, large, offset));
            }
            for (var i = 0; i < LargeCalls; i++)
            {
                var offset = (long)i * Large;
                Time("READ", path, offset, Large, () => run.Compare("bytes of a read", Large, RandomAccess.Read(file, large, offset)));
            }
            for (var i = 0; i < SmallCalls; i++)
            {
                var offset = (long)LargeCalls * Large + i * Small;
                Time("WRITE", path, offset, Small, () => RandomAccess.Write(file, small, offset));
            }
        }
        var saved = Path.Combine(run.Folder, "saved");
        using (var file = File.OpenHandle(saved, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, new byte[Small], 0);
            Time("SYNC", saved, 0, 0, () => RandomAccess.FlushToDisk(file));
        }
        var inodes = run.Shell("ls -i \"$@\"", path, saved).Output.Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(line => line.Length == 2)
            .ToDictionary(line => line[1], line => line[0]);
        var events = run.Events(record => ProofRun.Has(record, "pid", Environment.ProcessId)
            && calls.Exists(call => IsOf(record, call.Path)), calls.Count(call => IsCertain(call.Bytes, call.Nanoseconds)));
        foreach (var (operation, of, offset, bytes, nanoseconds) in calls)
        {
            var name = $"{operation} of {bytes} bytes at {offset} of {of}, {nanoseconds} ns";
            var found = events.Where(record => IsOf(record, of) && ProofRun.Has(record, "operation", operation)
                && ProofRun.Has(record, "offset", offset)).ToArray();
            if (nanoseconds < ThresholdNanoseconds)
            {
                run.Compare($"{name}: {found.Length} events of a call that was not slow", found.Length == 0);
                continue;
            }
            if (IsCertain(bytes, nanoseconds))
            {
                run.Compare($"{name}: {found.Length} events instead of 1", found.Length == 1);
            }
            foreach (var record in found)
            {
                run.Compare($"{name}, duration in ns", ThresholdNanoseconds, nanoseconds, ProofRun.Number(record, "duration"));
                run.Compare($"{name}, bytes", bytes, ProofRun.Get(record, "bytes"));
                run.Compare($"{name}, result", BpfErrno.Success, ProofRun.Get(record, "ret"));
                run.Compare($"{name}, inode", inodes.GetValueOrDefault(of), ProofRun.Get(record, "inode"));
            }
        }
        run.Compare("events of nothing that was called", 0, events.Count(record => !calls.Exists(call => IsOf(record, call.Path)
            && ProofRun.Has(record, "operation", call.Operation) && ProofRun.Has(record, "offset", call.Offset))));

        void Time(string operation, string of, long offset, int bytes, Action call)
        {
            var begin = Stopwatch.GetTimestamp();
            call();
            calls.Add((operation, of, offset, bytes, Stopwatch.GetElapsedTime(begin).TotalNanoseconds));
        }
    }

    private static bool IsCertain(int bytes, double nanoseconds) => bytes == Large && nanoseconds >= CertainlySlow;

    // The tool has the path of the mount namespace, which a root directory of one's own makes longer.
    private static bool IsOf(BpfRecord record, string path) => ProofRun.Text(record, "path").EndsWith(path, StringComparison.Ordinal);
}
