using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Reads a map's entries as objects. The kernel is asked for a batch at a time where the type of map can, and on a
/// thread of its own, so that the next batch is read and decoded while the pipeline is busy with this one.
/// </summary>
public sealed unsafe class BpfMapReader : IDisposable
{
    private const int BatchEntries = 8192;
    private const int BatchesAhead = 4;
    // A batch call of the hash family fails with ENOSPC when a single bucket holds more than fits.
    private const int MaximumBatchEntries = 1 << 22;

    private readonly FileDescriptor _fd;
    private readonly BpfMap _map;
    private readonly RecordClass _class;
    private readonly int _valueSize;
    private readonly object? _origin;

    /// <summary>Opens a map for reading.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="BpfException">It has gone, has no entries with keys, or the user may not.</exception>
    public BpfMapReader(BpfMap map)
    {
        _map = map;
        _fd = map.OpenDescriptor();
        try
        {
            _class = MapLayout.EntryClass(map);
            _valueSize = MapLayout.ReadSize(map);
            _origin = _class.StackFields.Count > 0 ? new StackOrigin(map) : null;
        }
        catch
        {
            _fd.Dispose();
            throw;
        }
    }

    /// <summary>The entries, in batches, in the map's own order.</summary>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="BpfException">The kernel refused, or the iteration had to be given up.</exception>
    public IEnumerable<BpfRecord[]> Read(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var batches = new BlockingCollection<BpfRecord[]>(BatchesAhead);
        ExceptionDispatchInfo? failure = null;
        var reader = new Thread(() =>
        {
            try
            {
                if (!ReadBatches(batches, stop.Token))
                {
                    ReadOneByOne(batches, stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // whoever reads has stopped reading
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            batches.CompleteAdding();
        }) { IsBackground = true, Name = "BpfMapReader" };
        reader.Start();
        try
        {
            foreach (var batch in batches.GetConsumingEnumerable())
            {
                yield return batch;
            }
        }
        finally
        {
            stop.Cancel();
            reader.Join();
        }
        failure?.Throw();
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Closes the map.</summary>
    public void Dispose() => _fd.Dispose();

    /// <summary>Reads by batches; false when this type of map has none.</summary>
    private bool ReadBatches(BlockingCollection<BpfRecord[]> batches, CancellationToken cancellation)
    {
        var capacity = (int)Math.Min(BatchEntries, Math.Max(_map.MaxEntries, 1));
        var keys = new byte[capacity * _map.KeySize];
        var values = new byte[capacity * _valueSize];
        // The kernel's place in the map: a bucket number or a key.
        var place = new byte[Math.Max(_map.KeySize, 8)];
        var first = true;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = (uint)capacity;
            int result;
            fixed (byte* token = place, key = keys, value = values)
            {
                result = LibBpf.bpf_map_lookup_batch(_fd, first ? null : token, token, key, value, ref count, null);
                if (result is 0 or -(int)BpfErrno.ENOENT)
                {
                    batches.Add(Decode((nint)key, (nint)value, (int)count), cancellation);
                }
            }
            switch ((BpfErrno)(-result))
            {
                case BpfErrno.Success:
                    first = false;
                    break;
                case BpfErrno.ENOENT:
                    return true;
                case BpfErrno.EINTR:
                    break;
                case BpfErrno.ENOSPC when capacity < MaximumBatchEntries:
                    capacity *= 4;
                    keys = new byte[capacity * _map.KeySize];
                    values = new byte[capacity * _valueSize];
                    break;
                case BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP or BpfErrno.EINVAL when first:
                    return false;
                default:
                    throw Errors.FromErrno(-result, $"Reading map '{RecordText.Escape(_map.Name)}'");
            }
        }
    }

    private BpfRecord[] Decode(nint keys, nint values, int count)
    {
        var records = new BpfRecord[count];
        for (var i = 0; i < count; i++)
        {
            records[i] = _class.Decode(keys + i * (nint)_map.KeySize, values + i * (nint)_valueSize, _valueSize);
            records[i].Origin = _origin;
        }
        return records;
    }

    private void ReadOneByOne(BlockingCollection<BpfRecord[]> batches, CancellationToken cancellation)
    {
        var key = new byte[_map.KeySize];
        var value = new byte[_valueSize];
        var operation = $"Reading map '{RecordText.Escape(_map.Name)}'";
        // When the last key is deleted under way the kernel starts again from the first: an end that never comes is an error.
        var remaining = (ulong)_map.MaxEntries * 2 + 1024;
        for (var first = true; ; first = false)
        {
            cancellation.ThrowIfCancellationRequested();
            if (remaining-- == 0)
            {
                throw new BpfException(BpfErrorKind.OperationFailed, $"{operation}: it changes faster than it can be read, so the entries read so far are not all.", "Try again when its program is quiet.");
            }
            fixed (byte* keyPointer = key, valuePointer = value)
            {
                var result = LibBpf.bpf_map_get_next_key(_fd, first ? null : keyPointer, keyPointer);
                if (result == -(int)BpfErrno.ENOENT)
                {
                    return;
                }
                Errors.ThrowIfNegative(result, operation);
                result = LibBpf.bpf_map_lookup_elem(_fd, keyPointer, valuePointer);
                if (result == -(int)BpfErrno.ENOENT)
                {
                    continue; // deleted meanwhile, or an index that was never filled
                }
                Errors.ThrowIfNegative(result, operation);
                batches.Add(Decode((nint)keyPointer, (nint)valuePointer, 1), cancellation);
            }
        }
    }
}
