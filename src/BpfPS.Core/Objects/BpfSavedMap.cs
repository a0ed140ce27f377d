using System.Globalization;
using System.Numerics;
using System.Text.Json;
using BpfPS.Records;

namespace BpfPS;

/// <summary>A map as a file has it.</summary>
public sealed class BpfSavedMap
{
    /// <summary>All of an entry's bytes, key before value, where its members do not say them all.</summary>
    internal const string BytesProperty = "$bytes";

    private readonly JsonElement _entries;
    private readonly IReadOnlyList<string> _keyMembers;
    private readonly IReadOnlyList<string> _valueMembers;

    private BpfSavedMap(JsonElement map, string file)
    {
        File = file;
        Name = map.GetProperty("name").GetString() ?? "";
        Type = map.GetProperty("type").GetString() ?? "";
        MaxEntries = map.GetProperty("max_entries").GetUInt32();
        Flags = map.GetProperty("map_flags").GetUInt32();
        (KeyType, KeySize, _keyMembers) = Part(map.GetProperty("key"));
        (ValueType, ValueSize, _valueMembers) = Part(map.GetProperty("value"));
        _entries = map.GetProperty("entries");
        KeyDefinition = Definition(map.GetProperty("key"));
        ValueDefinition = Definition(map.GetProperty("value"));
        Count = _entries.GetArrayLength();
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The map's name.</summary>
    public string Name { get; }

    /// <summary>Its type in libbpf's words.</summary>
    public string Type { get; }

    /// <summary>The key's type as C names it; null where no BTF told.</summary>
    public string? KeyType { get; }

    /// <summary>The value's type as C names it; null where no BTF told.</summary>
    public string? ValueType { get; }

    /// <summary>Bytes in a key.</summary>
    public uint KeySize { get; }

    /// <summary>Bytes in a value (for one CPU, in per-CPU maps).</summary>
    public uint ValueSize { get; }

    /// <summary>How many entries there could be.</summary>
    public uint MaxEntries { get; }

    /// <summary>The BPF_F_* flags it was made with.</summary>
    public uint Flags { get; }

    /// <summary>How many entries the file has.</summary>
    public int Count { get; }

    /// <summary>The key's type in C words, with its members; null where no BTF told.</summary>
    public string? KeyDefinition { get; }

    /// <summary>The value's type in C words, with its members; null where no BTF told.</summary>
    public string? ValueDefinition { get; }

    internal static BpfSavedMap Parse(JsonElement map, string file) => new(map, file);

    /// <summary>Makes an empty map like the one that was saved.</summary>
    /// <param name="session">Whose map it is; it goes with it.</param>
    /// <exception cref="BpfException">This kernel cannot make it, or the user may not.</exception>
    public BpfMap Create(Guid session) => BpfMap.Create(new BpfMapDefinition
    {
        Name = Name.Length > BpfMap.KernelNameLength ? Name[..BpfMap.KernelNameLength] : Name,
        Type = Type,
        KeyType = KeyDefinition,
        ValueType = ValueDefinition,
        KeySize = KeyDefinition is null ? KeySize : null,
        ValueSize = ValueDefinition is null ? ValueSize : null,
        MaxEntries = MaxEntries,
        Flags = (BpfMapFlags)Flags,
        Session = session,
    });

    /// <summary>Writes the entries into a map. Every entry is looked at before the first is written.</summary>
    /// <param name="map">A map whose keys and values are laid out alike.</param>
    /// <param name="clear">Whether the map's own entries are removed first.</param>
    /// <param name="progress">Told how many entries are on their way, now and then; may be null.</param>
    /// <param name="stop">Ends it early; what was written stays.</param>
    /// <returns>How many entries were written.</returns>
    /// <exception cref="BpfException">The layouts differ: the message says in what; an entry does not fit; or the kernel refused one, and the message says how many were written.</exception>
    public long Restore(BpfMap map, bool clear = false, Action<long>? progress = null, CancellationToken stop = default)
    {
        const int ReportEvery = 1 << 14;
        var layout = MapLayout.Of(map);
        RequireFit(layout);
        var key = new byte[layout.KeySize];
        var value = new byte[layout.ValueSize];
        foreach (var entry in _entries.EnumerateArray())
        {
            using var context = new EncodeContext();
            Encode(layout, entry, key, value, context);
            if (stop.IsCancellationRequested)
            {
                return 0;
            }
        }
        if (clear)
        {
            using var access = new BpfMapAccess(map);
            access.Clear(stop);
        }
        using var writer = new BpfMapWriter(map);
        var given = 0L;
        foreach (var entry in _entries.EnumerateArray())
        {
            if (stop.IsCancellationRequested)
            {
                break;
            }
            writer.Write((Saved: this, layout, entry), static (given, k, v, context) => given.Saved.Encode(given.layout, given.entry, k, v, context));
            if (++given % ReportEvery == 0)
            {
                progress?.Invoke(given);
            }
        }
        writer.Complete();
        return writer.Written;
    }

    /// <summary>The name, the type and the number of entries.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RecordText.Escape(Name)} ({RecordText.Escape(Type)}, {Count} entries)");

    private void RequireFit(MapLayout layout)
    {
        var differences = new List<string>();
        if (IsPerCpu(Type) != IsPerCpu(layout.Map.Type) || layout.Kind.IsKeyless != Type is "queue" or "stack")
        {
            differences.Add($"its type is {Type} in the file and {layout.Map.Type} here");
        }
        differences.AddRange(MapShapeText.Differences("key", _keyMembers, MapShapeText.Lines(layout.Key)));
        differences.AddRange(MapShapeText.Differences("value", _valueMembers, MapShapeText.Lines(layout.OneValue)));
        if (differences.Count == 0 && (KeySize != layout.Map.KeySize || ValueSize != layout.Map.ValueSize))
        {
            differences.Add($"key and value have {KeySize} and {ValueSize} bytes in the file, and {layout.Map.KeySize} and {layout.Map.ValueSize} in the map");
        }
        if (differences.Count > 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"'{RecordText.Escape(Name)}' of the file does not fit map {layout.Map}: {RecordText.Escape(string.Join("; ", differences))}.",
                "Import it into a map of the same types, or make one: Import-BpfMap -Create.");
        }
        if (layout.Kind.IsPerCpu is false && Count > layout.Map.MaxEntries)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"'{RecordText.Escape(Name)}' of the file has {Count} entries, and map {layout.Map} has room for {layout.Map.MaxEntries}.");
        }
    }

    private static bool IsPerCpu(string type) => type.Contains("percpu", StringComparison.Ordinal);

    private void Encode(MapLayout layout, JsonElement entry, Span<byte> key, Span<byte> value, EncodeContext context)
    {
        var members = Value(entry) as Dictionary<string, object?> ?? throw BpfMapFile.Damaged(File, "an entry is no object");
        if (members.Remove(BytesProperty, out var raw) && raw is string hexadecimal)
        {
            var bytes = hexadecimal.Length == (key.Length + value.Length) * 2 && hexadecimal.All(char.IsAsciiHexDigit) ? Convert.FromHexString(hexadecimal)
                : throw BpfMapFile.Damaged(File, $"{BytesProperty} of an entry are not {key.Length + value.Length} bytes");
            bytes.AsSpan(0, key.Length).CopyTo(key);
            bytes.AsSpan(key.Length).CopyTo(value);
            return;
        }
        layout.Encode(members, key, value, context);
    }

    private static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().ToDictionary(member => member.Name, member => Value(member.Value), StringComparer.OrdinalIgnoreCase),
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => BigInteger.TryParse(element.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : element.GetDouble(),
        _ => null,
    };

    private static string? Definition(JsonElement part) => part.TryGetProperty("definition", out var words) ? words.GetString() : null;

    private static (string? Type, uint Size, IReadOnlyList<string> Members) Part(JsonElement part) =>
        (part.GetProperty("type").GetString(), part.GetProperty("size").GetUInt32(), part.GetProperty("members").EnumerateArray().Select(line => line.GetString() ?? "").ToArray());
}
