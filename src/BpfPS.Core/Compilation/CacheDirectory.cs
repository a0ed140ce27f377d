using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Compilation;

/// <summary>The directory of compiled objects and generated headers: in the user's cache, accessible to its owner only.</summary>
internal static class CacheDirectory
{
    private static readonly TimeSpan s_keptUnused = TimeSpan.FromDays(90);

    private static string? s_notice;
    private static int s_isNoted;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Returns a directory of the cache, and creates it if necessary.</summary>
    /// <exception cref="BpfException">The directory cannot be created, or belongs to another user.</exception>
    public static string Get(string name)
    {
        var root = Root();
        var directory = Path.Combine(root, name);
        try
        {
            Directory.CreateDirectory(directory, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(BpfErrorKind.OperationFailed,
                $"Cannot create the cache directory '{VisibleText.Escape(directory)}': {e.Message}",
                "Set XDG_CACHE_HOME to a directory that you can write to.", inner: e);
        }
        if (FileOwner.Of(root) is var owner && owner != Libc.geteuid())
        {
            throw new BpfException(BpfErrorKind.PermissionDenied,
                $"The cache directory '{VisibleText.Escape(root)}' belongs to user id {owner}, but your user id is {Libc.geteuid()}.",
                "Set XDG_CACHE_HOME to a directory of your own.");
        }
        // The files in here are loaded into the kernel, so nobody else may be able to write here, or to put another directory here.
        for (var above = root; above is not null; above = Path.GetDirectoryName(above))
        {
            RequireSafe(above, isRoot: above == root);
        }
        NoteUse(directory);
        return directory;
    }

    /// <summary>Marks a directory as used, so that it is not removed yet.</summary>
    private static void NoteUse(string directory)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(directory, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // nothing is removed from a read-only file system anyway
        }
    }

    /// <summary>Removes what nobody has used for three months.</summary>
    public static void ClearOld()
    {
        var oldest = DateTime.UtcNow - s_keptUnused;
        foreach (var directory in Directory.EnumerateDirectories(Root())
            .Where(directory => Directory.GetLastWriteTimeUtc(directory) < oldest))
        {
            try
            {
                Directory.Delete(directory, recursive: true);
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

    private static void RequireSafe(string directory, bool isRoot)
    {
        var status = FileOwner.StatusOf(directory);
        var isShared = (status.Mode & (int)(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;
        // In a directory such as /tmp nobody can move or replace what belongs to somebody else.
        if (isShared && (isRoot || (status.Mode & (int)UnixFileMode.StickyBit) == 0))
        {
            throw new BpfException(BpfErrorKind.PermissionDenied, $"Other users can write to the {What()}.",
                isRoot ? "Restrict it to yourself: chmod 700."
                    : $"If it is yours, 'chmod go-w {VisibleText.Escape(directory)}'; else set XDG_CACHE_HOME to a directory that only "
                        + "you can change.");
        }
        // In a user namespace "/" belongs to nobody there is.
        if (status.UserId != 0 && status.UserId != Libc.geteuid() && directory != "/")
        {
            throw new BpfException(BpfErrorKind.PermissionDenied,
                $"User id {status.UserId} owns the {What()}, and could replace what is in it.",
                "Set XDG_CACHE_HOME to a directory that only you can change.");
        }

        string What() => isRoot ? $"cache directory '{VisibleText.Escape(directory)}'"
            : $"directory '{VisibleText.Escape(directory)}' above the cache";
    }

    private static string Root()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var named = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given && Path.IsPathRooted(given)
            ? given : Path.Combine(home, ".cache");
        if (Libc.geteuid() == 0 && OtherOwner(named) is { } owner && UserNames.HomeOf(0) is { } own)
        {
            if (Interlocked.Exchange(ref s_isNoted, 1) == 0)
            {
                s_notice = $"'{VisibleText.Escape(named)}', the cache of the environment, belongs to user {UserNames.Of(owner)}, who could "
                    + $"replace what root loads. '{VisibleText.Escape(own)}/.cache' is used instead.";
            }
            named = Path.Combine(own, ".cache");
        }
        return Path.Combine(named, "bpfps");
    }

    /// <summary>
    /// Who, other than root, owns a directory or one above it; null if nobody does. A shell that runs as root may have made directories
    /// of root's in another user's home.
    /// </summary>
    private static uint? OtherOwner(string directory)
    {
        for (var above = directory; above is not null; above = Path.GetDirectoryName(above))
        {
            if (above != "/" && FileOwner.Of(above) is { } owner && owner != 0)
            {
                return owner;
            }
        }
        return null;
    }
}
