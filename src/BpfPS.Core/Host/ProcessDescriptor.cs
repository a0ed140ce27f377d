using System.Globalization;

namespace BpfPS.Host;

/// <summary>An open file descriptor of a process.</summary>
/// <param name="ProcessId">The id of the process.</param>
/// <param name="Number">The number of the descriptor.</param>
internal readonly record struct ProcessDescriptor(int ProcessId, int Number)
{
    /// <summary>The name of the process (its comm).</summary>
    /// <exception cref="IOException">It has ended.</exception>
    public string ProcessName =>
        File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{ProcessId}/comm")).TrimEnd('\n');

    /// <summary>What the kernel tells about the descriptor, line by line.</summary>
    /// <exception cref="IOException">It has been closed.</exception>
    public IEnumerable<string> Info =>
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{ProcessId}/fdinfo/{Number}"));

    /// <summary>
    /// Finds something for the descriptors of all processes that this user may inspect. Of a process that ends meanwhile, what was
    /// found before counts.
    /// </summary>
    /// <param name="isMeant">Whether a descriptor is meant, by what it refers to, such as "anon_inode:[perf_event]".</param>
    /// <param name="find">What a descriptor is or has; may throw IOException or UnauthorizedAccessException.</param>
    public static IReadOnlyList<T> Find<T>(Func<string, bool> isMeant, Func<ProcessDescriptor, IEnumerable<T>> find)
    {
        var found = new List<T>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var process))
            {
                continue;
            }
            try
            {
                foreach (var descriptor in Directory.EnumerateFiles($"{directory}/fd"))
                {
                    if (new FileInfo(descriptor).LinkTarget is { } target && isMeant(target))
                    {
                        found.AddRange(find(new ProcessDescriptor(process,
                            int.Parse(Path.GetFileName(descriptor), CultureInfo.InvariantCulture))));
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
