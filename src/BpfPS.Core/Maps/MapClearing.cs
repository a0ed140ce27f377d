using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>Deletes all entries of a map in the way that suits its type, or sets them to zero if they cannot be deleted.</summary>
// unsafe: a key and a value have the map's sizes, a batch room for its stated number of them; all are pinned for the call.
internal sealed unsafe class MapClearing : IDisposable
{
    private const int BatchEntries = 8192;
    private const int BatchBytes = 16 << 20;
    // The maximum size of a batch when a single bucket holds more than fits.
    private const int MaximumBatchBytes = 1 << 30;

    private readonly BpfMap _map;
    private readonly MapLayout _layout;
    private readonly FileDescriptor _fd;
    private readonly CancellationToken _stop;
    private long _cleared;

    /// <summary>Opens a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="stop">Cancels the clearing.</param>
    /// <exception cref="BpfException">It no longer exists, has no entries, or the user lacks permission.</exception>
    public MapClearing(BpfMap map, CancellationToken stop)
    {
        _map = map;
        _layout = MapLayout.Of(map);
        _fd = map.OpenDescriptor();
        _stop = stop;
    }

    /// <summary>Clears the map, and returns how many entries there were.</summary>
    /// <exception cref="BpfException">The map's entries can be neither deleted nor written, or the kernel rejects one; the message says how
    /// many were cleared before that.</exception>
    public long Run()
    {
        if (_layout.Kind.IsKeyless)
        {
            return TakeAll();
        }
        if (!_layout.Kind.CanBeRead)
        {
            throw MapErrors.Unsupported(_map, MapOperations.List);
        }
        try
        {
            return !_layout.Kind.Can(MapOperations.Delete) ? ZeroAll()
                : _layout.Kind.CanBatch(MapOperations.Take) ? DeleteBatches()
                : MapKind.IsIndexed(_map) ? DeleteIndices()
                : DeleteOneByOne();
        }
        catch (BpfException e) when (_cleared > 0)
        {
            throw new BpfException(e.Kind,
                string.Create(CultureInfo.InvariantCulture, $"{e.Message.TrimEnd('.')}. {_cleared} ")
                    + (_cleared == 1 ? "entry was cleared before that." : "entries were cleared before that."),
                e.Advised, (int)e.Errno, e);
        }
    }

    /// <summary>Closes the map.</summary>
    public void Dispose() => _fd.Dispose();

    private long TakeAll()
    {
        using var access = new BpfMapAccess(_map);
        return access.TakeAll().TakeWhile(_ => !_stop.IsCancellationRequested).LongCount();
    }

    /// <summary>Deletes bucket by bucket: asking for the first key again and again would take quadratic time.</summary>
    private long DeleteBatches()
    {
        var entrySize = Math.Max(_layout.KeySize + (long)_layout.ValueSize, 1);
        var capacity = (int)Math.Clamp(Math.Min(BatchBytes / entrySize, _map.MaxEntries), 1, BatchEntries);
        var place = new byte[Math.Max(_layout.KeySize, sizeof(ulong))];
        for (var first = true; !_stop.IsCancellationRequested; first = false)
        {
            var keys = new byte[(long)capacity * _layout.KeySize];
            var values = new byte[(long)capacity * _layout.ValueSize];
            var count = (uint)capacity;
            int result;
            fixed (byte* k = keys, v = values, at = place)
            {
                result = LibBpf.bpf_map_lookup_and_delete_batch(_fd, first ? null : at, at, k, v, ref count, null);
            }
            if (result == -(int)BpfErrno.ENOSPC && capacity < _map.MaxEntries && capacity * 4L * entrySize < MaximumBatchBytes)
            {
                capacity = (int)Math.Min(capacity * 4L, _map.MaxEntries); // A bucket holds more than fits.
                continue;
            }
            if (result is < 0 and not -(int)BpfErrno.ENOENT)
            {
                Check(result, MapOperations.Delete);
            }
            _cleared += count;
            if (result < 0)
            {
                break;
            }
        }
        return _cleared;
    }

    private long DeleteIndices()
    {
        var value = new byte[_layout.ValueSize];
        fixed (byte* v = value)
        {
            for (var index = 0u; index < _map.MaxEntries && !_stop.IsCancellationRequested; index++)
            {
                // Some types report success when they delete an empty index. Read the index first, if possible, to count correctly.
                var isThere = !_layout.Kind.Can(MapOperations.Lookup)
                    || LibBpf.bpf_map_lookup_elem(_fd, (byte*)&index, v) != -(int)BpfErrno.ENOENT;
                var result = LibBpf.bpf_map_delete_elem(_fd, (byte*)&index);
                _cleared += result == 0 && isThere ? 1 : 0;
                if (result is < 0 and not -(int)BpfErrno.ENOENT and not -(int)BpfErrno.EINVAL) // Both mean that the index is empty.
                {
                    Check(result, MapOperations.Delete);
                }
            }
        }
        return _cleared;
    }

    private long DeleteOneByOne()
    {
        using var access = new BpfMapAccess(_map);
        using var reader = new BpfMapReader(_map);
        using var cancelling = _stop.Register(reader.Cancel);
        while (reader.TryRead(out var key, out _))
        {
            _cleared += access.RemoveBytes(key) ? 1 : 0;
        }
        return _cleared;
    }

    private long ZeroAll()
    {
        if (!_layout.Kind.Can(MapOperations.Update))
        {
            throw MapErrors.Unsupported(_map, MapOperations.Update);
        }
        var (key, zeros) = (new byte[_layout.KeySize], new byte[_layout.ValueSize]);
        fixed (byte* k = key, v = zeros)
        {
            var result = LibBpf.bpf_map_get_next_key(_fd, null, k);
            while (result == 0 && !_stop.IsCancellationRequested)
            {
                Check(LibBpf.bpf_map_update_elem(_fd, k, v, (ulong)BpfUpdateMode.Any), MapOperations.Update);
                _cleared++;
                result = LibBpf.bpf_map_get_next_key(_fd, k, k);
            }
            if (result is < 0 and not -(int)BpfErrno.ENOENT)
            {
                Check(result, MapOperations.List);
            }
        }
        return _cleared;
    }

    private void Check(int result, MapOperations operation)
    {
        if (result < 0)
        {
            throw MapErrors.From(result, _map, _fd, operation);
        }
    }
}
