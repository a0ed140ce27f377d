using System.Buffers.Binary;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Maps;
using BpfPS.Measuring;
using BpfPS.Native;

namespace BpfPS.Tracing;

/// <summary>
/// Reads what a started object has added up in the kernel. Groups belong to an interval: a new one begins before the last one is read, so
/// that no event is counted twice, and none is lost.
/// </summary>
// unsafe: keys and records are local, and as long as the layout says.
internal sealed unsafe class KernelMeasurement
{
    // A program that began before the interval did needs far less.
    private static readonly TimeSpan s_settling = TimeSpan.FromMilliseconds(2);

    private readonly BpfObject _object;
    private readonly MeasuredRecords _measured;
    private readonly EventMeasurement _measurement;
    private readonly RecordMeter _meter;
    private readonly byte[] _record;
    private uint _interval;
    private ulong _missed;

    /// <param name="obj">The started object.</param>
    /// <param name="measured">What it adds up.</param>
    /// <param name="measurement">Takes what has been added up.</param>
    public KernelMeasurement(BpfObject obj, MeasuredRecords measured, EventMeasurement measurement)
    {
        (_object, _measured, _measurement) = (obj, measured, measurement);
        _meter = measurement.Begin(measured.Class);
        _record = new byte[measured.RecordSize];
        measurement.Origin = new RecordOrigin(obj.Maps.First(map => map.Name == MeasureMaps.Groups));
    }

    /// <summary>How many values of histograms found no room so far.</summary>
    public ulong BucketsMissed => Find(MeasureMaps.BucketsMissed) is { } variable ? Number(variable) : 0;

    /// <summary>Moves what has been added up since the last time into the measurement.</summary>
    /// <exception cref="BpfException">The maps cannot be read.</exception>
    public void Take()
    {
        var variable = Find(MeasureMaps.Interval)!;
        var over = _interval;
        _interval = _measured.IsGrouped ? _interval + 1 : (_interval + 1) % MeasureMaps.Intervals;
        variable.Write(variable.Encode(_interval));
        Thread.Sleep(s_settling);
        var counts = new Dictionary<string, List<Bucket>>();
        TakeBuckets(counts, over);
        TakeSlots(counts);
        foreach (var (key, value) in _measured.IsGrouped ? Entries(MeasureMaps.Groups, 0) : Elements(MeasureMaps.Groups, over, 1))
        {
            key.CopyTo(_record, MeasureMaps.GroupKeyAt);
            var (count, tallies) = Figures(value);
            if (count == 0)
            {
                continue; // of an array, an element that no event has come to
            }
            fixed (byte* record = _record)
            {
                _measurement.Add(_meter, (nint)record, _record.Length, count, tallies, (number, histogram) =>
                {
                    if (counts.TryGetValue(Convert.ToHexString(key), out var own))
                    {
                        Fill(number, histogram, own);
                    }
                });
            }
        }
        var missed = Number(Find(MeasureMaps.GroupsMissed)!);
        _measurement.AddBeyond((long)(missed - _missed));
        _missed = missed;
    }

    private BpfGlobalVariable? Find(string name) => BpfGlobalVariable.Of(_object.Maps.First(map =>
        map.Name.EndsWith(".bss", StringComparison.Ordinal))).FirstOrDefault(variable => variable.Name == name);

    private static ulong Number(BpfGlobalVariable variable) =>
        Convert.ToUInt64(variable.Value, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Takes the buckets of the groups of an interval that is over, by the group's key.</summary>
    private void TakeBuckets(Dictionary<string, List<Bucket>> counts, uint interval)
    {
        if (!_measured.HasHistograms)
        {
            return;
        }
        if (_measured.IsGrouped)
        {
            foreach (var (key, value) in Entries(MeasureMaps.Buckets, MeasureMaps.GroupKeyAt))
            {
                Add(counts, key, value, isSlot: false);
            }
            return;
        }
        var own = counts[Convert.ToHexString(BitConverter.GetBytes(interval))] = [];
        var octaves = _measured.Values[0].Count * MeasureMaps.Octaves;
        foreach (var (key, value) in Elements(MeasureMaps.Buckets, interval, octaves))
        {
            var octave = BinaryPrimitives.ReadInt32LittleEndian(key) % octaves;
            for (var i = 0; i < MeasureMaps.BucketsInOctave; i++)
            {
                var count = 0L;
                for (var at = i * sizeof(long); at < value.Length; at += MeasureMaps.BucketsInOctave * sizeof(long))
                {
                    count += BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(at));
                }
                if (count > 0)
                {
                    own.Add(new Bucket(octave / MeasureMaps.Octaves, IsSlot: false,
                        octave % MeasureMaps.Octaves * MeasureMaps.BucketsInOctave + i, count));
                }
            }
        }
    }

    /// <summary>Takes the slots of the groups of intervals that are over, by the group's key.</summary>
    private void TakeSlots(Dictionary<string, List<Bucket>> counts)
    {
        foreach (var (key, value) in _measured.HasSlots ? Entries(MeasureMaps.Slots, MeasureMaps.GroupKeyAt) : [])
        {
            Add(counts, key, value, isSlot: true);
        }
    }

