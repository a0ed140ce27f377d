using System.Globalization;
using System.Numerics;
using System.Text.Json;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>A map that was saved in a file.</summary>
public sealed class BpfSavedMap
{
    /// <summary>All bytes of an entry, the key before the value, if its members do not represent them all.</summary>
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
        foreach (var members in (IReadOnlyList<string>[])[_keyMembers, _valueMembers])
        {
            if (members.FirstOrDefault(line => !line.Contains(": ", StringComparison.Ordinal)) is { } odd)
            {
                throw new FormatException($"'{odd}' is not a member with its type");
            }
            if (members.GroupBy(line => line[..line.IndexOf(": ", StringComparison.Ordinal)])
                .FirstOrDefault(same => same.Count() > 1) is { } twice)
            {
                throw new FormatException($"the member '{twice.Key}' appears twice");
            }
        }
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The map's name.</summary>
    public string Name { get; }

    /// <summary>Its type as libbpf names it.</summary>
    public string Type { get; }

    /// <summary>The key's C type; null if there was no BTF for it.</summary>
    public string? KeyType { get; }

    /// <summary>The value's C type; null if there was no BTF for it.</summary>
    public string? ValueType { get; }

    /// <summary>The size of a key in bytes.</summary>
    public uint KeySize { get; }

    /// <summary>The size of a value in bytes (in per-CPU maps, of the value for one CPU).</summary>
    public uint ValueSize { get; }

    /// <summary>The maximum number of entries.</summary>
    public uint MaxEntries { get; }

    /// <summary>The BPF_F_* flags that it was created with.</summary>
    public uint Flags { get; }

    /// <summary>The number of entries in the file.</summary>
    public int Count { get; }

    /// <summary>The C definition of the key's type, with its members; null if there was no BTF for it.</summary>
    public string? KeyDefinition { get; }

    /// <summary>The C definition of the value's type, with its members; null if there was no BTF for it.</summary>
    public string? ValueDefinition { get; }

    internal static BpfSavedMap Parse(JsonElement map, string file) => new(map, file);

    /// <summary>Creates an empty map like the saved one.</summary>
    /// <param name="session">The session that owns the map and releases it when it ends.</param>
    /// <exception cref="BpfException">This kernel cannot create it, or the user lacks permission.</exception>
    public BpfMap Create(Guid session) => BpfMap.Create(new BpfMapDefinition
    {
        Name = Name.Length > KernelObjects.NameLength ? Name[..KernelObjects.NameLength] : Name,
        Type = Type,
        KeyType = KeyDefinition,
        ValueType = ValueDefinition,
        KeySize = KeyDefinition is null ? KeySize : null,
        ValueSize = ValueDefinition is null ? ValueSize : null,
        MaxEntries = MaxEntries,
        // The kernel sets this flag on devmaps itself and rejects it from user space.
        Flags = (BpfMapFlags)Flags & (Type is "devmap" or "devmap_hash" ? ~BpfMapFlags.RDONLY_PROG : (BpfMapFlags)uint.MaxValue),
        Session = session,
    });

