using System.Globalization;

namespace BpfPS.Programs;

/// <summary>
/// Which processes hold which programs and links, from /proc/PID/fdinfo: of programs for who may not load the iterator. Processes
/// that this user may not look into are left out.
/// </summary>
internal static class HolderWalk
{
    public static List<(uint Id, BpfHolder Holder)> Programs() => Read("prog_id:");

    public static List<(uint Id, BpfHolder Holder)> Links() => Read("link_id:");

    private static List<(uint Id, BpfHolder Holder)> Read(string idLine)
    {
        var found = new List<(uint, BpfHolder)>();
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
                            && uint.TryParse(line.AsSpan(idLine.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture,
                                out var id))
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
        return found;
    }
}