    private static void Add(Dictionary<string, List<Bucket>> counts, byte[] key, byte[] value, bool isSlot)
    {
        var group = Convert.ToHexString(key.AsSpan(MeasureMaps.GroupKeyAt));
        if (!counts.TryGetValue(group, out var own))
        {
            counts[group] = own = [];
        }
        var count = 0L;
        for (var at = 0; at < value.Length; at += sizeof(long))
        {
            count += BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(at));
        }
        own.Add(new Bucket(BinaryPrimitives.ReadInt32LittleEndian(key.AsSpan(MeasureMaps.ValueNumberAt)), isSlot,
            BinaryPrimitives.ReadInt64LittleEndian(key), count));
    }

    /// <summary>
    /// The entries of intervals that are over, which are removed from the map. A program that was held up for longer than anybody waits
    /// adds to an interval that was read before: that is a part of the next one.
    /// </summary>
    private List<(byte[] Key, byte[] Value)> Entries(string name, int intervalAt)
    {
        var map = _object.Maps.First(map => map.Name == name);
        var entries = new List<(byte[], byte[])>();
        using (var reader = new BpfMapReader(map))
        {
            while (reader.TryRead(out var key, out var value))
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(key[intervalAt..]) != _interval)
                {
                    entries.Add((key.ToArray(), value.ToArray()));
                }
            }
        }
        using var fd = map.OpenDescriptor();
        foreach (var (key, _) in entries)
        {
            fixed (byte* pointer = key)
            {
                _ = LibBpf.bpf_map_delete_elem(fd, pointer);
            }
        }
        return entries;
    }

    /// <summary>The elements of an array that an interval has, which are cleared.</summary>
    private List<(byte[] Key, byte[] Value)> Elements(string name, uint interval, int count)
    {
        var map = _object.Maps.First(map => map.Name == name);
        var elements = new List<(byte[], byte[])>();
        using (var reader = new BpfMapReader(map))
        {
            while (reader.TryRead(out var key, out var value))
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(key) / count == interval && value.ContainsAnyExcept((byte)0))
                {
                    elements.Add((key.ToArray(), value.ToArray()));
                }
            }
        }
        using var fd = map.OpenDescriptor();
        foreach (var (key, value) in elements)
        {
            fixed (byte* pointer = key, nothing = new byte[value.Length])
            {
                Errors.ThrowIfNegative(LibBpf.bpf_map_update_elem(fd, pointer, nothing, 0), $"Clearing the map '{name}'");
            }
        }
        return elements;
    }

    /// <summary>What all CPUs together have of a group.</summary>
    private (long Count, ValueTally[] Tallies) Figures(byte[] value)
    {
        var values = _measured.Values[0];
        var size = (int)_measured.GroupSize;
        var count = 0L;
        var tallies = new ValueTally[values.Count];
        for (var cpu = 0; cpu + size <= value.Length; cpu += size)
        {
            var own = BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(cpu));
            count += own;
            for (var i = 0; own > 0 && i < values.Count; i++)
            {
                tallies[i].Add(Tally(values[i], own, value.AsSpan(cpu + sizeof(long) + i * MeasureMaps.ValueSize)));
            }
        }
        return (count, tallies);
    }

    private static ValueTally Tally(MeasuredValue value, long count, ReadOnlySpan<byte> figures)
    {
        var (least, greatest) = (Read(value, figures, 1), Read(value, figures, 2));
        var sum = value.HasCarry ? ((Int128)BinaryPrimitives.ReadInt64LittleEndian(figures[(3 * sizeof(long))..]) << 64)
            + BinaryPrimitives.ReadUInt64LittleEndian(figures) : BinaryPrimitives.ReadInt64LittleEndian(figures);
        var unit = value.IsDuration ? TimeSpan.NanosecondsPerTick : 1;
        return value.HasExtremes ? new ValueTally(count, sum / unit, 0, Of(least / unit), Of(greatest / unit))
            : new ValueTally(count, sum / unit, 0, default, default);

        static Numeric Of(Int128 number) => number > long.MaxValue ? (Numeric)(ulong)number : (Numeric)(long)number;
    }

    private static Int128 Read(MeasuredValue value, ReadOnlySpan<byte> figures, int index) => value.Value.IsSigned
        ? BinaryPrimitives.ReadInt64LittleEndian(figures[(index * sizeof(long))..])
        : BinaryPrimitives.ReadUInt64LittleEndian(figures[(index * sizeof(long))..]);

    private void Fill(int number, BpfHistogram histogram, List<Bucket> counts)
    {
        // The exponents of doubles begin there, and those of durations' buckets as many lower as there are bits behind the point.
        const int one = 1023;
        var value = _measured.Values[0][number];
        var shift = (one - (value.IsDuration ? MeasureMaps.MicrosecondShift : 0)) << MeasureMaps.FractionBits;
        foreach (var (_, isSlot, bucket, count) in counts.Where(own => own.Value == number))
        {
            if (isSlot)
            {
                var from = bucket * (double)value.SlotWidth!.Value;
                histogram.Linear?.Add(value.IsDuration ? from / TimeSpan.TicksPerMicrosecond : from, count);
            }
            else if (bucket == MeasureMaps.Zero)
            {
                histogram.Zeros += count;
            }
            else if (bucket >= MeasureMaps.Negative)
            {
                histogram.Negative.Add((int)bucket - MeasureMaps.Negative + shift, count);
            }
            else
            {
                histogram.Positive.Add((int)bucket + shift, count);
            }
        }
    }

    /// <summary>The values of a histogram's bucket, or slot of one width.</summary>
    private readonly record struct Bucket(int Value, bool IsSlot, long Number, long Count);
}
