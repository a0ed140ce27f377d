using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace BpfPS.Proving;

/// <summary>memleak: memory of known sizes that this process allocates, some of which it frees.</summary>
// unsafe: memory of its own, of which only the addresses are used, and all of which is freed at the end.
internal sealed unsafe class MemleakProof : ToolProof
{
    private const int Pieces = 60;
    private const int PieceBytes = 100_003;
    private const int ZeroedBytes = 110_017;
    private const int GrownBytes = 120_011;
    private const int AlignedBytes = 131_072; // a multiple of the alignment
    private const int Alignment = 4096;
    private const string Command = "bpfps-leak";

    public override string Tool => "memleak";

    public override string Witness => "what was allocated and freed";

    public override void Run(ProofRun run)
    {
        if (!File.ReadLines("/proc/self/maps").Any(line => line.EndsWith("/libc.so.6", StringComparison.Ordinal)))
        {
            throw ProofRun.NotHere("This process does not use libc.so.6.");
        }
        // What else this process allocates has other sizes, and other threads have other names.
        run.StartHere(("least_bytes", (ulong)PieceBytes), ("most_bytes", (ulong)AlignedBytes));
        var begin = DateTime.UtcNow;
        var all = new nint[4][];
        OnThread(() =>
        {
            all[0] = Many(_ => (nint)NativeMemory.Alloc(PieceBytes));
            all[1] = Many(_ => (nint)NativeMemory.AllocZeroed(ZeroedBytes));
            all[2] = Many(_ => (nint)NativeMemory.Alloc(PieceBytes));
            all[3] = Many(_ => (nint)NativeMemory.AlignedAlloc(AlignedBytes, Alignment));
        });
        Compare("allocated", (PieceBytes, 2 * Pieces), (ZeroedBytes, Pieces), (AlignedBytes, Pieces));
        foreach (var entry in Held())
        {
            var oldest = ((DateTime)ProofRun.Get(entry, "oldest")!).ToUniversalTime();
            run.Compare($"the oldest is of {oldest:O}, from {begin:O} on",
                oldest >= begin - TimeSpan.FromMilliseconds(100) && oldest <= DateTime.UtcNow + TimeSpan.FromMilliseconds(100));
            run.Compare("allocations", ProofRun.Get(entry, "count"), ProofRun.Get(entry, "allocations"));
        }

        OnThread(() => all[2] = [.. all[2].Select(piece => (nint)NativeMemory.Realloc((void*)piece, GrownBytes))]);
        Compare("one array grown", (PieceBytes, Pieces), (GrownBytes, Pieces), (ZeroedBytes, Pieces), (AlignedBytes, Pieces));
        // The kernel has no such amount: everything stays.
        OnThread(() => run.Compare("too much", TryRealloc(all[2][0], nuint.MaxValue / 2)));
        Compare("one refused", (PieceBytes, Pieces), (GrownBytes, Pieces), (ZeroedBytes, Pieces), (AlignedBytes, Pieces));
        OnThread(() => Array.ForEach(all[0][..(Pieces / 2)], piece => NativeMemory.Free((void*)piece)));
        Compare("half of one array freed", (PieceBytes, Pieces / 2), (GrownBytes, Pieces), (ZeroedBytes, Pieces), (AlignedBytes, Pieces));
        // Whoever frees it.
        Array.ForEach(all[1], piece => NativeMemory.Free((void*)piece));
        Array.ForEach(all[2], piece => NativeMemory.Free((void*)piece));
        Array.ForEach(all[3], piece => NativeMemory.AlignedFree((void*)piece));
        Compare("the rest but half of one array freed", (PieceBytes, Pieces / 2));
        Array.ForEach(all[0][(Pieces / 2)..], piece => NativeMemory.Free((void*)piece));
        Compare("all freed");
        // The thread itself needs some, too.
        run.Compare("allocations in all", 5 * Pieces, 6 * Pieces, Sum(Held(withEmpty: true), "allocations"));

        void Compare(string when, params (int Bytes, int Count)[] held)
        {
            var entries = Held();
            run.Compare($"{when}, pieces", held.Sum(one => one.Count), Sum(entries, "count"));
            run.Compare($"{when}, bytes", held.Sum(one => (long)one.Bytes * one.Count), Sum(entries, "bytes"));
            // Pieces of one size come from one place in the program.
            foreach (var (bytes, count) in held)
            {
                run.Compare($"{when}, {count} of {bytes}", (long)bytes * count, Sum(entries.Where(entry =>
                    ProofRun.Number(entry, "bytes") == bytes * ProofRun.Number(entry, "count")), "bytes"));
            }
        }

        BpfRecord[] Held(bool withEmpty = false) => [.. run.Entries("held").Where(entry =>
            ProofRun.Number(entry, "pid") == Environment.ProcessId && ProofRun.Text(entry, "comm") == Command
                && (withEmpty || ProofRun.Number(entry, "count") > 0))];
    }

    private static double Sum(IEnumerable<BpfRecord> entries, string member) => entries.Sum(entry => ProofRun.Number(entry, member));

    private static nint[] Many(Func<int, nint> allocate) => [.. Enumerable.Range(0, Pieces).Select(allocate)];

    /// <summary>Whether a piece cannot become as large as that.</summary>
    private static bool TryRealloc(nint piece, nuint bytes)
    {
        try
        {
            NativeMemory.Realloc((void*)piece, bytes);
            return false;
        }
        catch (OutOfMemoryException)
        {
            return true;
        }
    }

    /// <summary>Does something in a thread that has a name of its own.</summary>
    private static void OnThread(Action work)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (OutOfMemoryException e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        }) { Name = Command };
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
