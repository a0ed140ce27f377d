using System.Diagnostics;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Reads what a program counts in a map, again and again: each time, what was counted since the last time. What is subtracted are whole
/// numbers and durations; a member whose name begins with min, max, first, last, longest, shortest, greatest, least or oldest is as the
/// program left it. Not thread-safe.
/// </summary>
// unsafe: decoders read keys and values of the layout's sizes from arrays of those sizes, pinned for the call.
public sealed unsafe class BpfMapResults
{
    private const string Gauge = "bpfps:gauge=1";

    private readonly MapLayout _layout;
    private readonly int _stride;
    private readonly IReadOnlyList<ResultCounter> _counters;
    private readonly IReadOnlyList<ResultCounter> _weights;
    private long? _looked;
    private Dictionary<byte[], byte[]> _before = new(ByteArrayComparer.Instance);

    /// <summary>Begins with what is in the map already as if it had been counted now.</summary>
    /// <param name="map">The map.</param>
    /// <param name="isNew">Whether its program was just started, so that all that is in it was counted since now.</param>
    /// <exception cref="BpfException">Its entries cannot be listed, or it no longer exists.</exception>
    public BpfMapResults(BpfMap map, bool isNew = false)
    {
        if (MapKind.Of(map).IsKeyless)
        {
            throw MapErrors.Unsupported(map, MapOperations.List);
        }
        Map = map;
        _layout = MapLayout.Of(map);
        _stride = (int)PerCpuTotals.Stride(map.ValueSize);
        IsGauge = map.ObjectTypes is { } types && types.Variables(".maps")
            .Any(one => EventTypeFinder.IsNamed(one.Variable.Name, map.Name) && types.Tags(one.Variable.Id).Contains(Gauge));
        _counters = ResultCounter.Of(_layout.OneValue);
        _weights = ResultCounter.Weights(_counters);
        _looked = isNew ? Stopwatch.GetTimestamp() : null;
    }

    /// <summary>The map.</summary>
    public BpfMap Map { get; }

    /// <summary>Whether its values say what there is now, and not what was counted (BPFPS_GAUGE).</summary>
    public bool IsGauge { get; }

    /// <summary>Whether its entries are the slots of histograms.</summary>
    public bool IsHistogram => typeof(BpfHistogramSlot).IsAssignableFrom(_layout.Class.Type);

    /// <summary>
    /// The time in which the last result was counted; null before the first, of a first one that has what a running program had counted
    /// before, and if the map says what there is now.
    /// </summary>
    public TimeSpan? Elapsed { get; private set; }

    /// <summary>
    /// What was counted since the last call: histograms each from the least value to the greatest, other entries from the greatest to the
    /// least, by the duration called total, or else by the sum of their numbers. Entries that did not change are left out, except of a map
    /// that says what there is now (BPFPS_GAUGE).
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
        Elapsed = !IsGauge && _looked is { } before ? Stopwatch.GetElapsedTime(before) : null;
        _looked = Stopwatch.GetTimestamp();
        var entries = new List<(ulong Weight, BpfRecord Entry)>();
        foreach (var (key, value) in now)
        {
            var old = IsGauge ? null : _before.GetValueOrDefault(key);
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
        return IsHistogram
            ? HistogramText.Arrange(entries.Select(one => (BpfHistogramSlot)one.Entry))
            : [.. entries.OrderByDescending(one => one.Weight).Select(one => one.Entry)];
    }

    /// <summary>Takes a former value off another one, for each CPU; by what is left the entry is ordered.</summary>
    private ulong Subtract(byte[] value, byte[]? old)
    {
        var weight = 0UL;
        for (var cpu = 0; cpu < Math.Max(1, _layout.Cpus); cpu++)
        {
            foreach (var counter in _counters)
            {
                var place = value.AsSpan(cpu * _stride + counter.Offset, counter.Size);
                var (number, before) = (Read(place), old is null ? 0 : Read(old.AsSpan(cpu * _stride + counter.Offset, counter.Size)));
                // Less than before: the entry was removed meanwhile, and counts from zero again.
                Write(place, number < before ? number : number - before);
            }
            foreach (var counter in _weights)
            {
                weight += Read(value.AsSpan(cpu * _stride + counter.Offset, counter.Size));
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
