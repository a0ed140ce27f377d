using System.Diagnostics;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS;

/// <summary>Looks at a map again and again, and tells which entries changed in between. For one thread.</summary>
// unsafe: decoders read the sizes of the map's layout from arrays of those sizes, pinned for the call.
public sealed unsafe class BpfMapWatcher
{
    private readonly BpfMap _map;
    private readonly PerCpuTotals? _totals;
    private readonly MapLayout _layout;
    private Dictionary<byte[], byte[]> _before;
    private long _beforeTime;

    /// <summary>Takes the first look.</summary>
    /// <param name="map">The map.</param>
    /// <param name="stop">Ends the look early; what it saw is then not all, and the watcher of no use.</param>
    /// <exception cref="BpfException">It has gone, its entries cannot be listed, or the user may not.</exception>
    public BpfMapWatcher(BpfMap map, CancellationToken stop = default)
    {
        if (MapKind.Of(map).IsKeyless)
        {
            throw MapErrors.Unsupported(map, MapOperations.List);
        }
        _map = map;
        _layout = MapLayout.Of(map);
        // The class of an entry with a value for each CPU has totals that know the class of their own.
        _totals = _layout.Class.Totals ?? PerCpuTotals.Of(_layout.OneValue, 1);
        _before = Look(stop);
        _beforeTime = Stopwatch.GetTimestamp();
    }

    /// <summary>Takes the next look.</summary>
    /// <param name="stop">Ends it early: nothing is told then, and the next look compares with the last whole one.</param>
    /// <returns>What changed since the last one, in the map's order; what was removed comes last.</returns>
    /// <exception cref="BpfException">The map has gone, or its reading could not be carried to its end.</exception>
    public IReadOnlyList<BpfMapChange> Next(CancellationToken stop = default)
    {
        var now = Look(stop);
        if (stop.IsCancellationRequested)
        {
            return [];
        }
        var time = Stopwatch.GetTimestamp();
        var interval = Stopwatch.GetElapsedTime(_beforeTime, time);
        var wall = DateTime.Now;
        var changes = new List<BpfMapChange>();
        foreach (var (key, value) in now)
        {
            if (!_before.Remove(key, out var old))
            {
                changes.Add(Change(BpfMapChangeKind.Added, key, null, value, wall, interval));
            }
            else if (!value.AsSpan().SequenceEqual(old))
            {
                changes.Add(Change(BpfMapChangeKind.Changed, key, old, value, wall, interval));
            }
        }
        foreach (var (key, old) in _before)
        {
            changes.Add(Change(BpfMapChangeKind.Removed, key, old, null, wall, interval));
        }
        _before = now;
        _beforeTime = time;
        return changes;
    }

    private Dictionary<byte[], byte[]> Look(CancellationToken stop)
    {
        var entries = new Dictionary<byte[], byte[]>(ByteArrayComparer.Instance);
        using var reader = new BpfMapReader(_map);
        using var cancelling = stop.Register(reader.Cancel);
        while (reader.TryRead(out ReadOnlySpan<byte> key, out var value))
        {
            entries[key.ToArray()] = value.ToArray();
        }
        return entries;
    }

    private BpfMapChange Change(BpfMapChangeKind kind, byte[] key, byte[]? old, byte[]? now, DateTime time, TimeSpan interval)
    {
        BpfMapEntry entry;
        object? keyValue;
        fixed (byte* k = key, v = now ?? old)
        {
            entry = _layout.Decode((nint)k, (nint)v);
            keyValue = _layout.Key.Fields is [var only] ? ValueMembers.Get(entry, only.Name)
                : RecordClasses.ForStruct(_layout.Key).Decode((nint)k, 0, key.Length);
        }
        return new BpfMapChange(time, _map.Name, kind, keyValue, Value(old), Value(now),
            now is null ? null : Rate(old, now, interval.TotalSeconds), interval, entry);
    }

    /// <summary>A struct of one member is that member, as in Old and New.</summary>
    private object? Rate(byte[]? old, byte[] now, double seconds)
    {
        var rate = _totals?.Rate(old, now, seconds);
        return rate is BpfRecord record && _layout.OneValue.Fields is [var only] ? ValueMembers.Get(record, only.Name) : rate;
    }

    private object? Value(byte[]? bytes)
    {
        if (bytes is null)
        {
            return null;
        }
        if (_layout.Cpus > 0 && _totals is not null)
        {
            var sum = _totals.Compute(bytes, 0);
            return sum is BpfRecord record && _layout.OneValue.Fields is [var one] ? ValueMembers.Get(record, one.Name) : sum;
        }
        fixed (byte* v = bytes)
        {
            var value = RecordClasses.ForStruct(_layout.OneValue).Decode((nint)v, 0, bytes.Length);
            return _layout.OneValue.Fields is [var only] ? ValueMembers.Get(value, only.Name) : value;
        }
    }
}
