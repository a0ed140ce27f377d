using BpfPS.Native;

namespace BpfPS.Compilation;

/// <summary>Where compiled objects and generated headers are kept: the user's cache, for its owner only.</summary>
internal static class CacheDirectory
{
    private static readonly TimeSpan s_keptUnused = TimeSpan.FromDays(90);

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>A directory of the cache, made when it is missing.</summary>
    /// <exception cref="BpfException">It cannot be made, or belongs to somebody else.</exception>
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
                $"The cache directory '{VisibleText.Escape(directory)}' cannot be made: {e.Message}",
                "Set XDG_CACHE_HOME to a directory that you can write.", inner: e);
        }
        if (FileOwner.Of(root) is var owner && owner != Libc.geteuid())
        {
            throw new BpfException(BpfErrorKind.PermissionDenied,
                $"The cache directory '{VisibleText.Escape(root)}' belongs to user id {owner}, and you are {Libc.geteuid()}.",
                "Set XDG_CACHE_HOME to a directory of your own.");
        }
        // What lies here is loaded into the kernel: nobody else may be able to put something there.
        if ((File.GetUnixFileMode(root) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
        {
            throw new BpfException(BpfErrorKind.PermissionDenied, $"Others can write to the cache directory '{VisibleText.Escape(root)}'.",
                "Make it yours alone: chmod 700.");
        }
        NoteUse(directory);
        return directory;
    }

    /// <summary>Says that a directory is used, so that it is not cleared away yet.</summary>
    private static void NoteUse(string directory)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(directory, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // on what can only be read nothing is cleared away
        }
    }

    /// <summary>Clears away what nobody has used for three months.</summary>
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
                // another session clears it away at the same time, or it stays: it is in nobody's way
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
