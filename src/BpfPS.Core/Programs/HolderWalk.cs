using System.Globalization;

namespace BpfPS.Programs;

/// <summary>
/// Finds the processes that hold programs and links from /proc/PID/fdinfo; for programs, this is used only if the iterator cannot
/// be loaded. Processes that this user may not inspect are skipped.
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
                    // A link's fdinfo names its program too: a process that holds the link also holds the program.
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
                continue; // The process has ended, or this user may not inspect it.
            }
        }
        return found;
    }
}
