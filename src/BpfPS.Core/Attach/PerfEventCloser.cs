using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>
/// Closes perf events of tracepoints that have no program any more, one after the other on a thread that ends with the last. For each,
/// the kernel holds a lock and waits until no CPU is within a tracepoint: some 40 milliseconds, which threads side by side do not
/// shorten. When the process ends first, the kernel closes what is left.
/// </summary>
internal static class PerfEventCloser
{
    // With more waiting than this, whoever stops programs waits too: a script that starts and stops in a loop must not run out of
    // descriptors.
    private const int MostWaiting = 64;

    private static readonly Lock s_lock = new();
    private static readonly Queue<FileDescriptor> s_waiting = new();
    private static bool s_isRunning;

    /// <summary>Closes a perf event soon.</summary>
    public static void Close(FileDescriptor perfEvent)
    {
        lock (s_lock)
        {
            if (s_waiting.Count < MostWaiting)
            {
                s_waiting.Enqueue(perfEvent);
                if (!s_isRunning)
                {
                    s_isRunning = true;
                    new Thread(Run) { IsBackground = true, Name = "BpfPS closes perf events" }.Start();
                }
                return;
            }
        }
        perfEvent.Dispose();
    }

    private static void Run()
    {
        while (true)
        {
            FileDescriptor next;
            lock (s_lock)
            {
                if (!s_waiting.TryDequeue(out next!))
                {
                    s_isRunning = false;
                    return;
                }
            }
            next.Dispose();
        }
    }
}
