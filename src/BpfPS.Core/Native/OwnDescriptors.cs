using System.Collections.Concurrent;
using System.Globalization;

namespace BpfPS.Native;

/// <summary>
/// The maps, programs and links that this process has open. The kernel opens and lists them by id for CAP_SYS_ADMIN only, but what the
/// process holds already it can find in /proc/self/fdinfo and duplicate, with CAP_BPF or without any capability.
/// </summary>
internal static class OwnDescriptors
{
    private const string Folder = "/proc/self/fdinfo";

    // Where each was the last time. A list is followed by the opening of each, which must not read everything again.
    private static readonly ConcurrentDictionary<(string Kind, uint Id), int> s_last = [];

    /// <summary>The ids, in ascending order, each once.</summary>
    /// <param name="kind">The name of the id in fdinfo: "map_id", "prog_id" or "link_id".</param>
    public static IReadOnlyList<uint> Ids(string kind) => [.. All(kind).Select(held => held.Id).Distinct().Order()];

    /// <summary>A new descriptor of something that this process has open; null if it has not.</summary>
    public static FileDescriptor? Duplicate(string kind, uint id)
    {
        if (s_last.TryGetValue((kind, id), out var last) && Copy(last, kind, id) is { } known)
        {
            return known;
        }
        foreach (var (number, _) in All(kind).Where(held => held.Id == id))
        {
            if (Copy(number, kind, id) is { } copy)
            {
                return copy;
            }
        }
        return null;
    }

    private static FileDescriptor? Copy(int number, string kind, uint id)
    {
        var result = Libc.fcntl(number, Libc.DuplicateCloseOnExec, 0);
        if (result < 0)
        {
            return null; // closed by another thread in the meantime
        }
        var copy = new FileDescriptor(result);
        if (IdOf(kind, string.Create(CultureInfo.InvariantCulture, $"{Folder}/{result}")) == id)
        {
            return copy;
        }
        copy.Dispose(); // the number was closed, and has been given to something else
        return null;
    }

    private static List<(int Number, uint Id)> All(string kind)
    {
        var found = new List<(int, uint)>();
        s_last.Clear();
        foreach (var file in Directory.EnumerateFiles(Folder))
        {
            if (int.TryParse(Path.GetFileName(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && IdOf(kind, file) is { } id)
            {
                found.Add((number, id));
                s_last[(kind, id)] = number;
            }
        }
        return found;
    }

    private static uint? IdOf(string kind, string file)
    {
        try
        {
            uint? found = null;
            foreach (var line in File.ReadAllLines(file))
            {
                if (kind != "link_id" && line.StartsWith("link_id:", StringComparison.Ordinal))
                {
                    return null; // A link's file names its program too.
                }
                if (line.StartsWith(kind, StringComparison.Ordinal) && line.AsSpan(kind.Length) is [':', .. var rest]
                    && uint.TryParse(rest.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                {
                    found = id;
                }
            }
            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // closed in the meantime
        }
    }
}
