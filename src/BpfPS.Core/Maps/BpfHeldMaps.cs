using BpfPS.Native;

namespace BpfPS;

/// <summary>The maps that this process created (<see cref="BpfMap.Create"/>) and keeps open, each for a session.</summary>
public static class BpfHeldMaps
{
    private static readonly Lock s_lock = new();
    private static readonly List<(Guid Session, uint Id, FileDescriptor Map)> s_maps = [];
    private static readonly HashSet<uint> s_made = [];

    /// <summary>Whether a session holds a map that it created (<see cref="BpfMap.Create"/>).</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The map's id.</param>
    public static bool Holds(Guid session, uint id)
    {
        lock (s_lock)
        {
            return s_maps.Exists(held => held.Session == session && held.Id == id);
        }
    }

    /// <summary>
    /// Releases a map that a session created (<see cref="BpfMap.Create"/>). The kernel frees it once no process, pin or program
    /// uses it.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The map's id.</param>
    /// <returns>False if the session does not hold this map.</returns>
    public static bool Release(Guid session, uint id)
    {
        lock (s_lock)
        {
            var index = s_maps.FindIndex(held => held.Session == session && held.Id == id);
            if (index < 0)
            {
                return false;
            }
            s_maps[index].Map.Dispose();
            s_maps.RemoveAt(index);
            return true;
        }
    }

    /// <summary>
    /// Whether this process created a map, which may be pinned by now. The kernel gives an id again only after all others of 31 bits.
    /// </summary>
    internal static bool Made(uint id)
    {
        lock (s_lock)
        {
            return s_made.Contains(id);
        }
    }

    /// <summary>Keeps a map open until its session ends.</summary>
    /// <returns>A function that returns a new descriptor of the map, or null once it has been released.</returns>
    internal static Func<FileDescriptor?> Hold(Guid session, uint id, FileDescriptor map)
    {
        lock (s_lock)
        {
            s_maps.Add((session, id, map));
            s_made.Add(id);
        }
        return () =>
        {
            lock (s_lock)
            {
                return map.IsClosed ? null : FileDescriptor.Duplicate(map.Number);
            }
        };
    }

    /// <summary>Releases all maps that a session created.</summary>
    internal static void ReleaseAll(Guid session)
    {
        lock (s_lock)
        {
            foreach (var (_, _, map) in s_maps.Where(held => held.Session == session))
            {
                map.Dispose();
            }
            s_maps.RemoveAll(held => held.Session == session);
        }
    }
}
