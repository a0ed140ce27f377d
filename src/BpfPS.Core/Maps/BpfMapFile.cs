using System.Collections;
using System.Globalization;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Text.Json;
using BpfPS.Btf;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Maps as a JSON file: their definitions, the layouts of their keys and values, and their entries with the members by name.
/// </summary>
public static class BpfMapFile
{
    private const string Format = "bpfps-maps";
    private const int Version = 1;

    /// <summary>Writes maps to a file. The file is there when all of it is written, and not before.</summary>
    /// <param name="maps">The maps.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="progress">Told how many entries are written, now and then; may be null.</param>
    /// <param name="stop">Ends it early, and no file is left.</param>
    /// <returns>How many entries were written; -1 when it was ended early.</returns>
    /// <exception cref="BpfException">A map cannot be read or cannot be restored from a file, or the file cannot be written.</exception>
    public static long Export(IReadOnlyList<BpfMap> maps, string path, Action<BpfMap, long>? progress = null,
        CancellationToken stop = default)
    {
        foreach (var map in maps)
        {
            RequirePlain(MapLayout.Of(map));
        }
        var part = $"{path}.{Environment.ProcessId}.part";
        try
        {
            long written;
            using (var stream = new FileStream(part,
                new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite, BufferSize = 1 << 16 }))
            {
                written = Write(stream, maps, progress, stop);
            }
            if (stop.IsCancellationRequested)
            {
                return -1;
            }
            File.Move(part, path, overwrite: true);
            return written;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(BpfErrorKind.OperationFailed,
                $"'{VisibleText.Escape(path)}' cannot be written: {VisibleText.Escape(e.Message)}", inner: e);
        }
        finally
        {
            if (File.Exists(part))
            {
                File.Delete(part);
            }
        }
    }

    /// <summary>Reads the maps of a file. Their entries stay in the file's form until they are restored.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BpfException">It is missing or is no such file.</exception>
    public static IReadOnlyList<BpfSavedMap> Read(string path)
    {
        try
        {
            const int TypeMask = 0xf000, RegularFile = 0x8000; // S_IFMT, S_IFREG
            using var stream = File.OpenRead(path);
            if ((FileOwner.StatusOf(path).Mode & TypeMask) != RegularFile)
            {
                throw Damaged(path, "it is no regular file");
            }
            var root = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 64 }).RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format) || format.GetString() != Format)
            {
                throw Damaged(path, "it is not an export of maps");
            }
            if (root.GetProperty("version").GetInt32() is var version && version > Version)
            {
                throw Damaged(path, $"its version is {version}, and this module knows {Version}");
            }
            return root.GetProperty("maps").EnumerateArray().Select(map => BpfSavedMap.Parse(map, path)).ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no file '{VisibleText.Escape(path)}'.",
                BpfRemedy.To(BpfAdvice.ExportMaps), inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(BpfErrorKind.OperationFailed,
                $"'{VisibleText.Escape(path)}' cannot be read: {VisibleText.Escape(e.Message)}", inner: e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentException or OverflowException)
        {
            throw Damaged(path, VisibleText.Escape(e.Message));
        }
    }

    internal static BpfException Damaged(string path, string why) =>
        new(BpfErrorKind.InvalidData, $"'{VisibleText.Escape(path)}' is no file of maps: {why}.", BpfRemedy.To(BpfAdvice.ExportMaps));

    private static void RequirePlain(MapLayout layout)
    {
        var reference = layout.Class.Parts.SelectMany(part => part.Fields)
            .FirstOrDefault(field => field.Shape is ReferenceShape && !IsInFiles(layout, field));
        if (reference is not null || !layout.Kind.CanBeRead || layout.Map.Type is "stack_trace" or "struct_ops")
        {
            throw NotInFiles(layout);
        }
    }

    /// <summary>An interface has its name on other hosts too; a devmap's or cpumap's program is there only when there is none.</summary>
    private static bool IsInFiles(MapLayout layout, Field field) =>
        field.Name == "interface" || field.Name == "program" && layout.Map.Type is "devmap" or "devmap_hash" or "cpumap";

    private static BpfException NotInFiles(MapLayout layout) =>
        new(BpfErrorKind.NotSupported,
            $"A map of type {layout.Map.Type} cannot be restored from a file: {(layout.Kind.IsKeyless ? "the kernel does not show all that is in it" : "what is in it belongs to this kernel")} ('{VisibleText.Escape(layout.Map.Name)}').",
            "Choose the maps to export by name.");

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

    /// <summary>Whether the members say all of the entry's bytes.</summary>
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
            return false; // a union whose members read differently, say
        }
        return again.AsSpan().SequenceEqual(bytes);
    }

    /// <summary>What reading the JSON gives for a value.</summary>
    private static object? Plain(object? value) => value switch
    {
        BpfRecord record => ValueMembers.Of(record)!.ToDictionary(member => member.Key, member => Plain(member.Value)),
        TimeSpan time => new BigInteger(time.Ticks) * TimeSpan.NanosecondsPerTick,
        DateTime time => new BigInteger(KernelClock.ToBootTime(time)),
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
            case Enum literal: json.WriteStringValue(literal.ToString()); break; // a number where no name fits
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
            case Int128 or UInt128: json.WriteRawValue(Convert.ToString(value, CultureInfo.InvariantCulture)!); break;
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
