using System.Collections.Concurrent;
using BpfPS.Btf;
using BpfPS.Native;

namespace BpfPS.Host;

/// <summary>The BTF of programs and maps in the kernel, read once for each id.</summary>
internal static class KernelBtf
{
    // Ids count up and are not reused within a session. The limit is for sessions that last for months.
    private const int MaximumCached = 512;
    private const int MaximumOwn = 8192;

    private static readonly ConcurrentDictionary<uint, BtfTypes> s_cache = new();
    // These cannot be read again, so that only the oldest are given up.
    private static readonly ConcurrentDictionary<uint, BtfTypes> s_own = new();
    private static readonly ConcurrentQueue<uint> s_ownInOrder = new();
    private static readonly Lazy<BtfTypes> s_kernel = new(() => BtfTypes.Parse(File.ReadAllBytes("/sys/kernel/btf/vmlinux")));

    /// <summary>The types of the kernel itself.</summary>
    public static BtfTypes Kernel => s_kernel.Value;

    /// <summary>A type of the kernel by its name; null if it has none, or no BTF.</summary>
    public static T? Find<T>(string name) where T : BtfType
    {
        try
        {
            return Kernel.Find<T>(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BtfFormatException)
        {
            return null;
        }
    }

    /// <summary>The types of a BTF id; null if it no longer exists or cannot be read.</summary>
    public static BtfTypes? TryGet(uint id)
    {
        if (s_cache.TryGetValue(id, out var cached))
        {
            return cached;
        }
        using var btf = new BtfHandle(LibBpf.btf__load_from_kernel_by_id(id));
        if (btf.IsInvalid)
        {
            return s_own.GetValueOrDefault(id);
        }
        if (s_cache.Count >= MaximumCached)
        {
            s_cache.Clear();
        }
        return s_cache.GetOrAdd(id, BtfTypes.Parse(btf.ToArray()));
    }

    /// <summary>
    /// Keeps the types that this process itself loaded under a BTF id, if the kernel does not give them back: it does so to CAP_SYS_ADMIN
    /// only.
    /// </summary>
    public static void Keep(uint id, BtfTypes types)
    {
        if (id != 0 && TryGet(id) is null)
        {
            if (s_own.TryAdd(id, types))
            {
                s_ownInOrder.Enqueue(id);
            }
            while (s_ownInOrder.Count > MaximumOwn && s_ownInOrder.TryDequeue(out var oldest))
            {
                s_own.TryRemove(oldest, out _);
            }
        }
    }

    /// <summary>
    /// The types of a program that uses a map. This is the only source for types that libbpf does not load with the map itself. Null
    /// if no program with types uses the map, or the user lacks permission to list programs.
    /// </summary>
    public static BtfTypes? OfAnyUser(uint mapId)
    {
        try
        {
            return FindUser(mapId);
        }
        catch (BpfException e) when (e.Kind == BpfErrorKind.PermissionDenied)
        {
            return null;
        }
    }

    private static BtfTypes? FindUser(uint mapId)
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
}
