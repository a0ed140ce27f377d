using System.Collections;
using System.Globalization;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Text.Json;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Saves maps to a JSON file: their definitions, the layouts of their keys and values, and their entries with members by name.
/// </summary>
public static class BpfMapFile
{
    private const string Format = "bpfps-maps";
    private const int Version = 1;
    private const int LargestFile = 1 << 30; // it is read into memory as a whole, which takes a multiple of that

    /// <summary>Writes maps to a file. The file appears only once it is complete.</summary>
    /// <param name="maps">The maps.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="progress">Receives the number of entries written so far, from time to time; may be null.</param>
    /// <param name="stop">Cancels the export; no file is left behind.</param>
    /// <returns>The number of entries written; -1 if the export was cancelled.</returns>
    /// <exception cref="BpfException">A map cannot be read or cannot be restored from a file, or the file cannot be written.</exception>
    public static long Export(IReadOnlyList<BpfMap> maps, string path, Action<BpfMap, long>? progress = null,
        CancellationToken stop = default)
    {
        foreach (var map in maps)
        {
            RequirePlain(MapLayout.Of(map));
        }
        RegularFile.RequireReplaceable(path, BpfRemedy.With($"Specify another {BpfOption.Destination}."));
        var written = 0L;
        try
        {
            var isWhole = CompleteFile.Write(path, UnixFileMode.UserRead | UnixFileMode.UserWrite, stream =>
            {
                written = Write(stream, maps, progress, stop);
                return !stop.IsCancellationRequested;
            });
            return isWhole ? written : -1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(BpfErrorKind.OperationFailed,
                $"Cannot write '{VisibleText.Escape(path)}': {VisibleText.Escape(e.Message)}", inner: e);
        }
    }

