using System.Globalization;
using BpfPS.Records;

namespace BpfPS.Proving;

/// <summary>filetop: files that this process, a shell and its children read and write in known pieces.</summary>
internal sealed class FiletopProof : ToolProof
{
    private const int Calls = 40;
    private const int Piece = 300;

    public override string Tool => "filetop";

    public override string Witness => "the calls of this process, a shell in /proc/PID/task/TID/io, file sizes, ls -i and findmnt";

    public override void Run(ProofRun run)
    {
        run.Start();
        var own = Path.Combine(run.Folder, "own");
        using (var file = File.OpenHandle(own, FileMode.CreateNew, FileAccess.ReadWrite))
        {
            var piece = new byte[Piece];
            for (var i = 0; i < Calls; i++)
            {
                RandomAccess.Write(file, piece, i * Piece);
            }
            for (var i = 0; i < Calls / 2; i++)
            {
                run.Compare("bytes of a call", Piece, RandomAccess.Read(file, piece, i * Piece));
            }
        }
        var shell = run.Shell("""
            cd "$1" || exit 1
            cat /proc/$$/task/$$/io
            i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i + 1)); done > shell
            cat /proc/$$/task/$$/io
            while read -r line; do :; done < shell
            cat /proc/$$/task/$$/io
            dd if=/dev/zero of=copied bs=$2 count=$3 status=none & wait $!; echo dd $!
            cp copied again & wait $!; echo cp $!
            ls -i own shell copied again
            findmnt -n -o MAJ:MIN -T .
            """, run.Folder, Text(Piece), Text(Calls));
        var lines = shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var entries = run.Entries("files");
        var (read, written) = (Counted(lines, "rchar"), Counted(lines, "wchar"));
        var (reads, writes) = (Counted(lines, "syscr"), Counted(lines, "syscw"));
        var (dd, cp) = (Words(lines, "dd ").Single(), Words(lines, "cp ").Single());
        Used("own", Environment.ProcessId, null, (Calls / 2, Calls / 2 * Piece), (Calls, Length("own")));
        Used("shell", shell.Id, "sh", (reads[2] - reads[1], read[2] - read[1]), (writes[1] - writes[0], written[1] - written[0]));
        Used("copied", dd, "dd", (0, 0), (Calls, Length("copied")));
        Used("copied", cp, "cp", (null, Length("copied")), (0, 0));
        Used("again", cp, "cp", (0, 0), (null, Length("again")));
        run.Compare("bytes that the shell wrote", Length("shell"), written[1] - written[0]);
        run.Compare("what is not a regular file", 0, entries.Count(entry => !ProofRun.Has(entry, "type", "S_IFREG")));

        long Length(string file) => new FileInfo(Path.Combine(run.Folder, file)).Length;

        void Used(string file, object process, string? command, (long? Calls, long Bytes) reads, (long? Calls, long Bytes) writes)
        {
            var name = $"{file} of {command ?? "this process"}";
            var inode = lines.First(line => line.EndsWith($" {file}", StringComparison.Ordinal)).Trim().Split(' ')[0];
            if (run.Single(name, entries, entry => ProofRun.Has(entry, "pid", process) && ProofRun.Has(entry, "inode", inode)
                && ProofRun.Text(entry, "path").EndsWith($"/{file}", StringComparison.Ordinal)) is not { } found)
            {
                return;
            }
            run.Compare($"{name}, path {ProofRun.Text(found, "path")}",
                ProofRun.Text(found, "path").EndsWith(Path.Combine(run.Folder, file), StringComparison.Ordinal));
            run.Compare($"{name}, bytes read", reads.Bytes, ProofRun.Get(found, "read_bytes"));
            run.Compare($"{name}, bytes written", writes.Bytes, ProofRun.Get(found, "written_bytes"));
            if (reads.Calls is not null)
            {
                run.Compare($"{name}, reads", reads.Calls, ProofRun.Get(found, "reads"));
            }
            if (writes.Calls is not null)
            {
                run.Compare($"{name}, writes", writes.Calls, ProofRun.Get(found, "writes"));
            }
            if (command is not null)
            {
                run.Compare($"{name}, command", command, ProofRun.Get(found, "comm"));
            }
            if (lines[^1].Contains(':'))
            {
                run.Compare($"{name}, device", lines[^1].Trim(), DeviceText.Format(ProofRun.Get(found, "device")).Split(' ')[0]);
            }
        }
    }

    private static long[] Counted(string[] lines, string what) =>
        [.. Words(lines, $"{what}: ").Select(number => long.Parse(number, CultureInfo.InvariantCulture))];

    private static IEnumerable<string> Words(string[] lines, string what) =>
        lines.Where(line => line.StartsWith(what, StringComparison.Ordinal)).Select(line => line[what.Length..]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
