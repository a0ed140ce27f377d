using System.Globalization;

namespace BpfPS.Host;

/// <summary>The kernel's lists of CPUs.</summary>
internal static class CpuList
{
    /// <summary>The numbers of the CPUs that are online.</summary>
    public static IReadOnlyList<int> Online() => Parse(File.ReadAllText("/sys/devices/system/cpu/online"));

    /// <summary>The number of possible CPUs. Per-CPU maps have a value for each.</summary>
    public static int PossibleCount { get; } = Parse(File.ReadAllText("/sys/devices/system/cpu/possible")).Max() + 1;

    /// <summary>Parses a list such as "0-3,8".</summary>
    internal static IReadOnlyList<int> Parse(string list)
    {
        var cpus = new List<int>();
        foreach (var range in list.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = range.Split('-');
            var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            cpus.AddRange(Enumerable.Range(first, int.Parse(ends[^1], CultureInfo.InvariantCulture) - first + 1));
        }
        return cpus;
    }
}
