using BpfPS.Native;

namespace BpfPS;

/// <summary>The objects that this process started. They stop when the process or the module ends; only pins outlive them.</summary>
public static class BpfSession
{
    private static readonly Lock s_lock = new();
    private static readonly List<BpfObject> s_objects = [];

    /// <summary>The running objects, in the order in which they were started.</summary>
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

    /// <summary>
    /// Whether a map belongs to what this process started, or was made by it. One that it shares, and that was there before, does not.
    /// </summary>
    internal static bool Owns(BpfMap map) => BpfHeldMaps.Made(map.Id)
        || Objects.Any(obj => !obj.MapsOfOthers.Contains(map.Id) && obj.Maps.Any(own => own.Id == map.Id));

    /// <summary>
    /// Why the kernel lists only what this process has open itself, and nothing that others have loaded; null if it lists everything.
    /// </summary>
    /// <param name="kind">What is listed.</param>
    internal static BpfException? WhyNotListed(BpfPinKind kind) => kind switch
    {
        BpfPinKind.Map => KernelObjects.WhyNoMaps(),
        BpfPinKind.Program => KernelObjects.WhyNoPrograms(),
        _ => KernelObjects.WhyNoLinks(),
    };

    /// <summary>Whether a program is one of those that this process started.</summary>
    internal static bool OwnsProgram(uint id) => Objects.Any(obj => obj.Programs.Any(program => program.Id == id));

    /// <summary>Stops everything that a session started and did not pin.</summary>
    /// <param name="session">The session that was passed when the objects were started.</param>
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
