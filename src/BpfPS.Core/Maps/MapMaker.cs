using System.Globalization;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>Creates maps and fills in what their types require.</summary>
// unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
internal static unsafe class MapMaker
{
    private const uint DefaultEntries = 10_240;
    private const uint DefaultRingSize = 256 * 1024;

    // The kernel rejects BTF types for the key and value of these (map_check_no_btf).
    private static readonly string[] s_withoutTypes =
    [
        "queue", "stack", "ringbuf", "user_ringbuf", "prog_array", "perf_event_array", "cgroup_array", "array_of_maps", "hash_of_maps",
        "stack_trace", "devmap", "devmap_hash", "cpumap", "xskmap", "sockmap", "sockhash", "reuseport_sockarray", "bloom_filter", "arena",
    ];

    private static readonly string[] s_withoutKeys = ["queue", "stack", "bloom_filter", "ringbuf", "user_ringbuf", "arena"];

    /// <summary>Creates a map.</summary>
    /// <returns>Its descriptor. The kernel frees the map when the last descriptor is closed.</returns>
    public static FileDescriptor Create(BpfMapDefinition definition)
    {
        LibBpfLibrary.Require();
        RequireName(definition.Name);
        var type = TypeNames.MapNumber(definition.Type)
            ?? throw new BpfException(BpfErrorKind.InvalidArgument, $"Unknown map type '{VisibleText.Escape(definition.Type)}'.",
            $"Use one of: {string.Join(", ", MapKind.All.Select(known => known.Name))}.");
        var kind = TypeNames.Map(type);
        var writer = new BtfWriter();
        var isTyped = definition.KeyType is not null || definition.ValueType is not null;
        var (keyId, keySize) = Part(writer, "key", definition.KeyType, definition.KeySize, DefaultKeySize(kind), isTyped);
        var (valueId, valueSize) = Part(writer, "value", definition.ValueType, definition.ValueSize, DefaultValueSize(kind), isTyped);
        RequireSizes(definition, kind, keySize, valueSize);
        var entries = definition.MaxEntries ?? kind switch
        {
            "ringbuf" or "user_ringbuf" => DefaultRingSize,
            _ when MapKind.All.FirstOrDefault(known => known.Name == kind)?.Owner is not null => 0u,
            "cgroup_storage" or "percpu_cgroup_storage" => 0u,
            "cpumap" => (uint)CpuList.PossibleCount,
            "arena" => 100u,
            _ => DefaultEntries,
        };
        var flags = definition.Flags | (kind is "lpm_trie" or "rhash" or "task_storage" or "inode_storage" or "sk_storage" or "cgrp_storage"
            ? BpfMapFlags.NO_PREALLOC : 0)
            | (kind == "arena" ? BpfMapFlags.MMAPABLE : 0);
        MapMemory.Require(definition.Name, kind, keySize, valueSize, entries, flags);
        using var inner = definition.InnerMap?.OpenDescriptor();
        if (kind is "array_of_maps" or "hash_of_maps" && inner is null)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"A map of type {kind} needs a map as a template for its entries.",
                BpfRemedy.To(BpfAdvice.MakeInnerMap));
        }
        var typed = (keyId != 0 || s_withoutKeys.Contains(kind)) && valueId != 0 && !s_withoutTypes.Contains(kind);
        using var btf = typed ? Load(writer) : null;
        var options = new BpfMapCreateOptions
        {
            Size = (nuint)sizeof(BpfMapCreateOptions),
            BtfDescriptor = btf is null ? 0 : (uint)LibBpf.btf__fd(btf),
            BtfKeyTypeId = typed ? keyId : 0,
            BtfValueTypeId = typed ? valueId : 0,
            InnerMapDescriptor = inner is null ? 0 : (uint)inner.Number,
            MapFlags = (uint)flags,
        };
        var result = LibBpf.bpf_map_create(type, definition.Name, keySize, valueSize, entries, &options);
        if (result >= 0)
        {
            var map = new FileDescriptor(result);
            if (btf is not null)
            {
                KernelBtf.Keep(KernelObjects.GetMapInfo(map).BtfId, BtfTypes.Parse(writer.ToArray()));
            }
            return map;
        }
        throw Refused(-result, definition, kind, keySize, valueSize, entries, flags);
    }

    private static void RequireName(string name)
    {
        if (name.Length is 0 or > KernelObjects.NameLength || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.'))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(name)}' is not a valid map name.",
                $"Use 1 to {KernelObjects.NameLength} letters, digits, '_' and '.'.");
        }
    }

    private static uint? DefaultKeySize(string kind) => kind switch
    {
        _ when s_withoutKeys.Contains(kind) => 0,
        "hash" or "percpu_hash" or "lru_hash" or "lru_percpu_hash" or "rhash" or "lpm_trie" or "hash_of_maps" => null,
        "cgroup_storage" or "percpu_cgroup_storage" => 8,
        _ => 4,
    };

    private static uint? DefaultValueSize(string kind) => kind switch
    {
        "ringbuf" or "user_ringbuf" or "arena" => 0,
        "prog_array" or "perf_event_array" or "cgroup_array" or "array_of_maps" or "hash_of_maps" or "xskmap" => 4,
        "devmap" or "devmap_hash" or "cpumap" or "sockmap" or "sockhash" or "reuseport_sockarray" => 8,
        "stack_trace" => 127 * 8,
        _ => null,
    };

    private static (uint Id, uint Size) Part(BtfWriter writer, string name, string? type, uint? size, uint? otherwise, bool isTyped)
    {
        if (type is not null && size is not null)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"Both a type and a size are specified for the {name}.",
                "Remove the size. The type determines it.");
        }
        if (type is not null)
        {
            return CTypeParser.Parse(type, writer);
        }
        return (size ?? otherwise) is not { } bytes
            ? throw new BpfException(BpfErrorKind.InvalidArgument, $"The type of the {name} is missing.",
                $"Specify a C type, such as u32 or 'struct {{ u64 packets; u64 bytes; }}', or the size in bytes.")
            : otherwise == 4 && size is null && name == "key" ? CTypeParser.Parse("u32", writer)
            // The kernel accepts types for both key and value or for neither. Declare this one as bytes to keep the other's type.
            : isTyped && bytes > 0 ? CTypeParser.Parse(string.Create(CultureInfo.InvariantCulture, $"u8[{bytes}]"), writer) : (0, bytes);
    }

    private static void RequireSizes(BpfMapDefinition definition, string kind, uint keySize, uint valueSize)
    {
        if (s_withoutKeys.Contains(kind) && keySize != 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"Entries of a {kind} have no keys.",
                "Remove the type and size of the key.");
        }
        if (kind is "ringbuf" or "user_ringbuf" && definition.MaxEntries is { } bytes
            && (bytes < Environment.SystemPageSize || (bytes & (bytes - 1)) != 0))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"A ring buffer cannot have {bytes} bytes.",
                $"Its size (MaxEntries) must be a power of two and at least {Environment.SystemPageSize}.");
        }
        if (MapKind.All.FirstOrDefault(known => known.Name == kind)?.Owner is not null && definition.ValueType is null)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"A map of type {kind} must have typed values.",
                "Specify the value's type as a C type, such as u64.");
        }
        if (kind == "lpm_trie" && keySize < 5)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                "The key of an lpm_trie must consist of the prefix length and the data.",
                "Example for IPv4 addresses: 'struct { u32 prefixlen; __be32 address; }'.");
        }
        if (kind.Contains("hash", StringComparison.Ordinal) && (keySize > 512 || valueSize > 1 << 22))
        {
            // The kernel returns E2BIG for either.
            throw new BpfException(BpfErrorKind.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"A key of {keySize} bytes with a value of {valueSize} bytes is too large."),
                "A hash's key can have at most 512 bytes, and its value must be smaller than 4 MiB.");
        }
    }

    private static BtfHandle Load(BtfWriter writer)
    {
        var blob = writer.ToArray();
        BtfHandle btf;
        fixed (byte* data = blob)
        {
            btf = new BtfHandle(Errors.ThrowIfNull(LibBpf.btf__new(data, (uint)blob.Length), "Describing the map's types"));
        }
        var result = LibBpf.btf__load_into_kernel(btf);
        if (result < 0)
        {
            btf.Dispose();
            throw Errors.FromErrno(-result, "Loading the map's types");
        }
        return btf;
    }

    private static BpfException Refused(int errno, BpfMapDefinition definition, string kind, uint keySize, uint valueSize, uint entries,
        BpfMapFlags flags)
    {
        var what = string.Create(CultureInfo.InvariantCulture,
            $"Creating map '{VisibleText.Escape(definition.Name)}' (type {kind}, key {keySize} bytes, value {valueSize} bytes, "
                + $"{entries} entries, flags {flags})");
        var error = Errors.FromErrno(errno, what);
        return (BpfErrno)errno switch
        {
            BpfErrno.EINVAL when kind is "array" or "percpu_array" && keySize != 4 =>
                new BpfException(BpfErrorKind.InvalidArgument, $"{what}: the key of an array must be a u32.",
                    BpfRemedy.With($"Remove {BpfOption.KeyType}."), errno),
            BpfErrno.EINVAL => new BpfException(BpfErrorKind.InvalidArgument, $"{what}: {ErrnoText.Describe(errno)}.",
                "One of these settings is not valid for this map type. Specify only those that it needs.", errno),
            BpfErrno.E2BIG => new BpfException(BpfErrorKind.InvalidArgument, $"{what}: {ErrnoText.Describe(errno)}.",
                "Reduce the number of entries, or the size of the key or value.", errno),
            _ => error,
        };
    }
}
