using System.Runtime.ExceptionServices;

namespace BpfPS.Attach;

/// <summary>Detaches what belongs together.</summary>
internal static class Detachment
{
    private const int MostThreads = 24;
    private const int StackBytes = 256 * 1024;

    /// <summary>
    /// Detaches all, those for which the kernel waits at the same time: it waits for all CPUs, so that the waits of several are one if
    /// they begin together. Returns when everything is off.
    /// </summary>
    public static void Of(IReadOnlyList<Attachment> attachments)
    {
        var errors = new List<Exception>();
        var slow = attachments.Where(attachment => attachment.IsSlowToDetach).ToArray();
        var next = -1;
        var threads = Enumerable.Range(0, Math.Clamp(slow.Length - 1, 0, MostThreads))
            .Select(_ => new Thread(DetachSlow, StackBytes) { IsBackground = true, Name = "BpfPS detaches" }).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        foreach (var attachment in attachments.Where(attachment => !attachment.IsSlowToDetach))
        {
            Detach(attachment);
        }
        DetachSlow();
        Array.ForEach(threads, thread => thread.Join());
        if (errors.Count > 0)
        {
            ExceptionDispatchInfo.Throw(errors[0]);
        }

        void DetachSlow()
        {
            while (Interlocked.Increment(ref next) is var mine && mine < slow.Length)
            {
                Detach(slow[mine]);
            }
        }

        void Detach(Attachment attachment)
        {
            try
            {
                attachment.Dispose();
            }
            catch (Exception e)
            {
                lock (errors)
                {
                    errors.Add(e); // thrown once the others are off too
                }
            }
        }
    }
}
