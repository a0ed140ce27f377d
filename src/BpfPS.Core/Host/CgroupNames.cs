using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS.Host;

/// <summary>
/// The systemd units and containers that cgroups belong to, by the ids that events have. Each is found once: a cgroup does not get another
/// name, and an id is not given again.
/// </summary>
internal static class CgroupNames
{
    private const int MostKnown = 1 << 16;

    private static readonly string[] s_unitTypes = [".service", ".scope", ".socket", ".mount", ".swap"];
    private static readonly ConcurrentDictionary<ulong, (string Unit, string Container)> s_known = [];

    /// <summary>The unit and the container of a cgroup, each empty if there is none. Thread-safe.</summary>
    /// <param name="id">The cgroup's id.</param>
    public static (string Unit, string Container) Of(ulong id)
    {
        if (s_known.TryGetValue(id, out var names))
        {
            return names;
        }
        if (s_known.Count >= MostKnown)
        {
            s_known.Clear();
        }
        return s_known[id] = CgroupTree.PathOf(id) is { } path ? (UnitOf(path), ContainerNames.Here.NameOf(path)) : ("", "");
    }

    /// <summary>
    /// The unit that a cgroup belongs to: the innermost service, scope, socket, mount or swap that it is or is in; without one, its slice.
    /// </summary>
    /// <param name="path">The cgroup's path.</param>
    public static string UnitOf(string path)
    {
        var parts = path.Split('/');
        return Array.FindLast(parts, part => s_unitTypes.Any(type => part.EndsWith(type, StringComparison.Ordinal)))
            ?? Array.FindLast(parts, part => part.EndsWith(".slice", StringComparison.Ordinal)) ?? "";
    }

    /// <summary>Passes the names to the records, when the engine is loaded.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255",
        Justification = "The engine has many entry points, and the names must be known before any of them is called.")]
    internal static void HandIn() => CgroupText.FindNames = Of;
}
