using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Compilation;

/// <summary>The directory of compiled objects and generated headers: in the user's cache, accessible to its owner only.</summary>
/// <remarks>
/// What is in here is loaded into the kernel, so nobody else may be able to write here, or to put another directory here.
/// </remarks>
internal static class CacheDirectory
{
    /// <summary>The size in bytes that the cache keeps to, by removing what was used the longest ago.</summary>
    public const long LargestSize = 256 << 20;

    private static readonly TimeSpan s_keptUnused = TimeSpan.FromDays(90);

    // What was compiled just now has still to be loaded from its path.
    private static readonly TimeSpan s_keptAnyway = TimeSpan.FromMinutes(10);

    private static string? s_notice;
    private static int s_isNoted;

    /// <summary>Opens a directory of the cache, and creates it if necessary.</summary>
    /// <exception cref="BpfException">The directory cannot be created, or another user could change it.</exception>
    public static OwnDirectory Open(string name)
    {
        using var root = OpenRoot();
        return root.Open(name);
    }

    /// <summary>
    /// Removes what nobody has used for three months, and of the rest what was used the longest ago, until the cache is not too large.
    /// </summary>
    public static void ClearOld()
    {
        using var root = OpenRoot();
        var now = DateTime.UtcNow;
        var size = 0L;
        foreach (var (name, used, length) in root.Directories().OrderByDescending(directory => directory.Used).ToArray())
        {
            size += length;
            if (now - used < s_keptAnyway || size <= LargestSize && now - used < s_keptUnused)
            {
                continue;
            }
            try
            {
                size -= root.Remove(name, used) ? length : 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // another session is removing it at the same time; if it stays, it does no harm
            }
        }
    }

    /// <summary>
    /// What is to be said about the cache, once: that the environment names another user's, as under 'sudo -E', and that it is not used.
    /// Null if there is nothing to say, or if it has been taken.
    /// </summary>
    public static string? TakeNotice() => Interlocked.Exchange(ref s_notice, null);

    private static OwnDirectory OpenRoot()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var named = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given && Path.IsPathRooted(given)
            ? given : Path.Combine(home, ".cache");
        var root = OwnDirectory.TryOpen(Path.Combine(named, "bpfps"), out var foreign);
        if (root is null && Libc.geteuid() == 0 && foreign!.Owner is { } other && UserNames.HomeOf(0) is { } own)
        {
            if (Interlocked.Exchange(ref s_isNoted, 1) == 0)
            {
                s_notice = $"'{VisibleText.Escape(named)}', the cache of the environment, belongs to user {UserNames.Of(other)}, who could "
                    + $"replace what root loads. '{VisibleText.Escape(own)}/.cache' is used instead.";
            }
            root = OwnDirectory.TryOpen(Path.Combine(own, ".cache", "bpfps"), out foreign);
        }
        if (root is null)
        {
            throw NotOwn(foreign!);
        }
        if (root.Owner is var owner && owner != Libc.geteuid())
        {
            root.Dispose();
            throw new BpfException(BpfErrorKind.PermissionDenied,
                $"The cache directory '{VisibleText.Escape(root.Path)}' belongs to user id {owner}, but your user id is {Libc.geteuid()}.",
                "Set XDG_CACHE_HOME to a directory of your own.");
        }
        return root;
    }

    private static BpfException NotOwn(ForeignDirectory foreign)
    {
        var path = VisibleText.Escape(foreign.Path);
        var what = foreign.IsLast ? $"cache directory '{path}'" : $"directory '{path}' above the cache";
        return foreign.Owner is { } owner
            ? new BpfException(BpfErrorKind.PermissionDenied, $"User id {owner} owns the {what}, and could replace what is in it.",
                "Set XDG_CACHE_HOME to a directory that only you can change.")
            : new BpfException(BpfErrorKind.PermissionDenied, $"Other users can write to the {what}.",
                foreign.IsLast ? "Restrict it to yourself: chmod 700."
                    : $"If it is yours, 'chmod go-w {path}'; else set XDG_CACHE_HOME to a directory that only you can change.");
    }
}
