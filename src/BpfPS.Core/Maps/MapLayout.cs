using System.Collections;
using System.Text.RegularExpressions;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Records;

namespace BpfPS.Maps;

/// <summary>The memory layout of a map's entries, and the conversion between entries and objects.</summary>
internal sealed partial class MapLayout
{
    private readonly RecordOrigin _origin;
    private readonly bool _keepsOriginal;
    private readonly StructShape _plainKey;

    private MapLayout(BpfMap map, StructShape key, StructShape plainKey, StructShape value, MapTypes types)
    {
        _plainKey = plainKey;
        Types = types;
        Map = map;
        Kind = MapKind.Of(map);
        Key = key;
        OneValue = value;
        Cpus = Kind.IsPerCpu ? CpuList.PossibleCount : 0;
        Class = RecordClasses.ForEntry(key, value, Cpus);
        KeySize = (int)map.KeySize;
        ValueSize = Kind.IsPerCpu ? (int)PerCpuTotals.Stride(map.ValueSize) * Cpus : (int)map.ValueSize;
        _keepsOriginal = Class.Encode is null;
        _origin = new RecordOrigin(map);
    }

    public BpfMap Map { get; }

    public MapKind Kind { get; }

    /// <summary>The BTF types of key and value.</summary>
    public MapTypes Types { get; }

    public RecordClass Class { get; }

    public StructShape Key { get; }

    /// <summary>The value; in a per-CPU map, the value of one CPU.</summary>
    public StructShape OneValue { get; }

    /// <summary>The number of CPUs with their own value; 0 if all share one.</summary>
    public int Cpus { get; }

    /// <summary>The size of a key in bytes; 0 if there is none.</summary>
    public int KeySize { get; }

    /// <summary>The size in bytes of a value as read or written: the values of all CPUs, each padded to a multiple of eight.</summary>
    public int ValueSize { get; }

