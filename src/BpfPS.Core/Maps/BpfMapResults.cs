using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Reads what a program counts in a map, again and again: each time, what was counted since the last time. What is subtracted are whole
/// numbers and durations; a member whose name begins with min, max, first, last or oldest is as the program left it. Not thread-safe.
/// </summary>
// unsafe: decoders read keys and values of the layout's sizes from arrays of those sizes, pinned for the call.
public sealed unsafe class BpfMapResults
{
    private const string Gauge = "bpfps:gauge=1";

    private static readonly string[] s_kept = ["min", "max", "first", "last", "oldest"];

    private readonly MapLayout _layout;
    private readonly int _stride;
    private readonly bool _isGauge;
    private readonly List<(int Offset, int Size)> _counters = [];
    private Dictionary<byte[], byte[]> _before = new(ByteArrayComparer.Instance);

    /// <summary>Begins with what is in the map already as if it had been counted now.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="BpfException">Its entries cannot be listed, or it no longer exists.</exception>
    public BpfMapResults(BpfMap map)
    {
        if (MapKind.Of(map).IsKeyless)
        {
            throw MapErrors.Unsupported(map, MapOperations.List);
        }
        Map = map;
        _layout = MapLayout.Of(map);
        _stride = (int)PerCpuTotals.Stride(map.ValueSize);
        _isGauge = map.ObjectTypes is { } types && types.Variables(".maps")
            .Any(one => EventTypeFinder.IsNamed(one.Variable.Name, map.Name) && types.Tags(one.Variable.Id).Contains(Gauge));
        Collect(_layout.OneValue, 0);
    }

    /// <summary>The map.</summary>
    public BpfMap Map { get; }

    /// <summary>
    /// What was counted since the last call: histograms each from the least value to the greatest, other entries from the greatest first
    /// counter to the least. Entries that did not change are left out, except of a map that says what there is now (BPFPS_GAUGE).
    /// </summary>
    /// <param name="stop">Cancels the read: nothing is returned, and the next read begins where the last complete one did.</param>
    /// <exception cref="BpfException">The map no longer exists, or it could not be read completely.</exception>
    public IReadOnlyList<BpfRecord> Next(CancellationToken stop = default)
    {
        var now = new Dictionary<byte[], byte[]>(ByteArrayComparer.Instance);
        using (var reader = new BpfMapReader(Map))
        {
            using var cancelling = stop.Register(reader.Cancel);
            while (reader.TryRead(out ReadOnlySpan<byte> key, out var value))
            {
                now[key.ToArray()] = value.ToArray();
            }
        }
        if (stop.IsCancellationRequested)
        {
            return [];
        }
        var entries = new List<(ulong Weight, BpfRecord Entry)>();
        foreach (var (key, value) in now)
        {
            var old = _isGauge ? null : _before.GetValueOrDefault(key);
            if (old is not null ? value.AsSpan().SequenceEqual(old) : value.AsSpan().IndexOfAnyExcept((byte)0) < 0)
            {
                continue;
            }
            byte[] gained = [.. value];
            var weight = Subtract(gained, old);
            fixed (byte* k = key, v = gained)
            {
                entries.Add((weight, _layout.Decode((nint)k, (nint)v)));
            }
        }
        _before = now;
        return typeof(BpfHistogramSlot).IsAssignableFrom(_layout.Class.Type)
            ? HistogramText.Arrange(entries.Select(one => (BpfHistogramSlot)one.Entry))
            : [.. entries.OrderByDescending(one => one.Weight).Select(one => one.Entry)];
    }

    /// <summary>Finds the counters of a value.</summary>
    private void Collect(StructShape shape, uint offset)
    {
        foreach (var field in shape.Fields)
        {
            if (Array.Exists(s_kept, kept => field.Name.StartsWith(kept, StringComparison.Ordinal)))
            {
                continue;
            }
            switch (field.Shape)
            {
                case ScalarShape { Swap: false } scalar when scalar.Clr != typeof(float) && scalar.Clr != typeof(double)
                    && field.Meaning == FieldMeaning.None:
                    _counters.Add(((int)(offset + field.Offset), (int)scalar.Size));
                    break;
                case ReadShape { Reader: nameof(RecordReader.Duration) } duration:
                    _counters.Add(((int)(offset + field.Offset), (int)duration.Size));
                    break;
                case StructShape inner:
                    Collect(inner, offset + field.Offset);
                    break;
                case ArrayShape { Element: ScalarShape { Swap: false } element } array
                    when element.Clr != typeof(float) && element.Clr != typeof(double):
                    for (var i = 0u; i < array.Count; i++)
                    {
                        _counters.Add(((int)(offset + field.Offset + i * array.Stride), (int)element.Size));
                    }
                    break;
                default:
                    break; // text, addresses and the like are as they are
            }
        }
    }

    /// <summary>Takes a former value off another one, for each CPU; the sum of what is left of the first counter.</summary>
    private ulong Subtract(byte[] value, byte[]? old)
    {
        var weight = 0UL;
        for (var cpu = 0; cpu < Math.Max(1, _layout.Cpus); cpu++)
        {
            for (var i = 0; i < _counters.Count; i++)
            {
                var (offset, size) = _counters[i];
                var place = value.AsSpan(cpu * _stride + offset, size);
                var left = Read(place) - (old is null ? 0 : Read(old.AsSpan(cpu * _stride + offset, size)));
                Write(place, left);
                weight += i == 0 ? left : 0;
            }
        }
        return weight;
    }

    private static ulong Read(ReadOnlySpan<byte> number) => number.Length switch
    {
        1 => number[0],
        2 => BitConverter.ToUInt16(number),
        4 => BitConverter.ToUInt32(number),
        _ => BitConverter.ToUInt64(number),
    };

    private static void Write(Span<byte> place, ulong number) => BitConverter.GetBytes(number).AsSpan(0, place.Length).CopyTo(place);
}
