using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>
/// The information for describing the attach points of links, looked up once for a listing, and only on first use.
/// </summary>
internal sealed class LinkContext
{
    private readonly Lazy<IReadOnlyList<NetworkPlace>> _interfaces = new(NetworkPlace.All);
    private readonly Lazy<IReadOnlyList<NetworkNamespace>> _namespaces = new(NetworkNamespace.All);
    private readonly Lazy<Dictionary<ulong, string>> _cgroups = new(ReadCgroups);
    private readonly Lazy<ILookup<uint, string>> _pins = new(ReadPins);
    private readonly Lazy<ILookup<uint, BpfHolder>> _holders = new(BpfHolder.OfLinks);
    private readonly Lazy<IReadOnlyList<PerfEventFile>> _perfEvents = new(PerfEventFile.All);
    private readonly Dictionary<uint, string> _programNames = [];
    private readonly HashSet<(NetworkPlace Place, string Mode)> _linkedXdp = [];

    public IReadOnlyList<NetworkPlace> Interfaces => _interfaces.Value;

    public IReadOnlyList<NetworkNamespace> Namespaces => _namespaces.Value;

    /// <summary>The paths of cgroups by id.</summary>
    public IReadOnlyDictionary<ulong, string> Cgroups => _cgroups.Value;

    public ILookup<uint, string> Pins => _pins.Value;

    public ILookup<uint, BpfHolder> Holders => _holders.Value;

    /// <summary>The perf events with a program, from the descriptors of all processes.</summary>
    public IReadOnlyList<PerfEventFile> PerfEvents => _perfEvents.Value;

    public string ProgramName(uint id)
    {
        if (!_programNames.TryGetValue(id, out var name))
        {
            name = id == 0 ? "" : FullName(id);
            _programNames.Add(id, name);
        }
        return name;
    }

    /// <summary>The interface of a tcx or netkit link, and the number of programs that run before its program.</summary>
    public (NetworkPlace Place, int Position)? FindOrdered(uint linkId, uint attachType)
    {
        foreach (var place in Interfaces)
        {
            if (place.Ordered.TryGetValue(attachType, out var programs))
            {
                for (var position = 0; position < programs.Count; position++)
                {
                    if (programs[position].LinkId == linkId)
                    {
                        return (place, position);
                    }
                }
            }
        }
        return null;
    }

    /// <summary>
    /// The interface of an XDP link, and its mode. The kernel reports the interface's index, but not its namespace, so this finds an
    /// interface with this index that has the program. If there are several, each link gets a different one.
    /// </summary>
    public (NetworkPlace Place, string Mode)? FindXdp(uint interfaceIndex, uint programId)
    {
        foreach (var place in Interfaces.Where(place => place.Index == interfaceIndex))
        {
            foreach (var (mode, program) in place.Xdp)
            {
                if (program == programId && _linkedXdp.Add((place, mode)))
                {
                    return (place, mode);
                }
            }
        }
        return null;
    }

    /// <summary>Whether <see cref="FindXdp"/> has returned this interface and mode for a link.</summary>
    public bool IsLinkedXdp(NetworkPlace place, string mode) => _linkedXdp.Contains((place, mode));

    private static string FullName(uint id)
    {
        try
        {
            return BpfProgram.FromId(id).Name;
        }
        catch (BpfException)
        {
            return ""; // The program's information may be gone while the link still exists.
        }
    }

    private static Dictionary<ulong, string> ReadCgroups()
    {
        var cgroups = new Dictionary<ulong, string>();
        foreach (var path in CgroupTree.All())
        {
            // The id of a cgroup is the inode of its directory (cgroup_id in include/linux/cgroup.h).
            cgroups[FileOwner.StatusOf(path).Inode] = path;
        }
        return cgroups;
    }

    private static ILookup<uint, string> ReadPins() => (BpfFileSystem.IsMounted ? BpfPin.List(BpfFileSystem.Root) : [])
        .Where(pin => pin.Kind == BpfPinKind.Link).ToLookup(pin => pin.Id, pin => pin.Path);
}
