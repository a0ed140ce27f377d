using System.Globalization;

namespace BpfPS;

/// <summary>Which processes hold which program, from /proc/PID/fdinfo: for who may not load the iterator. Processes that this user may not look into are left out.</summary>
internal static class HolderWalk
{
    private const string ProgramLine = "prog_id:";

    public static List<(uint Program, BpfHolder Holder)> Read()
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
                        if (line.StartsWith(ProgramLine, StringComparison.Ordinal)
                            && uint.TryParse(line.AsSpan(ProgramLine.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
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
