using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// A trace of our own, beside the one that all share: reading it takes nothing away from another reader. It is a directory in tracefs,
/// which stays when a process is killed, so each process removes those of processes that have gone.
/// </summary>
internal sealed class TraceInstance : IDisposable
{
    private const string Root = "/sys/kernel/tracing";
    private const string Instances = $"{Root}/instances";
    private const string Prefix = "bpfps-";

    private static int s_count;

    private readonly string _folder = string.Create(CultureInfo.InvariantCulture,
        $"{Instances}/{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");

    /// <summary>Makes one that has the messages of programs, and the stacks on which they were written.</summary>
    /// <exception cref="BpfException">tracefs is not accessible, or has no instances.</exception>
    public TraceInstance()
    {
        BpfFileSystem.MountTrace();
        if (!BpfFileSystem.IsTrace(Root))
        {
            throw new BpfException(BpfErrorKind.DependencyMissing, $"tracefs is not mounted at '{Root}'.",
                $"Mount it there: mount -t tracefs tracefs {Root}");
        }
        try
        {
            RemoveAbandoned();
            Remove(_folder); // of a process that was killed, and had the same id
            Directory.CreateDirectory(_folder);
            Write("trace_clock", "boot");
            // Without it the messages come all the same, and only the programs' names are missing.
            TryWrite("options/stacktrace", "1");
            Write("events/bpf_trace/bpf_trace_printk/enable", "1");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            var what = $"A trace of our own cannot be made in '{Instances}'";
            if (e is not UnauthorizedAccessException)
            {
                throw new BpfException(BpfErrorKind.NotSupported, $"{what}: {VisibleText.Escape(e.Message)}",
                    "The kernel needs CONFIG_BPF_EVENTS, and tracefs with instances.", inner: e);
            }
            throw Privileges.LockedDown(what, (int)BpfErrno.EPERM, "writing to tracefs", "")
                ?? FileAccessRights.Error((int)BpfErrno.EACCES, what, $"{Instances}/new", FileUse.Name,
                    "Run the shell as root (sudo): tracefs belongs to root.");
        }
    }

    /// <summary>The file that gives the trace as it is written.</summary>
    public string Pipe => $"{_folder}/trace_pipe";

    public void Dispose() => Remove(_folder);

    private static void RemoveAbandoned()
    {
        if (!Directory.Exists(Instances))
        {
            return;
        }
        foreach (var folder in Directory.EnumerateDirectories(Instances, $"{Prefix}*"))
        {
            var process = Path.GetFileName(folder)[Prefix.Length..].Split('-')[0];
            if (int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out _) && !Directory.Exists($"/proc/{process}"))
            {
                Remove(folder);
            }
        }
    }

    // The directory is removed as a whole: its files are the kernel's.
    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return; // it was never made, or another process was faster
        }
    }

    private void Write(string file, string text) => File.WriteAllText($"{_folder}/{file}", text);

    private void TryWrite(string file, string text)
    {
        try
        {
            Write(file, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}
