using System.Globalization;

namespace BpfPS;

/// <summary>A process that holds a BPF object open.</summary>
/// <param name="ProcessId">Its process id.</param>
/// <param name="Name">Its command name.</param>
public sealed record BpfHolder(int ProcessId, string Name)
{
    /// <summary>Which processes hold which program, from /proc/PID/fdinfo. Processes that this user may not look into are left out.</summary>
    internal static ILookup<uint, BpfHolder> OfPrograms() => Find("prog_id:");

    /// <summary>Which processes hold which link.</summary>
    internal static ILookup<uint, BpfHolder> OfLinks() => Find("link_id:");

    private static ILookup<uint, BpfHolder> Find(string idLine)
    {
        var found = new HashSet<(uint Id, BpfHolder Holder)>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                continue;
            }
            try
            {
                foreach (var descriptor in Directory.EnumerateFiles($"{directory}/fd"))
                {
                    var target = new FileInfo(descriptor).LinkTarget;
                    // A link's fdinfo names its program as well: who holds the link holds the program.
                    if (target is null || !(target.Contains("bpf-prog") || target.Contains("bpf_link") || target.Contains("bpf-link")))
                    {
                        continue;
                    }
                    foreach (var line in File.ReadLines($"{directory}/fdinfo/{Path.GetFileName(descriptor)}"))
                    {
                        if (line.StartsWith(idLine, StringComparison.Ordinal)
                            && uint.TryParse(line.AsSpan(idLine.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                        {
                            found.Add((id, new BpfHolder(pid, File.ReadAllText($"{directory}/comm").TrimEnd('\n'))));
                        }
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // the process ended, or is not ours to look into
            }
        }
        return found.OrderBy(entry => entry.Holder.ProcessId).ToLookup(entry => entry.Id, entry => entry.Holder);
    }

    /// <summary>The name and the process id.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RecordText.Escape(Name)}({ProcessId})");
}
