using System.Globalization;

namespace BpfPS.Proving;

/// <summary>cachestat: a file that is written, dropped from memory, and read in steps of several sizes, each time twice.</summary>
internal sealed class CachestatProof : ToolProof
{
    private const int Bytes = (4 << 20) + 100; // not a whole number of pages
    private const int Others = 24; // pages of a program itself and of the file system, at most

    private static readonly int[] s_steps = [4 << 10, 64 << 10, 128 << 10, 1 << 20, 8 << 20];

    public override string Tool => "cachestat";

    public override string Witness => "the size of a file, fincore, and /proc/PID/io";

    public override void Run(ProofRun run)
    {
        var pageBytes = Environment.SystemPageSize;
        var pages = (Bytes + pageBytes - 1) / pageBytes;
        var file = Path.Combine(run.FolderOnDisk, "file");
        run.Start(("page_bytes", (uint)pageBytes));

        var (writer, written) = Counted("exec dd if=/dev/zero of=\"$1\" bs=$2 count=1 2>/dev/null", Bytes);
        if (written.Written == 0)
        {
            throw ProofRun.NotHere($"The file system of {run.FolderOnDisk} does not write to a disk of this machine.");
        }
        Compare(writer, "written", pages, pages);
        Compare(writer, "dirtied", pages, pages + Others);
        run.Compare("pages that /proc/PID/io says are written", pages, pages + Others, Pages(written.Written));
        foreach (var step in s_steps)
        {
            Drop();
            var name = string.Create(CultureInfo.InvariantCulture, $"reads of {step} bytes");
            var (cold, fromDisk) = Counted("exec dd if=\"$1\" of=/dev/null bs=$2 2>/dev/null", step);
            run.Compare($"{name}, pages that are brought in", pages, Number(cold, "misses") + Number(cold, "read_ahead"));
            run.Compare($"{name}, pages that /proc/PID/io says are brought in", pages, pages + Others, Pages(fromDisk.Read));
            Compare(cold, "hits", 0, pages - Number(cold, "misses") + Others);
            run.Compare($"{name}, first miss", Number(cold, "misses") >= 1);
            if (step > Bytes)
            {
                Compare(cold, "read_ahead", 0, 0);
            }
            CompareResident(pages);

            var (warm, fromMemory) = Counted("exec dd if=\"$1\" of=/dev/null bs=$2 2>/dev/null", step);
            Compare(warm, "hits", pages, pages + Others);
            Compare(warm, "misses", 0, 0);
            Compare(warm, "read_ahead", 0, 0);
            run.Compare($"{name}, bytes that /proc/PID/io says are brought in again", 0, fromMemory.Read);
        }

        // The last one may be read and written in part, in blocks of the file system that are smaller than a page.
        long Pages(long bytes) => (bytes + pageBytes - 1) / pageBytes;

        // What a process counts goes to the one that waits for it, so that what this process has more is that of its child.
        (BpfRecord? Pages, (long Read, long Written) Disk) Counted(string script, int argument)
        {
            var before = Disk();
            var process = run.Shell(script, file, argument.ToString(CultureInfo.InvariantCulture));
            var after = Disk();
            run.Compare(script, 0, process.ExitCode);
            return (run.Single(script, run.Entries("pages"),
                entry => ProofRun.Number(entry, "pid") == process.Id && ProofRun.Text(entry, "comm") == "dd"),
                (after.Read - before.Read, after.Written - before.Written));
        }

        void Compare(BpfRecord? process, string member, double least, double most)
        {
            if (process is not null)
            {
                run.Compare(member, least, most, Number(process, member));
            }
        }

        void Drop()
        {
            var dropped = run.Shell("dd of=\"$1\" oflag=nocache conv=notrunc,fdatasync count=0 2>/dev/null", file);
            if (dropped.ExitCode != 0)
            {
                throw ProofRun.NotHere("dd cannot drop a file from memory here (oflag=nocache).");
            }
            CompareResident(0);
        }

        void CompareResident(int expected)
        {
            var resident = run.Shell("fincore -n -b -o PAGES \"$1\" 2>/dev/null", file);
            if (resident.ExitCode == 0)
            {
                run.Compare("pages in memory, as fincore and the test say", expected, resident.Output.Trim());
            }
        }
    }

    private static double Number(BpfRecord? entry, string member) => entry is null ? double.NaN : ProofRun.Number(entry, member);

    /// <summary>The bytes that this process and the children that it has waited for made the disk read, and will make it write.</summary>
    private static (long Read, long Written) Disk()
    {
        var lines = File.ReadAllLines("/proc/self/io");
        return (Of("read_bytes"), Of("write_bytes"));

        long Of(string name) => long.Parse(lines.First(line => line.StartsWith($"{name}:", StringComparison.Ordinal)).Split(' ')[1],
            CultureInfo.InvariantCulture);
    }
}
