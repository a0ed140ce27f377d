using System.Collections.Concurrent;
using System.Globalization;

namespace BpfPS.Host;

/// <summary>The names of users and groups, from /etc/passwd and /etc/group.</summary>
internal static class UserNames
{
    // passwd(5) name:password:UID:..., group(5) name:password:GID:...
    private const int NameField = 0;
    private const int IdField = 2;

    private static readonly ConcurrentDictionary<uint, string> s_names = new();

    /// <summary>A user's name; the id in digits if there is none.</summary>
    public static string Of(uint id) => s_names.GetOrAdd(id, static id =>
    {
        var digits = id.ToString(CultureInfo.InvariantCulture);
        return Find("/etc/passwd", IdField, digits)?[NameField] ?? digits;
    });

    /// <summary>All users of this machine.</summary>
    public static IEnumerable<(string Name, string Id)> All() =>
        Lines("/etc/passwd").Select(fields => (fields[NameField], fields[IdField]));

    /// <summary>A user's home directory; null if there is no such user.</summary>
    public static string? HomeOf(uint id)
    {
        const int homeField = 5;
        return Find("/etc/passwd", IdField, id.ToString(CultureInfo.InvariantCulture)) is { Length: > homeField } fields
            && Path.IsPathRooted(fields[homeField]) ? fields[homeField] : null;
    }

    /// <summary>A user's id; null if there is no such user.</summary>
    public static uint? UserId(string name) => Id("/etc/passwd", name);

    /// <summary>A group's id; null if there is no such group.</summary>
    public static uint? GroupId(string name) => Id("/etc/group", name);

    private static uint? Id(string file, string name) =>
        uint.TryParse(Find(file, NameField, name)?[IdField], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static string[]? Find(string file, int field, string wanted) =>
        Lines(file).FirstOrDefault(fields => fields[field] == wanted);

    private static string[][] Lines(string file)
    {
        try
        {
            return [.. File.ReadLines(file).Select(line => line.Split(':')).Where(fields => fields.Length > IdField)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
