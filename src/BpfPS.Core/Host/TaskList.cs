using System.Globalization;

namespace BpfPS.Host;

/// <summary>The threads of all processes.</summary>
internal static class TaskList
{
    /// <summary>Their ids; a process is its first thread. What ends meanwhile is left out.</summary>
    public static IEnumerable<uint> All() => Numbers("/proc").Order()
        .SelectMany(process => Numbers(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")).Order());

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