    /// <summary>Checks that all entries can be written into a map, and writes nothing.</summary>
    /// <param name="map">A map with the same layout of keys and values.</param>
    /// <param name="stop">Cancels the check.</param>
    /// <exception cref="BpfException">The layouts differ (the message says how), there is not enough room, or an entry does not
    /// fit.</exception>
    public void Check(BpfMap map, CancellationToken stop = default)
    {
        var layout = MapLayout.Of(map);
        RequireFit(layout);
        if (!layout.Kind.CanBeRead)
        {
            throw MapErrors.Unsupported(map, MapOperations.List); // such a map is not exported, and could not be put back
        }
        var key = new byte[layout.KeySize];
        var value = new byte[layout.ValueSize];
        var isIndexed = MapKind.IsIndexed(map);
        RequireRoom(map);
        var keys = new HashSet<byte[]>(ByteArrayComparer.Instance);
        foreach (var entry in _entries.EnumerateArray())
        {
            if (stop.IsCancellationRequested)
            {
                return;
            }
            using var context = new EncodeContext();
            Encode(layout, entry, key, value, context);
            if (!keys.Add(key.ToArray()))
            {
                throw BpfMapFile.Damaged(File,
                    $"'{VisibleText.Escape(Name)}' has two entries with the same key ({Convert.ToHexStringLower(key)} in bytes)");
            }
            if (entry.TryGetProperty(BytesProperty, out _) && SavedBytes.Contradiction(layout, entry, key, value) is { } member)
            {
                throw BpfMapFile.Damaged(File, $"in an entry of '{VisibleText.Escape(Name)}', '{VisibleText.Escape(member)}' and "
                    + $"{BytesProperty} contradict each other; remove {BytesProperty} to restore what the members say");
            }
            if (isIndexed && BitConverter.ToUInt32(key) >= map.MaxEntries)
            {
                throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"'{VisibleText.Escape(Name)}' in the file has an entry with index {BitConverter.ToUInt32(key)}, "
                        + $"but map {map} only has the indexes 0 to {map.MaxEntries - 1}.",
                    "Import it into a larger map.");
            }
        }
    }

    /// <summary>Fails for a frozen map, and for one with less room than there are entries. What it holds already is not counted.</summary>
    private void RequireRoom(BpfMap map)
    {
        if (map.IsFrozen)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"Map {map} is frozen: user space can no longer change it.",
                "Freezing cannot be undone. Import into another map.");
        }
        // An LRU map drops its oldest entries instead of being full.
        if (Count > map.MaxEntries && !map.Type.StartsWith("lru_", StringComparison.Ordinal) && MapKind.Of(map).Can(MapOperations.Delete))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(Name)}' in the file has {Count} entries, but map {map} only has room for {map.MaxEntries}.",
                "Import it into a larger map.");
        }
    }

    /// <summary>Writes the entries into a map, after <see cref="Check"/>.</summary>
    /// <param name="map">A map with the same layout of keys and values.</param>
    /// <param name="clear">Whether to remove the map's existing entries first.</param>
    /// <param name="progress">Receives the number of entries passed on so far, from time to time; may be null.</param>
    /// <param name="stop">Cancels the operation; entries already written stay.</param>
    /// <returns>The number of entries written.</returns>
    /// <exception cref="BpfException">The entries do not fit into the map, and none were written; or the kernel rejected an entry, and
    /// the message says how many were written.</exception>
    public long Restore(BpfMap map, bool clear = false, Action<long>? progress = null, CancellationToken stop = default)
    {
        Check(map, stop);
        return stop.IsCancellationRequested ? 0 : Write(map, clear, progress, stop);
    }

    /// <summary>The name, the type and the number of entries.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Escape(Name)} ({VisibleText.Escape(Type)}, {Count} entries)");

    /// <summary>The keys of the entries, as the bytes that they have in a map.</summary>
    internal IEnumerable<byte[]> Keys(BpfMap map)
    {
        var layout = MapLayout.Of(map);
        var value = new byte[layout.ValueSize];
        foreach (var entry in _entries.EnumerateArray())
        {
            var key = new byte[layout.KeySize];
            using var context = new EncodeContext();
            Encode(layout, entry, key, value, context);
            yield return key;
        }
    }

    /// <summary>Writes the entries into a map that <see cref="Check"/> has found to fit.</summary>
    internal long Write(BpfMap map, bool clear, Action<long>? progress, CancellationToken stop)
    {
        const int ReportEvery = 1 << 14;
        var layout = MapLayout.Of(map);
        if (clear)
        {
            map.Clear(stop);
        }
        using var writer = new BpfMapWriter(map);
        var given = 0L;
        foreach (var entry in _entries.EnumerateArray())
        {
            if (stop.IsCancellationRequested)
            {
                break;
            }
            writer.Write((Saved: this, layout, entry), static (given, k, v, context) =>
                given.Saved.Encode(given.layout, given.entry, k, v, context));
            if (++given % ReportEvery == 0)
            {
                progress?.Invoke(given);
            }
        }
        writer.Complete();
        var refusals = 0;
        BpfException? first = null;
        for (; writer.TryTakeRefused(out var refused); refusals++)
        {
            first ??= refused.Error;
        }
        return first is null ? writer.Written
            : throw new BpfException(first.Kind,
                $"{first.Message.TrimEnd('.')}. The kernel rejected {refusals} of {given} entries and accepted {writer.Written}.",
                first.Advised, inner: first);
    }

    private void RequireFit(MapLayout layout)
    {
        var differences = new List<string>();
        if (IsPerCpu(Type) != IsPerCpu(layout.Map.Type) || layout.Kind.IsKeyless != Type is "queue" or "stack")
        {
            differences.Add($"the type is {Type} in the file, but {layout.Map.Type} in the kernel");
        }
        differences.AddRange(MapShapeText.Differences("key", _keyMembers, MapShapeText.Lines(layout.Key)));
        differences.AddRange(MapShapeText.Differences("value", _valueMembers, MapShapeText.Lines(layout.OneValue)));
        if (differences.Count == 0 && (KeySize != layout.Map.KeySize || ValueSize != layout.Map.ValueSize))
        {
            differences.Add($"key and value have {KeySize} and {ValueSize} bytes in the file, "
                + $"but {layout.Map.KeySize} and {layout.Map.ValueSize} in the map");
        }
        if (differences.Count > 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(Name)}' in the file does not fit map {layout.Map}: "
                    + $"{VisibleText.Escape(string.Join("; ", differences))}.",
                new("Import it into a map of the same types.", BpfAdvice.ImportIntoNewMap));
        }
        if (layout.Map.MaxEntries > 0 && Count > layout.Map.MaxEntries) // Storage maps have no limit.
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(Name)}' in the file has {Count} entries, "
                    + $"but map {layout.Map} only has room for {layout.Map.MaxEntries}.",
                "Import it into a larger map.");
        }
    }

    private static bool IsPerCpu(string type) => type.Contains("percpu", StringComparison.Ordinal);

    private void Encode(MapLayout layout, JsonElement entry, Span<byte> key, Span<byte> value, EncodeContext context)
    {
        Dictionary<string, object?> members;
        try
        {
            members = Value(entry) as Dictionary<string, object?> ?? throw new FormatException("an entry is not an object");
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or OverflowException)
        {
            throw BpfMapFile.Damaged(File, VisibleText.Escape(e.Message.TrimEnd('.')));
        }
        if (members.Remove(BytesProperty, out var raw))
        {
            var bytes = raw is string hexadecimal && hexadecimal.Length == (key.Length + value.Length) * 2
                && hexadecimal.All(char.IsAsciiHexDigit) ? Convert.FromHexString(hexadecimal)
                : throw BpfMapFile.Damaged(File, $"{BytesProperty} of an entry is not {key.Length + value.Length} bytes in hexadecimal");
            bytes.AsSpan(0, key.Length).CopyTo(key);
            bytes.AsSpan(key.Length).CopyTo(value);
            return;
        }
        layout.Encode(members, key, value, context);
    }

    private static object? Value(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
                foreach (var member in element.EnumerateObject())
                {
                    if (!members.TryAdd(member.Name, Value(member.Value)))
                    {
                        throw new FormatException($"an entry has the member '{member.Name}' twice");
                    }
                }
                return members;
            case JsonValueKind.Array: return element.EnumerateArray().Select(Value).ToArray();
            case JsonValueKind.String: return element.GetString();
            case JsonValueKind.True: return true;
            case JsonValueKind.False: return false;
            case JsonValueKind.Number:
                // No C number has more digits, and parsing millions of them would take quadratic time.
                const int MostDigits = 400;
                var digits = element.GetRawText();
                return digits.Length > MostDigits
                    ? throw new FormatException($"a number has {digits.Length} digits")
                    : digits == "-0" ? -0.0 // an integer has no negative zero
                    : BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
                    : element.GetDouble();
            default: return null;
        }
    }

    private static string? Definition(JsonElement part) => part.TryGetProperty("definition", out var words) ? words.GetString() : null;

    private static (string? Type, uint Size, IReadOnlyList<string> Members) Part(JsonElement part) =>
        (part.GetProperty("type").GetString(), part.GetProperty("size").GetUInt32(),
            part.GetProperty("members").EnumerateArray().Select(line => line.GetString() ?? "").ToArray());
}
