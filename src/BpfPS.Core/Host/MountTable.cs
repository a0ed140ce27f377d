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
        .Select(words => Plain(words[4])).Distinct().ToArray();

    private static string Plain(string place) =>
        Escaped().Replace(place, octal => ((char)Convert.ToInt32(octal.Groups[1].Value, 8)).ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Whether the file system at a path is mounted only in a mount namespace of this process and its like, and not in that of the first
    /// process. False where the first process cannot be looked at.
    /// </summary>
    /// <param name="device">The file system's device number, as mountinfo writes it: major:minor.</param>
    public static bool IsPrivate(string device)
    {
        try
        {
            return new FileInfo("/proc/self/ns/mnt").LinkTarget != new FileInfo("/proc/1/ns/mnt").LinkTarget
                && !File.ReadLines("/proc/1/mountinfo").Any(line => line.Split(' ')[2] == device);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The device number of the file system that a path is in, as mountinfo writes it.</summary>
    /// <param name="path">An absolute path.</param>
    public static string? DeviceOf(string path) => File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' '))
        .Select(words => (Place: Plain(words[4]), Device: words[2]))
        .Where(mount => path == mount.Place || path.StartsWith($"{mount.Place}/", StringComparison.Ordinal))
        .Reverse().MaxBy(mount => mount.Place.Length).Device; // of several at one place, the last covers the others

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Escaped();
}
