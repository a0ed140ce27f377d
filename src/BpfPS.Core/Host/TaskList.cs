using System.Globalization;

namespace BpfPS.Host;

/// <summary>The threads of all processes.</summary>
internal static class TaskList
{
    /// <summary>The ids of all threads; a process's main thread has the process id. Threads that end in the meantime are skipped.</summary>
    public static IEnumerable<uint> All() => Numbers("/proc").Order()
        .SelectMany(process => Numbers(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")).Order());

    /// <summary>The names of the commands of all processes, as the kernel has them.</summary>
    public static IEnumerable<string> Commands() => Numbers("/proc").Select(CommandOf).OfType<string>().Distinct();

    private static string? CommandOf(uint process)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/comm")).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended
        }
    }

    private static uint[] Numbers(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory)
                .Select(path => uint.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
                .Where(id => id != 0).ToArray();
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
