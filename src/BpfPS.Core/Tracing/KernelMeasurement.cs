using System.Buffers.Binary;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Loading;
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
    }

    /// <summary>How many values of histograms found no room so far.</summary>
    public ulong BucketsMissed => Find(MeasureMaps.BucketsMissed) is { } variable ? Number(variable) : 0;

    /// <summary>Moves what has been added up since the last time into the measurement.</summary>
    /// <exception cref="BpfException">The maps cannot be read.</exception>
    public void Take()
    {
        var interval = _interval++;
        var variable = Find(MeasureMaps.Interval)!;
        variable.Write(variable.Encode(_interval));
        Thread.Sleep(s_settling);
        var buckets = Buckets(interval);
        foreach (var (key, value) in Entries(MeasureMaps.Groups, 0, interval))
        {
            key.CopyTo(_record, MeasureMaps.GroupKeyAt);
            var (count, tallies) = Figures(value);
            fixed (byte* record = _record)
            {
                _measurement.Add(_meter, (nint)record, _record.Length, count, tallies, (number, histogram) =>
                {
                    if (buckets.TryGetValue(Convert.ToHexString(key), out var own))
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

    /// <summary>The buckets of an interval's groups, by the group's key.</summary>
    private Dictionary<string, List<(int Number, int Bucket, long Count)>> Buckets(uint interval)
    {
        var buckets = new Dictionary<string, List<(int, int, long)>>();
        if (!_measured.Values[0].Any(value => value.HasHistogram))
        {
            return buckets;
        }
        foreach (var (key, value) in Entries(MeasureMaps.Buckets, MeasureMaps.GroupKeyAt, interval))
        {
            var group = Convert.ToHexString(key.AsSpan(MeasureMaps.GroupKeyAt));
            if (!buckets.TryGetValue(group, out var own))
            {
                buckets[group] = own = [];
            }
            var count = 0L;
            for (var at = 0; at < value.Length; at += sizeof(long))
            {
                count += BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(at));
            }
            own.Add((BinaryPrimitives.ReadInt32LittleEndian(key), BinaryPrimitives.ReadInt32LittleEndian(key.AsSpan(sizeof(int))), count));
        }
        return buckets;
    }

    /// <summary>The entries of an interval, which are removed from the map.</summary>
    private List<(byte[] Key, byte[] Value)> Entries(string name, int intervalAt, uint interval)
    {
        var map = _object.Maps.First(map => map.Name == name);
        var entries = new List<(byte[], byte[])>();
        using (var reader = new BpfMapReader(map))
        {
            while (reader.TryRead(out var key, out var value))
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(key[intervalAt..]) == interval)
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
        var (sum, least, greatest) = (Read(value, figures, 0), Read(value, figures, 1), Read(value, figures, 2));
        var unit = value.IsDuration ? TimeSpan.NanosecondsPerTick : 1;
        return value.HasExtremes ? new ValueTally(count, sum / unit, 0, Of(least / unit), Of(greatest / unit))
            : new ValueTally(count, sum / unit, 0, default, default);

        static Numeric Of(Int128 number) => number > long.MaxValue ? (Numeric)(ulong)number : (Numeric)(long)number;
    }

    private static Int128 Read(MeasuredValue value, ReadOnlySpan<byte> figures, int index) => value.Value.IsSigned
        ? BinaryPrimitives.ReadInt64LittleEndian(figures[(index * sizeof(long))..])
        : BinaryPrimitives.ReadUInt64LittleEndian(figures[(index * sizeof(long))..]);

    private void Fill(int number, BpfHistogram histogram, List<(int Number, int Bucket, long Count)> buckets)
    {
        // The exponents of doubles begin there, and those of durations' buckets as many lower as there are bits behind the point.
        const int one = 1023;
        var value = _measured.Values[0][number];
        var shift = (one - (value.IsDuration ? MeasureMaps.MicrosecondShift : 0)) << MeasureMaps.FractionBits;
        foreach (var (which, bucket, count) in buckets)
        {
            if (which == 2 * number + 1)
            {
                var from = bucket * (double)value.SlotWidth!.Value;
                histogram.Linear?.Add(value.IsDuration ? from / TimeSpan.TicksPerMicrosecond : from, count);
            }
            else if (which == 2 * number && bucket == MeasureMaps.Zero)
            {
                histogram.Zeros += count;
            }
            else if (which == 2 * number)
            {
                (bucket >= MeasureMaps.Negative ? histogram.Negative : histogram.Positive)
                    .Add(bucket % MeasureMaps.Negative + shift, count);
            }
        }
    }
}
