using System.Globalization;
using BpfPS.Host;

namespace BpfPS.Commands;

/// <summary>What a program is restricted to, from the parameters that say so.</summary>
internal static class TargetOptions
{
    /// <summary>Reads the parameters.</summary>
    /// <param name="processes">-ProcessId.</param>
    /// <param name="includeChildren">-IncludeChildren.</param>
    /// <param name="commands">-Command.</param>
    /// <param name="users">-User: names or ids.</param>
    /// <param name="cgroups">-Cgroup.</param>
    /// <exception cref="BpfException">There is no such user, or -IncludeChildren has no process to begin with.</exception>
    public static BpfTargets Of(int[] processes, bool includeChildren, string[] commands, string[] users, string[] cgroups) =>
        includeChildren && processes.Length == 0
            ? throw new BpfException(BpfErrorKind.InvalidArgument, "-IncludeChildren says nothing without a process to begin with.",
                "Name it with -ProcessId.")
            : new BpfTargets
            {
                Processes = [.. processes.Select(id => (uint)id)], IncludeChildren = includeChildren, Commands = commands,
                Users = [.. users.Select(User)], Cgroups = cgroups,
            };

    private static uint User(string user) => uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
        : UserNames.UserId(user) ?? throw new BpfException(BpfErrorKind.NotFound, $"There is no user '{VisibleText.Escape(user)}'.",
            "Specify a name from /etc/passwd, or the user's id as a number.");
}