    /// <summary>Reads the maps of a file. Their entries are decoded only when they are restored.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BpfException">The file is missing or is not an export of maps.</exception>
    public static IReadOnlyList<BpfSavedMap> Read(string path)
    {
        try
        {
            using var stream = RegularFile.OpenRead(path, BpfRemedy.To(BpfAdvice.ExportMaps));
            if (stream.Length > LargestFile)
            {
                throw Damaged(path, $"it is larger than {LargestFile >> 20} MiB");
            }
            var root = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false }).RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format) || format.GetString() != Format)
            {
                throw Damaged(path, "it is not an export of maps");
            }
            if (root.GetProperty("version").GetInt32() is var version && version > Version)
            {
                throw Damaged(path, $"its format version is {version}, and this module supports {Version}");
            }
            return root.GetProperty("maps").EnumerateArray().Select(map => BpfSavedMap.Parse(map, path)).ToArray();
        }
        catch (IOException e)
        {
            throw new BpfException(BpfErrorKind.OperationFailed,
                $"Cannot read '{VisibleText.Escape(path)}': {VisibleText.Escape(e.Message)}", inner: e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentException or OverflowException)
        {
            throw Damaged(path, VisibleText.Escape(e.Message));
        }
    }

    internal static BpfException Damaged(string path, string why) =>
        new(BpfErrorKind.InvalidData, $"'{VisibleText.Escape(path)}' is not a valid export of maps: {why}.",
            BpfRemedy.To(BpfAdvice.ExportMaps));

    private static void RequirePlain(MapLayout layout)
    {
        var reference = layout.Class.Parts.SelectMany(part => part.Fields)
            .FirstOrDefault(field => field.Shape is ReferenceShape && !IsInFiles(layout, field));
        if (reference is not null || !layout.Kind.CanBeRead || layout.Map.Type is "stack_trace" or "struct_ops")
        {
            throw NotInFiles(layout);
        }
    }

    /// <summary>
    /// Whether a reference can be saved in a file: interface names are valid on other hosts too, and a devmap's or cpumap's program
    /// can be saved if it is empty.
    /// </summary>
    private static bool IsInFiles(MapLayout layout, Field field) =>
        field.Name == "interface" || field.Name == "program" && layout.Map.Type is "devmap" or "devmap_hash" or "cpumap";

    private static BpfException NotInFiles(MapLayout layout) =>
        new(BpfErrorKind.NotSupported,
            $"Map '{VisibleText.Escape(layout.Map.Name)}' (type {layout.Map.Type}) cannot be exported: "
                + (layout.Kind.IsKeyless ? "the kernel does not show all of its entries." : "its entries refer to objects of this kernel."),
            "Specify the maps to export by name.");

    private static long Write(Stream stream, IReadOnlyList<BpfMap> maps, Action<BpfMap, long>? progress, CancellationToken stop)
    {
        const int FlushEvery = 1 << 16;
        var written = 0L;
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = false });
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteNumber("version", Version);
        json.WriteStartArray("maps");
        foreach (var map in maps)
        {
            using var reader = new BpfMapReader(map);
            using var cancelling = stop.Register(reader.Cancel);
            WriteDefinition(json, reader.Layout);
            json.WriteStartArray("entries");
            while (reader.TryRead(out var entry))
            {
                WriteEntry(json, reader.Layout, entry);
                written++;
                if (json.BytesPending > FlushEvery)
                {
                    json.Flush();
                    progress?.Invoke(map, written);
                }
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        return written;
    }

    private static void WriteDefinition(Utf8JsonWriter json, MapLayout layout)
    {
        var map = layout.Map;
        json.WriteStartObject();
        json.WriteString("name", map.Name);
        json.WriteString("type", map.Type);
        json.WriteNumber("max_entries", map.MaxEntries);
        json.WriteNumber("map_flags", map.Flags);
        WritePart("key", layout.Types.KeyId, map.KeySize, layout.Key);
        WritePart("value", layout.Types.ValueId, map.ValueSize, layout.OneValue);

        void WritePart(string name, uint type, uint size, StructShape shape)
        {
            var known = layout.Types.Btf is { } btf && type != 0 && btf.SizeOf(type) == size ? btf : null;
            json.WriteStartObject(name);
            json.WriteString("type", known?.Describe(type));
            json.WriteString("definition", known is null ? null : CDefinition.Of(known, type));
            json.WriteNumber("size", size);
            json.WriteStartArray("members");
            foreach (var line in MapShapeText.Lines(shape))
            {
                json.WriteStringValue(line);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private static void WriteEntry(Utf8JsonWriter json, MapLayout layout, BpfRecord entry)
    {
        json.WriteStartObject();
        foreach (var field in layout.Class.Fields)
        {
            var value = ValueMembers.Get(entry, field.Name);
            if (value is BpfProgram)
            {
                throw NotInFiles(layout);
            }
            json.WritePropertyName(field.Name);
            WriteValue(json, value);
        }
        if (entry.Original is { } bytes && !IsSame(layout, entry, bytes))
        {
            json.WriteString(BpfSavedMap.BytesProperty, Convert.ToHexStringLower(bytes));
        }
        json.WriteEndObject();
    }

    /// <summary>Whether the members represent all of the entry's bytes.</summary>
    private static bool IsSame(MapLayout layout, BpfRecord entry, byte[] bytes)
    {
        var again = new byte[bytes.Length];
        using var context = new EncodeContext();
        try
        {
            var members = layout.Class.Fields.ToDictionary(field => field.Name, field => Plain(ValueMembers.Get(entry, field.Name)));
            layout.Encode(members, again.AsSpan(0, layout.KeySize), again.AsSpan(layout.KeySize), context);
        }
        catch (BpfException)
        {
            return false; // for example, a union whose members differ
        }
        return again.AsSpan().SequenceEqual(bytes);
    }

    /// <summary>A value in the form in which reading the JSON returns it.</summary>
    private static object? Plain(object? value) => value switch
    {
        BpfRecord record => ValueMembers.Of(record)!.ToDictionary(member => member.Key, member => Plain(member.Value)),
        TimeSpan time => new BigInteger(time.Ticks) * TimeSpan.NanosecondsPerTick,
        DateTime time => KernelClock.ToBootTime(time),
        Array { Rank: 1 } list and not byte[] => list.Cast<object?>().Select(Plain).ToArray(),
        _ => value,
    };

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(text); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case byte[] bytes: json.WriteStringValue(Convert.ToHexStringLower(bytes)); break;
            case BpfErrno errno: json.WriteNumberValue((int)errno); break;
            case Enum literal: json.WriteStringValue(literal.ToString()); break; // a number if no name matches
            case TimeSpan or DateTime: json.WriteRawValue(((BigInteger)Plain(value)!).ToString(CultureInfo.InvariantCulture)); break;
            case float single when float.IsFinite(single): json.WriteNumberValue(single); break;
            case double real when double.IsFinite(real): json.WriteNumberValue(real); break;
            case float or double: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
            case long number: json.WriteNumberValue(number); break;
            case ulong number: json.WriteNumberValue(number); break;
            case PhysicalAddress address: json.WriteStringValue(string.Join(':',
                address.GetAddressBytes().Select(octet => octet.ToString("x2", CultureInfo.InvariantCulture)))); break;
            case BpfRecord record:
                json.WriteStartObject();
                foreach (var (name, member) in ValueMembers.Of(record)!)
                {
                    json.WritePropertyName(name);
                    WriteValue(json, member);
                }
                json.WriteEndObject();
                break;
            case BigInteger: json.WriteRawValue(Convert.ToString(value, CultureInfo.InvariantCulture)!); break;
            case IConvertible number: json.WriteRawValue(number.ToString(CultureInfo.InvariantCulture)); break;
            case IEnumerable list:
                json.WriteStartArray();
                foreach (var element in list)
                {
                    WriteValue(json, element);
                }
                json.WriteEndArray();
                break;
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break; // addresses and prefixes
        }
    }
}