    /// <summary>
    /// The layout of a map from the best available types: the map's own, its object's, those of a program that uses it, or none.
    /// </summary>
    /// <exception cref="BpfException">A map of this type has no entries.</exception>
    public static MapLayout Of(BpfMap map)
    {
        var kind = MapKind.Of(map);
        if (kind.NoEntries is { } why)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"Map '{VisibleText.Escape(map.Name)}': maps of type {map.Type} have no entries.", why);
        }
        var types = MapTypes.Of(map);
        var key = Fitting(types.Btf, types.KeyId, map.KeySize, "key");
        var value = Fitting(types.Btf, types.ValueId, map.ValueSize, "value");
        var keyShape = map.KeySize == 0 ? new StructShape("none", 0, []) : key
            ?? (MapKind.IsIndexed(map) || map.Type == "devmap_hash" && map.KeySize == sizeof(uint)
                ? RecordClasses.Numbers(typeof(uint), 4, 1, "key") : RecordClasses.Bytes(map.KeySize, "key"));
        var valueShape = value ?? (map.Type == "stack_trace" ? RecordClasses.Numbers(typeof(ulong), 8, map.ValueSize / 8, "addresses")
            : RecordClasses.Bytes(map.ValueSize, "value"));
        var plainKey = map.Type == "lpm_trie" ? LengthAndData(keyShape) : keyShape;
        return new MapLayout(map, KeyOf(map, keyShape), plainKey, ValueOf(map, valueShape), types);
    }

    /// <summary>Decodes the entry at two addresses.</summary>
    // unsafe: the callers pass a key and a value of this layout's sizes.
    public unsafe BpfMapEntry Decode(nint key, nint value)
    {
        var entry = (BpfMapEntry)Class.Decode(key, value, ValueSize);
        entry.Origin = _origin;
        if (_keepsOriginal)
        {
            var bytes = new byte[KeySize + ValueSize];
            new ReadOnlySpan<byte>((void*)key, KeySize).CopyTo(bytes);
            new ReadOnlySpan<byte>((void*)value, ValueSize).CopyTo(bytes.AsSpan(KeySize));
            entry.Original = bytes;
        }
        return entry;
    }

    /// <summary>Encodes a key that a user specified.</summary>
    /// <exception cref="BpfException">It does not fit.</exception>
    public void EncodeKey(object key, Span<byte> destination, EncodeContext context)
    {
        destination.Clear();
        EncodePart(Map.Type == "lpm_trie" ? TrieKey(key) : Key, "key", key, destination, context);
    }

    /// <summary>
    /// A trie's key in the form in which it was given: a prefix of an IP address, the members of its struct in a table, or its bytes.
    /// </summary>
    private StructShape TrieKey(object key) => key switch
    {
        System.Collections.IDictionary or BpfRecord => _plainKey,
        System.Net.IPNetwork or System.Net.IPAddress => Key.Name == AnyPrefix.Name ? Key : AddressPrefix(Key.Size) ?? Key,
        string text when AddressPrefix(Key.Size) is { } prefix && AddressEncoder.IsPrefix(text, Key.Size - sizeof(uint)) => prefix,
        string text when ValueEncoder.Bytes(text)?.Length != Key.Size && !text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) => Key,
        _ => RecordClasses.Bytes(Key.Size, "key"),
    };

    /// <summary>Encodes a value that a user specified; for a per-CPU map, one value for all CPUs or a list with one for each.</summary>
    /// <exception cref="BpfException">It does not fit.</exception>
    public void EncodeValue(object value, Span<byte> destination, EncodeContext context)
    {
        destination.Clear();
        if (Cpus == 0)
        {
            EncodePart(OneValue, "value", value, destination, context);
            return;
        }
        var stride = ValueSize / Cpus;
        if (value is object[] list && !IsOneArray(list))
        {
            if (list.Length != Cpus)
            {
                throw new BpfException(BpfErrorKind.InvalidArgument, $"{list.Length} values are specified for {Cpus} CPUs.",
                    BpfRemedy.With($"Specify one value for all CPUs, a list with one value for each, or {BpfOption.Cpu} to "
                        + $"set a single one."));
            }
            for (var cpu = 0; cpu < Cpus; cpu++)
            {
                EncodePart(OneValue, "value", list[cpu], destination.Slice(cpu * stride, (int)OneValue.Size), context);
            }
            return;
        }
        EncodePart(OneValue, "value", value, destination[..(int)OneValue.Size], context);
        for (var cpu = 1; cpu < Cpus; cpu++)
        {
            destination[..stride].CopyTo(destination[(cpu * stride)..]);
        }
    }

    /// <summary>Whether a list is a single value, because the values are arrays, rather than one value for each CPU.</summary>
    private bool IsOneArray(object[] list) => OneValue.Fields is [{ Shape: ArrayShape array }]
        && (list.Length != Cpus || list.Length == array.Count
            && list.All(element => element is not (System.Collections.ICollection or string)));

    /// <summary>Encodes one CPU's value into the values of all CPUs.</summary>
    /// <exception cref="BpfException">The CPU does not exist, or the value does not fit.</exception>
    public void EncodeCpuValue(int cpu, object value, Span<byte> destination, EncodeContext context)
    {
        if (cpu < 0 || cpu >= Cpus)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, Cpus == 0
                ? $"A map of type {Map.Type} has one value for all CPUs."
                : $"CPU {cpu} does not exist. Values can be set for CPUs 0 to {Cpus - 1}.");
        }
        EncodePart(OneValue, "value", value, destination.Slice(cpu * (ValueSize / Cpus), (int)OneValue.Size), context);
    }

    /// <summary>Encodes an entry object of this map's class or of any class with the same members.</summary>
    /// <exception cref="BpfException">A member is unknown or does not fit.</exception>
    public void Encode(object entry, Span<byte> key, Span<byte> value, EncodeContext context)
    {
        if (entry is BpfRecord record && record.GetType() == Class.Type)
        {
            EntryEncoder.Encode(Class, record, key, value, context);
            return;
        }
        var given = ValueMembers.Of(entry)?.ToList()
            ?? throw new BpfException(BpfErrorKind.InvalidArgument, $"'{RecordText.Format(entry)}' is not a map entry.", Expected());
        EncodeMembers(Class.Parts[0], 0, given, key, context);
        EncodeMembers(Class.Parts[1], Class.Parts[0].Fields.Count, given, value, context);
        if (given.FirstOrDefault(member => Class.Totals is null || !PerCpuTotals.IsTotal(member.Key)) is { Key: not null } unknown)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Entries of '{VisibleText.Escape(Map.Name)}' have no member '{VisibleText.Escape(unknown.Key)}'.", Expected());
        }
    }

    /// <summary>Encodes the key of an entry object.</summary>
    /// <exception cref="BpfException">The object has no such key, or the key does not fit.</exception>
    public void EncodeKeyOf(object entry, Span<byte> key, EncodeContext context)
    {
        if (entry is BpfRecord record && record.GetType() == Class.Type)
        {
            EntryEncoder.EncodeKey(Class, record, key, ValueSize, context);
            return;
        }
        var given = ValueMembers.Of(entry)?.ToList()
            ?? throw new BpfException(BpfErrorKind.InvalidArgument, $"'{RecordText.Format(entry)}' is not a map entry.", Expected());
        EncodeMembers(Class.Parts[0], 0, given, key, context);
    }

    private string Expected() => $"Entries of this map have the members: {string.Join(", ", Class.Fields.Select(field => field.Name))}.";

    /// <summary>Encodes the members of one part and removes them from the given list.</summary>
    private void EncodeMembers(StructShape part, int first, List<KeyValuePair<string, object?>> given, Span<byte> destination,
        EncodeContext context)
    {
        destination.Clear();
        var found = 0;
        for (var i = 0; i < part.Fields.Count; i++)
        {
            var name = Class.Fields[first + i].Name;
            var place = given.FindIndex(member => member.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (place >= 0)
            {
                // A time that is zero is $null when it is read.
                if (given[place].Value is null
                    && part.Fields[i].Shape is not (ReferenceShape or ReadShape { Reader: nameof(RecordReader.Time) }))
                {
                    throw new BpfException(BpfErrorKind.InvalidArgument, $"The entry's member '{name}' has no value ($null).",
                        "Specify a value, or omit the member to set it to zero.");
                }
                found++;
                ValueEncoder.EncodeMember(part.Fields[i] with { Name = name }, given[place].Value, destination, context);
                given.RemoveAt(place);
            }
        }
        if (found == 0 && part.Fields.Count > 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"The entry has no member of the {(ReferenceEquals(part, Class.Parts[0]) ? "key" : "value")} "
                    + $"of '{VisibleText.Escape(Map.Name)}'.",
                Expected());
        }
    }

    private static void EncodePart(StructShape part, string name, object value, Span<byte> destination, EncodeContext context)
    {
        // A plain type is a struct with the single member "key" or "value". Unless it is given as a table, the value of a struct
        // with one member is that member. For devmap_val and cpumap_val it is the first member, because the program is optional.
        var isPlain = part.Fields is [_] || part.Fields is [_, { Shape: ReferenceShape }];
        if (isPlain && part.Fields[0] is { Offset: 0 } first && !NamesOnly(value, first.Name)
            && (first.Shape is StructShape or ReadShape || value is not (IDictionary or BpfRecord)))
        {
            ValueEncoder.EncodeMember(first, value, destination, context);
            return;
        }
        ValueEncoder.Encode(part, $"The {name}, struct {part.Name},", value, destination, context);
    }

    /// <summary>Whether a value is a table with one member, of this name.</summary>
    private static bool NamesOnly(object value, string member) => value is IDictionary { Count: 1 } table
        && table.Keys.Cast<object>().All(key => member.Equals($"{key}", StringComparison.OrdinalIgnoreCase));

    private static StructShape KeyOf(BpfMap map, StructShape key) => map.Type switch
    {
        "lpm_trie" => Prefix(key),
        "task_storage" => One("pid", EntryReferences.Process),
        "cgrp_storage" => One("cgroup", EntryReferences.Cgroup),
        "inode_storage" => One("path", EntryReferences.Inode),
        "sk_storage" => One("socket", EntryReferences.SocketOwner),
        _ => key,
    };

    private static StructShape ValueOf(BpfMap map, StructShape value) => (map.Type, map.ValueSize) switch
    {
        ("prog_array", 4) => One("program", EntryReferences.Program),
        ("array_of_maps" or "hash_of_maps", 4) => One("map", EntryReferences.Map),
        ("devmap" or "devmap_hash", 4) => One("interface", EntryReferences.Interface),
        ("devmap" or "devmap_hash", 8) => Two("devmap_val", new Field("interface", 0, EntryReferences.Interface)),
        ("cpumap", 4) => RecordClasses.Numbers(typeof(uint), 4, 1, "qsize"),
        ("cpumap", 8) => Two("cpumap_val", new Field("qsize", 0, new ScalarShape(typeof(uint), 4))),
        ("cgroup_array", 4) => One("cgroup", EntryReferences.Cgroup),
        ("sockmap" or "sockhash" or "reuseport_sockarray" or "xskmap" or "perf_event_array", 4 or 8) =>
            One("cookie", EntryReferences.Socket(map.ValueSize)),
        ("struct_ops", _) when map.BtfVmlinuxValueTypeId != 0 =>
            Fitting(KernelBtf.Kernel, map.BtfVmlinuxValueTypeId, map.ValueSize, "value") ?? value,
        _ => value,
    };

    private static StructShape One(string name, ReferenceShape shape) => new(name, shape.Size, [new Field(name, 0, shape)]);

    private static StructShape Two(string name, Field first) => new(name, 8, [first, new Field("program", 4, EntryReferences.Program)]);

    /// <summary>
    /// A trie's key as the prefix of an IP address, if that is what follows the length: by its type, by its name where the type says
    /// nothing, or by its size where there is no type at all. The trie compares bits starting at the first byte, so four bytes of an
    /// address are in network order whether their type says so or not.
    /// </summary>
    private static StructShape Prefix(StructShape key)
    {
        const uint Length = sizeof(uint);
        var data = key.Fields.Where(field => field.Offset >= Length).ToArray();
        if (data is [{ Offset: Length, Shape: ReadShape { Reader: nameof(RecordReader.AnyAddress) } }])
        {
            return AnyPrefix;
        }
        var isUntyped = key.Fields is [{ Offset: 0, Shape: ArrayShape }];
        var isAddress = isUntyped || data.Length > 0
            && data.All(field => field.Offset == Length && field.Shape.Size == key.Size - Length) && Array.Exists(data, IsAddress);
        return isAddress && AddressPrefix(key.Size) is { } prefix ? prefix : LengthAndData(key);
    }

    /// <summary>A prefix of addresses of both families (bpfps_ip_t).</summary>
    private static StructShape AnyPrefix { get; } = new("ip_prefix", sizeof(uint) + 16,
        [new Field("key", 0, new ReadShape(nameof(RecordReader.AnyPrefix), typeof(System.Net.IPNetwork), sizeof(uint) + 16))]);

    /// <summary>A prefix of the addresses of a family as a trie's key; null for a size that no family has.</summary>
    private static StructShape? AddressPrefix(uint size) => (size - sizeof(uint)) switch
    {
        4 => new StructShape("ipv4_prefix", size,
            [new Field("key", 0, new ReadShape(nameof(RecordReader.Ipv4Prefix), typeof(System.Net.IPNetwork), size))]),
        16 => new StructShape("ipv6_prefix", size,
            [new Field("key", 0, new ReadShape(nameof(RecordReader.Ipv6Prefix), typeof(System.Net.IPNetwork), size))]),
        _ => null,
    };

    /// <summary>
    /// Whether a member is an address: it has the type of one, or a type that anything can have (a number, numbers or bytes) and a name
    /// that says so. Many definitions call it "data", after the kernel's own struct.
    /// </summary>
    private static bool IsAddress(Field data) => data.Shape switch
    {
        ReadShape { Reader: nameof(RecordReader.Ipv4Address) or nameof(RecordReader.Ipv6Address) } => true,
        ScalarShape { Swap: true, Size: 4 } => true,
        StructShape { Name: "in_addr" or "in6_addr" } => true,
        ScalarShape or ArrayShape { Element: ScalarShape } => AddressName().IsMatch(data.Name),
        StructShape inner => AddressName().IsMatch(data.Name) || inner.Fields.Any(IsAddress),
        _ => false,
    };

    [GeneratedRegex("addr|^(data|key|net|network|prefix|cidr|subnet)$|(^|[^a-z])ip(v?[46])?($|[^a-z])|^v[46]$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AddressName();

    /// <summary>
    /// A trie's key as a struct of the length and the data; for bytes without a type, with the kernel's member names.
    /// </summary>
    private static StructShape LengthAndData(StructShape key) =>
        key.Fields is not [{ Offset: 0, Shape: ArrayShape }]
            ? key
            : new StructShape($"prefix{key.Size}", key.Size,
            [
                new Field("prefixlen", 0, new ScalarShape(typeof(uint), sizeof(uint))),
                new Field("data", sizeof(uint), new ArrayShape(new ScalarShape(typeof(byte), 1), 1, key.Size - sizeof(uint))),
            ]);

    /// <summary>The part; null if the type's size shows that it belongs to another map.</summary>
    private static StructShape? Fitting(BtfTypes? types, uint id, uint size, string name) =>
        types is not null && id != 0 && RecordClasses.Part(types, id, name) is var part && part.Size == size ? part : null;
}
