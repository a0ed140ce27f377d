using BpfPS.Native;

namespace BpfPS;

/// <summary>The maps that this process has made (<see cref="BpfMap.Create"/>) and keeps open, each for a session.</summary>
public static class BpfHeldMaps
{
    private static readonly Lock s_lock = new();
    private static readonly List<(Guid Session, uint Id, FileDescriptor Map)> s_maps = [];

    /// <summary>Whether a session holds a map that it made (<see cref="BpfMap.Create"/>).</summary>
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
    /// Lets go of a map that a session made (<see cref="BpfMap.Create"/>). It goes when nobody else has it open and no pin or
    /// program keeps it.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The map's id.</param>
    /// <returns>False when the session holds no such map.</returns>
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

    /// <summary>Keeps a map open until its session ends.</summary>
    /// <returns>Gives another descriptor of it; null once it was let go.</returns>
    internal static Func<FileDescriptor?> Hold(Guid session, uint id, FileDescriptor map)
    {
        lock (s_lock)
        {
            s_maps.Add((session, id, map));
        }
        return () =>
        {
            lock (s_lock)
            {
                return map.IsClosed ? null : FileDescriptor.Duplicate(map.Number);
            }
        };
    }

    /// <summary>Lets go of all maps that a session made.</summary>
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
