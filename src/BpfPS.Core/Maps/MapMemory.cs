using System.Globalization;
using System.Numerics;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS.Maps;

/// <summary>
/// How much memory the kernel allocates at once for new maps. Their sizes come from files, and a kernel that is asked for more than
/// there is kills other processes before it refuses.
/// </summary>
internal static class MapMemory
{
    private const int HashElement = 48; // struct htab_elem (kernel/bpf/hashtab.c)
    private const int HashBucket = 16;
    private const int StackElement = 24; // struct stack_map_bucket
    private const int Pointer = 8;

    /// <summary>The bytes that a new map takes before it has entries, to the nearest few per cent.</summary>
    /// <param name="type">The type as libbpf names it.</param>
    /// <param name="keySize">The size of a key in bytes.</param>
    /// <param name="valueSize">The size of a value in bytes; for a per-CPU map, of the value of one CPU.</param>
    /// <param name="entries">The maximum number of entries.</param>
    /// <param name="flags">How it is created.</param>
    public static UInt128 Needed(string type, uint keySize, uint valueSize, uint entries, BpfMapFlags flags)
    {
        var (key, value) = (PerCpuTotals.Stride(keySize), PerCpuTotals.Stride(valueSize));
        var cpus = (ulong)CpuList.PossibleCount;
        UInt128 count = entries;
        // The kernel rounds the number of buckets up to a power of two.
        UInt128 buckets = BitOperations.RoundUpToPowerOf2((ulong)entries);
        return type switch
        {
            "hash" or "lru_hash" or "percpu_hash" or "lru_percpu_hash" or "hash_of_maps" => buckets * HashBucket
                + (flags.HasFlag(BpfMapFlags.NO_PREALLOC) ? 0
                    : count * (HashElement + key + (type.Contains("percpu", StringComparison.Ordinal) ? Pointer + value * cpus : value))),
            "array" => count * value,
            "percpu_array" => count * (Pointer + value * cpus),
            "queue" or "stack" or "bloom_filter" => count * valueSize,
            "ringbuf" or "user_ringbuf" => count,
            "stack_trace" => buckets * Pointer + count * (StackElement + value),
            "sockhash" or "devmap_hash" => buckets * HashBucket,
            "prog_array" or "perf_event_array" or "array_of_maps" or "cgroup_array" or "sockmap" or "xskmap" or "devmap" or "cpumap"
                or "reuseport_sockarray" => count * Pointer,
            _ => 0, // allocated entry by entry, or page by page
        };
    }

    /// <summary>Fails if a map needs more memory than this machine has available.</summary>
    /// <exception cref="BpfException">It does.</exception>
    public static void Require(string name, string type, uint keySize, uint valueSize, uint entries, BpfMapFlags flags)
    {
        var needed = Needed(type, keySize, valueSize, entries, flags);
        if (needed > Available())
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"Map '{VisibleText.Escape(name)}' (type {type}, key {keySize} bytes, "
                    + $"value {valueSize} bytes, {entries} entries) would take {Size(needed)} of memory, and this machine has "
                    + $"{Size(Available())} available."),
                "Reduce the number of entries, or the size of the key or value.", (int)BpfErrno.ENOMEM);
        }
    }

    /// <summary>Fails if the maps of an object need more memory together than this machine has available.</summary>
    /// <exception cref="BpfException">They do; the message names the largest.</exception>
    public static void Require(ObjectFile file)
    {
        var maps = file.Maps().Where(map => !File.Exists(ObjectFile.Text(LibBpf.bpf_map__pin_path(map))))
            .Select(map => (Map: map, Needed: Needed(TypeNames.Map((uint)LibBpf.bpf_map__type(map)), LibBpf.bpf_map__key_size(map),
                LibBpf.bpf_map__value_size(map), LibBpf.bpf_map__max_entries(map), (BpfMapFlags)LibBpf.bpf_map__map_flags(map))))
            .OrderByDescending(map => map.Needed).ToArray();
        var needed = maps.Aggregate((UInt128)0, (sum, map) => sum + map.Needed);
        if (needed > Available())
        {
            var name = VisibleText.Escape(ObjectFile.Text(LibBpf.bpf_map__name(maps[0].Map)));
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"The maps of the object would take {Size(needed)} of memory, '{name}' alone {Size(maps[0].Needed)}, and this machine has "
                    + $"{Size(Available())} available.",
                BpfRemedy.With($"Make the map smaller with {BpfOption.MapSize}."), (int)BpfErrno.ENOMEM);
        }
    }

    /// <summary>The memory that can be had without swapping, in bytes; the greatest number if the kernel does not tell.</summary>
    private static ulong Available()
    {
        const string Label = "MemAvailable:";
        try
        {
            return File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal)) is { } line
                && ulong.TryParse(line.AsSpan(Label.Length).Trim().TrimEnd("kB").TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture,
                    out var kibibytes) ? kibibytes << 10 : ulong.MaxValue;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ulong.MaxValue;
        }
    }

    private static string Size(UInt128 bytes) => bytes >> 30 == 0 ? $"{bytes >> 20} MiB" : $"{bytes >> 30} GiB";
}
