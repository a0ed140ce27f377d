namespace BpfPS.Commands;

/// <summary>The sources of the event subscriptions of each session, which end with it and with the module.</summary>
internal static class EventSources
{
    private static readonly Lock s_lock = new();
    private static readonly List<(Guid Session, BpfEventSource Source)> s_open = [];

    /// <summary>Adds a source.</summary>
    /// <param name="session">The session of its subscriber.</param>
    /// <param name="source">The source.</param>
    public static void Add(Guid session, BpfEventSource source)
    {
        lock (s_lock)
        {
            s_open.Add((session, source));
        }
    }

    /// <summary>Removes a source that has been closed.</summary>
    public static void Remove(BpfEventSource source)
    {
        lock (s_lock)
        {
            s_open.RemoveAll(one => one.Source == source);
        }
    }

    /// <summary>Closes the sources of a session that has ended.</summary>
    public static void CloseAll(Guid session) => Of(session).ForEach(source => source.Close());

    /// <summary>Ends the subscriptions of a session, on the session's thread.</summary>
    public static void UnsubscribeAll(Guid session) => Of(session).ForEach(source => source.Unsubscribe());

    private static List<BpfEventSource> Of(Guid session)
    {
        lock (s_lock)
        {
            return [.. s_open.Where(one => one.Session == session).Select(one => one.Source)];
        }
    }
}
