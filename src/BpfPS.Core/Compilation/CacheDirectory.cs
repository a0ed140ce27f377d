using BpfPS.Native;

namespace BpfPS.Compilation;

/// <summary>Where compiled objects and generated headers are kept: the user's cache, for its owner only.</summary>
internal static class CacheDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>A directory of the cache, made when it is missing.</summary>
    /// <exception cref="BpfException">It cannot be made, or belongs to somebody else.</exception>
    public static string Get(string name)
    {
        var root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given && Path.IsPathRooted(given)
            ? given : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var directory = Path.Combine(root, "bpfps", name);
        try
        {
            Directory.CreateDirectory(directory, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(BpfErrorKind.OperationFailed, $"The cache directory '{VisibleText.Escape(directory)}' cannot be made: {e.Message}", "Set XDG_CACHE_HOME to a directory that you can write.", inner: e);
        }
        if (FileOwner.Of(Path.Combine(root, "bpfps")) is var owner && owner != Libc.geteuid())
        {
            throw new BpfException(BpfErrorKind.PermissionDenied, $"The cache directory '{VisibleText.Escape(Path.Combine(root, "bpfps"))}' belongs to user id {owner}, and you are {Libc.geteuid()}.", "Set XDG_CACHE_HOME to a directory of your own.");
        }
        // What lies here is loaded into the kernel: nobody else may be able to put something there.
        if ((File.GetUnixFileMode(Path.Combine(root, "bpfps")) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
        {
            throw new BpfException(BpfErrorKind.PermissionDenied, $"Others can write to the cache directory '{VisibleText.Escape(Path.Combine(root, "bpfps"))}'.", "Make it yours alone: chmod 700.");
        }
        return directory;
    }
}
