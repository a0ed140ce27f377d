using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfPS.Host;

/// <summary>The mount points of file systems in this mount namespace.</summary>
internal static partial class MountTable
{
    /// <summary>The mount points of a file system type, in the order in which they were mounted, without duplicates.</summary>
    /// <param name="type">The name of the type: "bpf", "cgroup2".</param>
    public static IReadOnlyList<string> PlacesOf(string type) => File.ReadLines("/proc/self/mountinfo")
        // proc(5): ID parent major:minor root MOUNTPOINT options optional... - TYPE source super-options
        .Select(line => line.Split(' '))
        .Where(words => Array.IndexOf(words, "-") is var dash and > 0 && words[dash + 1] == type)
        .Select(words =>
            Escaped().Replace(words[4], octal => ((char)Convert.ToInt32(octal.Groups[1].Value, 8)).ToString(CultureInfo.InvariantCulture)))
        .Distinct().ToArray();

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Escaped();
}
