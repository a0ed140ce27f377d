using System.Diagnostics;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS;

/// <summary>Reads a map repeatedly and reports which entries changed in between. Not thread-safe.</summary>
// unsafe: decoders read keys and values of the layout's sizes from arrays of those sizes, pinned for the call.
public sealed unsafe class BpfMapWatcher
{
    private readonly BpfMap _map;
    private readonly PerCpuTotals? _totals;
    private readonly MapLayout _layout;
    private Dictionary<byte[], byte[]> _before;
    private long _beforeTime;

    /// <summary>Reads the map for the first time.</summary>
    /// <param name="map">The map.</param>
    /// <param name="stop">Cancels the read. The watcher is incomplete then and must not be used.</param>
    /// <exception cref="BpfException">It no longer exists, its entries cannot be listed, or the user lacks permission.</exception>
    public BpfMapWatcher(BpfMap map, CancellationToken stop = default)
    {
        if (MapKind.Of(map).IsKeyless)
        {
            throw MapErrors.Unsupported(map, MapOperations.List);
        }
        _map = map;
        _layout = MapLayout.Of(map);
        // The class of a per-CPU entry already has totals with a class of their own.
        _totals = _layout.Class.Totals ?? PerCpuTotals.Of(_layout.OneValue, 1);
        _before = Look(stop);
        _beforeTime = Stopwatch.GetTimestamp();
    }

    /// <summary>The map's name, for messages.</summary>
    internal string MapName => VisibleText.Escape(_map.Name);

    /// <summary>Reads the map again.</summary>
    /// <param name="stop">Cancels the read: nothing is reported, and the next read compares with the last complete one.</param>
    /// <returns>The changes since the last complete read, in the map's order, with removed entries last.</returns>
    /// <exception cref="BpfException">The map no longer exists, or it could not be read completely.</exception>
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

    /// <summary>The rate of change. For a struct with a single member it is that member's, as in Old and New.</summary>
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
