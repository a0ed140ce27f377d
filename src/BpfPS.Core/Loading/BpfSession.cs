namespace BpfPS;

/// <summary>What this process has started. It goes when the process or the module does; only pins outlive it.</summary>
public static class BpfSession
{
    private static readonly Lock s_lock = new();
    private static readonly List<BpfObject> s_objects = [];

    /// <summary>The objects that are running, in the order of their start.</summary>
    public static IReadOnlyList<BpfObject> Objects
    {
        get
        {
            lock (s_lock)
            {
                return s_objects.ToArray();
            }
        }
    }

    /// <summary>Stops what one session has started and not pinned.</summary>
    /// <param name="session">The session, as it was given at the start.</param>
    public static void StopAll(Guid session)
    {
        foreach (var obj in Objects.Where(obj => obj.Session == session))
        {
            obj.Dispose();
        }
        BpfHeldMaps.ReleaseAll(session);
    }

    internal static void Add(BpfObject obj)
    {
        lock (s_lock)
        {
            s_objects.Add(obj);
        }
    }

    internal static void Remove(BpfObject obj)
    {
        lock (s_lock)
        {
            s_objects.Remove(obj);
        }
    }
}
