namespace BpfPS.Probes;

/// <summary>Errors about probes.</summary>
internal static class ProbeErrors
{
    private const int Suggestions = 5;

    /// <summary>The error for a probe that does not exist here, with the names that may have been meant.</summary>
    /// <param name="what">The kind in words: "tracepoint", "system call".</param>
    /// <param name="name">The name that the user wrote.</param>
    /// <param name="known">The names that exist.</param>
    public static BpfException NotFound(string what, string name, IEnumerable<string> known)
    {
        var names = known as IReadOnlyCollection<string> ?? known.ToArray();
        var near = NearNames.Of(name, names, Suggestions);
        if (near.Count == 0)
        {
            // "sched_switch" for "sched:sched_switch".
            var tails = names.Where(one => one.Contains(':', StringComparison.Ordinal)).ToLookup(one => one.Split(':')[1]);
            near = NearNames.Of(name.Split(':', '/')[^1], tails.Select(tail => tail.Key), Suggestions)
                .SelectMany(tail => tails[tail]).Take(Suggestions).ToArray();
        }
        return new(BpfErrorKind.NotFound, $"There is no {what} '{VisibleText.Escape(name)}' here.",
            near.Count > 0 ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}." : null, (int)BpfErrno.ENOENT);
    }

    /// <summary>The error for a directory of the kernel that this user cannot read.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="e">What the system said.</param>
    public static BpfException Unreadable(string path, Exception e) => e is UnauthorizedAccessException
        ? new(BpfErrorKind.PermissionDenied, $"'{path}' cannot be read: permission denied.",
            "Run the shell as root (sudo), or give this user read access to tracefs.", (int)BpfErrno.EACCES, e)
        : new(BpfErrorKind.OperationFailed, $"'{path}' cannot be read: {VisibleText.Escape(e.Message)}", inner: e);
}
