using BpfPS.Native;

namespace BpfPS.Compilation;

/// <summary>The directory of compiled objects and generated headers: in the user's cache, accessible to its owner only.</summary>
internal static class CacheDirectory
{
    private static readonly TimeSpan s_keptUnused = TimeSpan.FromDays(90);

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
        // The files in here are loaded into the kernel, so nobody else may be able to write here.
        if ((File.GetUnixFileMode(root) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
        {
            throw new BpfException(BpfErrorKind.PermissionDenied,
                $"Other users can write to the cache directory '{VisibleText.Escape(root)}'.",
                "Restrict it to yourself: chmod 700.");
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

    private static string Root()
    {
        var caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given && Path.IsPathRooted(given)
            ? given : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(caches, "bpfps");
    }
}
