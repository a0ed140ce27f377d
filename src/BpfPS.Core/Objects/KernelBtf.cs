using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using BpfPS.Btf;
using BpfPS.Native;

namespace BpfPS;

/// <summary>The BTF that programs and maps in the kernel carry, read once for each id.</summary>
internal static class KernelBtf
{
    // Ids count up and are not used again within the life of any session; the bound is for sessions that last months.
    private const int MaximumCached = 512;

    private static readonly ConcurrentDictionary<uint, BtfTypes> s_cache = new();

    /// <summary>The types of a BTF id; null when it has gone, or cannot be read.</summary>
    public static BtfTypes? TryGet(uint id)
    {
        if (s_cache.TryGetValue(id, out var cached))
        {
            return cached;
        }
        using var btf = new BtfHandle(LibBpf.btf__load_from_kernel_by_id(id));
        if (btf.IsInvalid)
        {
            return null;
        }
        if (s_cache.Count >= MaximumCached)
        {
            s_cache.Clear();
        }
        return s_cache.GetOrAdd(id, BtfTypes.Parse(btf.ToArray()));
    }

    /// <summary>The types of a program that uses a map, and the program's id. The only way to types that libbpf leaves off the map itself.</summary>
    public static BtfTypes? OfAnyUser(uint mapId)
    {
        foreach (var programId in UsersOf(mapId))
        {
            try
            {
                using var fd = KernelObjects.OpenProgram(programId);
                var btfId = KernelObjects.GetProgramInfo(fd).BtfId;
                if (btfId != 0 && TryGet(btfId) is { } types)
                {
                    return types;
                }
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
        }
        return null;
    }

    /// <summary>The ids of the programs that use a map.</summary>
    public static IEnumerable<uint> UsersOf(uint mapId)
    {
        foreach (var programId in KernelObjects.ProgramIds())
        {
            uint[] maps;
            try
            {
                using var fd = KernelObjects.OpenProgram(programId);
                maps = KernelObjects.GetMapIds(fd);
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
            if (maps.Contains(mapId))
            {
                yield return programId;
            }
        }
    }

    /// <summary>The other maps of the programs that use a map, itself included.</summary>
    public static IReadOnlyList<BpfMap> Siblings(uint mapId)
    {
        var ids = new HashSet<uint>();
        foreach (var programId in UsersOf(mapId))
        {
            try
            {
                using var fd = KernelObjects.OpenProgram(programId);
                ids.UnionWith(KernelObjects.GetMapIds(fd));
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
        }
        var maps = new List<BpfMap>();
        foreach (var id in ids)
        {
            try
            {
                maps.Add(BpfMap.FromId(id));
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
        }
        return maps;
    }
}
