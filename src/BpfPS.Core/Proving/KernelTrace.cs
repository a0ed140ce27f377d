using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using BpfPS.Host;

namespace BpfPS.Proving;

/// <summary>
/// The kernel's own record of its tracepoints (tracefs), in an instance that nobody else uses: a witness that has nothing to do with BPF.
/// </summary>
internal sealed partial class KernelTrace : IDisposable
{
    private readonly string _folder;

    private KernelTrace(string folder) => _folder = folder;

    /// <summary>Begins to record.</summary>
    /// <param name="ownOnly">Only what this process and its children do.</param>
    /// <param name="events">The tracepoints, as "irq/softirq_entry".</param>
    /// <returns>Null if there is no tracefs here.</returns>
    public static KernelTrace? Start(bool ownOnly, params string[] events)
    {
        if (MountTable.PlacesOf("tracefs") is not [var root, ..])
        {
            return null;
        }
        var folder = Path.Combine(root, "instances", string.Create(CultureInfo.InvariantCulture, $"bpfps-test-{Environment.ProcessId}"));
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        var trace = new KernelTrace(folder);
        try
        {
            trace.Write("trace_clock", "mono");
            trace.Write("buffer_size_kb", "16384");
            trace.Write("options/hash-ptr", "0"); // addresses as they are
            if (ownOnly)
            {
                trace.Write("options/event-fork", "1");
                // Any of the threads can be the one that makes a child.
                trace.Write("set_event_pid", string.Join(' ', Directory.GetDirectories("/proc/self/task").Select(Path.GetFileName)));
            }
            foreach (var one in events)
            {
                trace.Write($"events/{one}/enable", "1");
            }
            return trace;
        }
        catch
        {
            trace.Dispose();
            throw;
        }
    }

    /// <summary>The time of its records' clock.</summary>
    public static TimeSpan Now() => Stopwatch.GetElapsedTime(0, Stopwatch.GetTimestamp());

    /// <summary>Ends to record.</summary>
    /// <returns>What was recorded, of each CPU in order.</returns>
    public IReadOnlyList<KernelTraceLine> End()
    {
        Write("tracing_on", "0");
        return [.. from text in File.ReadLines(Path.Combine(_folder, "trace"))
                   let line = Line().Match(text)
                   where line.Success
                   select new KernelTraceLine(line.Groups["comm"].Value, Number(line, "tid"), Number(line, "cpu"),
                       TimeSpan.FromSeconds(double.Parse(line.Groups["time"].Value, CultureInfo.InvariantCulture)),
                       line.Groups["event"].Value, line.Groups["text"].Value)];
    }

    /// <summary>Removes the instance with its records.</summary>
    public void Dispose() => Directory.Delete(_folder);

    private static int Number(Match line, string group) => int.Parse(line.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);

    [GeneratedRegex(@"^\s*(?<comm>.+)-(?<tid>\d+)\s+\[(?<cpu>\d+)\]\s+\S+\s+(?<time>\d+\.\d+): (?<event>\w+): (?<text>.*)$")]
    private static partial Regex Line();
}
