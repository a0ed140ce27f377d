namespace BpfPS.Probes;

/// <summary>Errors about probes.</summary>
internal static class ProbeErrors
{
    private const int Suggestions = 5;

    /// <summary>The error for a probe that does not exist here, with the names that may have been meant.</summary>
    /// <param name="what">The kind in words: "tracepoint", "system call".</param>
    /// <param name="name">The name that the user wrote.</param>
    /// <param name="names">The names that exist.</param>
    /// <param name="otherwise">What to do if no name is near.</param>
    public static BpfException NotFound(string what, string name, IReadOnlyCollection<string> names, string? otherwise = null)
    {
        // "sched_switch" and "sched_swich" stand for "sched:sched_switch".
        var tails = names.Where(one => one.Contains(':', StringComparison.Ordinal)).ToLookup(one => one[(one.IndexOf(':') + 1)..]);
        var near = NearNames.Of(name.Split(':', '/')[^1], tails.Select(tail => tail.Key), Suggestions).SelectMany(tail => tails[tail])
            .Concat(NearNames.Of(name, names, Suggestions)).Distinct().Take(Suggestions).ToArray();
        return new(BpfErrorKind.NotFound, $"There is no {what} '{VisibleText.Escape(name)}' here.",
            near.Length > 0 ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}." : otherwise,
            (int)BpfErrno.ENOENT);
    }

    /// <summary>The error for a directory of the kernel that this user cannot read.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="e">What the system said.</param>
    public static BpfException Unreadable(string path, Exception e) => e is UnauthorizedAccessException
        ? new(BpfErrorKind.PermissionDenied, $"'{path}' cannot be read: permission denied.",
            "Run the shell as root (sudo), or give this user read access to tracefs.", (int)BpfErrno.EACCES, e)
        : new(BpfErrorKind.OperationFailed, $"'{path}' cannot be read: {VisibleText.Escape(e.Message)}", inner: e);
}
