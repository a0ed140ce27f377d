using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Loading;

/// <summary>
/// Where tools are: those that ship, and those of users, in the folders of BPFPS_TOOL_PATH, in the user's own and in the system's. What
/// is started runs in the kernel, so a folder counts only if nobody but root and this user can change it.
/// </summary>
internal static class ToolFolders
{
    /// <summary>The variable of the environment with folders, separated by colons.</summary>
    public const string Variable = "BPFPS_TOOL_PATH";

    private const string SourceEnding = ".bpf.c";
    private const string InHome = ".local/share";
    private const string InData = "bpfps/tools";
    private const string OfSystem = "/usr/local/share/bpfps/tools";

    private const int WritableByOthers = (int)(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite);
    private const int Sticky = (int)UnixFileMode.StickyBit;

    /// <summary>The tools of users by their names, each with the path of its object file or C source.</summary>
    public static IReadOnlyDictionary<string, string> Own()
    {
        var tools = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var folder in Folders().Where(IsTrusted))
        {
            // Of an object and its source, the source is what its author works on.
            foreach (var ending in (string[])[SourceEnding, ShippedFiles.ObjectEnding])
            {
                foreach (var path in Files(folder, ending).Where(IsOwn))
                {
                    tools.TryAdd(Path.GetFileName(path)[..^ending.Length], path);
                }
            }
        }
        return tools;
    }

    /// <summary>Folders that are named or usual and exist, but are passed over since others can change them.</summary>
    public static IEnumerable<string> Distrusted() => Folders().Where(folder => !IsTrusted(folder));

    private static IEnumerable<string> Folders()
    {
        var named = (Environment.GetEnvironmentVariable(Variable) ?? "").Split(':').Where(Path.IsPathRooted);
        var home = UserNames.HomeOf(Libc.geteuid()) is { } own ? Path.Combine(own, InHome) : null;
        var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } given && Path.IsPathRooted(given) ? given : home;
        return named.Append(data is null ? "" : Path.Combine(data, InData)).Append(OfSystem).Where(Directory.Exists).Distinct();
    }

    private static IEnumerable<string> Files(string folder, string ending)
    {
        try
        {
            return Directory.GetFiles(folder, $"*{ending}").Where(path => path.EndsWith(ending, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether nobody else can change a folder, or put another one in its place.</summary>
    private static bool IsTrusted(string folder)
    {
        for (var at = Path.GetFullPath(folder); ; at = Path.GetDirectoryName(at)!)
        {
            var status = FileOwner.StatusOf(at);
            var isShared = (status.Mode & WritableByOthers) != 0;
            // In a sticky directory such as /tmp, only the owner of an entry can replace it.
            if (status.Mode == 0 || !IsOurs(status) || isShared && (at == folder || (status.Mode & Sticky) == 0))
            {
                return false;
            }
            if (at == "/")
            {
                return true;
            }
        }
    }

    private static bool IsOwn(string file) =>
        FileOwner.StatusOf(file) is var status && IsOurs(status) && (status.Mode & WritableByOthers) == 0;

    private static bool IsOurs(FileStatus status) => status.UserId == 0 || status.UserId == Libc.geteuid();
}
