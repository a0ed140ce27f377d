using System.Globalization;

namespace BpfPS.Native;

/// <summary>
/// The maps, programs and links that this process has open. The kernel opens and lists them by id for CAP_SYS_ADMIN only, but what the
/// process holds already it can find in /proc/self/fdinfo and duplicate, with CAP_BPF or without any capability.
/// </summary>
internal static class OwnDescriptors
{
    private const string Folder = "/proc/self/fdinfo";

    /// <summary>The ids, in ascending order, each once.</summary>
    /// <param name="kind">The name of the id in fdinfo: "map_id", "prog_id" or "link_id".</param>
    public static IReadOnlyList<uint> Ids(string kind) => [.. All(kind).Select(held => held.Id).Distinct().Order()];

    /// <summary>A new descriptor of something that this process has open; null if it has not.</summary>
    public static FileDescriptor? Duplicate(string kind, uint id)
    {
        foreach (var (number, _) in All(kind).Where(held => held.Id == id))
        {
            var result = Libc.fcntl(number, Libc.DuplicateCloseOnExec, 0);
            if (result < 0)
            {
                continue; // closed by another thread in the meantime
            }
            var copy = new FileDescriptor(result);
            if (IdOf(kind, string.Create(CultureInfo.InvariantCulture, $"{Folder}/{result}")) == id)
            {
                return copy;
            }
            copy.Dispose(); // the number was closed, and has been given to something else
        }
        return null;
    }

    private static IEnumerable<(int Number, uint Id)> All(string kind)
    {
        foreach (var file in Directory.EnumerateFiles(Folder))
        {
            if (int.TryParse(Path.GetFileName(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && IdOf(kind, file) is { } id)
            {
                yield return (number, id);
            }
        }
    }

    private static uint? IdOf(string kind, string file)
    {
        try
        {
            var ids = File.ReadAllLines(file).Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2)
                .ToLookup(parts => parts[0], parts => parts[1].Trim());
            // A link's file names its program too.
            return (kind == "link_id" || !ids.Contains("link_id"))
                && uint.TryParse(ids[kind].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // closed in the meantime
        }
    }
}
