using System.Collections.Concurrent;
using System.Globalization;

namespace BpfPS;

/// <summary>The names of users, from /etc/passwd.</summary>
internal static class UserNames
{
    private static readonly ConcurrentDictionary<uint, string> s_names = new();

    /// <summary>A user's name; the id in digits where there is none.</summary>
    public static string Of(uint id) => s_names.GetOrAdd(id, static id =>
    {
        var digits = id.ToString(CultureInfo.InvariantCulture);
        try
        {
            // passwd(5): name:password:UID:GID:...
            return File.ReadLines("/etc/passwd").Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > 2 && fields[2] == digits)?[0] ?? digits;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return digits;
        }
    });
}
