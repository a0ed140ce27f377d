using System.Collections.Concurrent;
using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS.Maps;

/// <summary>Reads a map's entries from the kernel once, as suits its type: in batches, one by one, or by their owners.</summary>
// unsafe: a batch has room for the number of keys and values passed to the kernel and is pinned for the call.
internal sealed unsafe class EntryFetcher : IDisposable
{
    private const int BatchEntries = 8192;
    private const int BatchBytes = 16 << 20;
    private const int MaximumInterruptions = 1 << 20;
    // A batch call on a hash fails with ENOSPC if a single bucket holds more than fits. The batch then grows up to this size.
    private const int MaximumBatchBytes = 1 << 30;

    private readonly BpfMap _map;
    private readonly MapLayout _layout;
    private readonly FileDescriptor _fd;
    private readonly int _keySize;
    private readonly int _valueSize;
    private readonly ConcurrentBag<EntryBatch> _free = [];
    private readonly List<IDisposable> _held = [];
    // For types where deleting the current key restarts the kernel's iteration: the keys already returned, to skip duplicates.
    private readonly HashSet<byte[]>? _seen;

    private readonly Action<EntryBatch> _deliver;
    private readonly CancellationToken _stop;

    /// <summary>Opens a map.</summary>
    /// <param name="layout">The layout of the map.</param>
    /// <param name="deliver">Receives the batches. It returns each with <see cref="GiveBack"/> when it is done with it.</param>
    /// <param name="stop">Cancels the reading.</param>
    /// <exception cref="BpfException">The map no longer exists, has no entries with keys, or the user lacks permission.</exception>
    public EntryFetcher(MapLayout layout, Action<EntryBatch> deliver, CancellationToken stop)
    {
        _layout = layout;
        _map = layout.Map;
        if (layout.Kind.Hidden is not null)
        {
            throw MapErrors.Unsupported(_map, MapOperations.Lookup);
        }
        if (!layout.Kind.CanBeRead && (!layout.Kind.IsKeyless || layout.Kind.IsSet))
        {
            throw MapErrors.Unsupported(_map, MapOperations.List);
        }
        _fd = _map.OpenDescriptor();
        _keySize = layout.KeySize;
        _valueSize = layout.ValueSize;
        _deliver = deliver;
        _stop = stop;
        _seen = _map.Type is "lpm_trie" or "devmap_hash" or "sockhash" or "cgroup_storage" or "percpu_cgroup_storage"
            ? new(ByteArrayComparer.Instance) : null;
    }

    /// <summary>Reads all entries.</summary>
    /// <exception cref="BpfException">The kernel returned an error, or the map changes too fast. The entries delivered so far are
    /// incomplete.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public void Fetch()
    {
        if (_layout.Kind.IsKeyless)
        {
            FetchNext();
        }
        else if (_layout.Kind.Owner is not null)
        {
            FetchByOwners();
        }
        else if (!FetchByBatches())
        {
            FetchOneByOne();
        }
    }

    /// <summary>Takes back a batch, to use it again. May be called from any thread.</summary>
    public void GiveBack(EntryBatch batch) => _free.Add(batch);

    /// <summary>Closes the map and what its entries refer to.</summary>
    public void Dispose()
    {
        _held.ForEach(held => held.Dispose());
        _fd.Dispose();
    }

    private EntryBatch Take(int capacity) =>
        _free.TryTake(out var batch) && batch.Capacity >= capacity ? batch : new EntryBatch(capacity, _keySize, _valueSize);

    /// <summary>Reads in batches; false if this map type does not support them.</summary>
    private bool FetchByBatches()
    {
        var entrySize = Math.Max(_keySize + (long)_valueSize, 1);
        var capacity = (int)Math.Clamp(Math.Min(BatchBytes / entrySize, _map.MaxEntries), 1, BatchEntries);
        // The kernel's position in the map: a bucket number or a key.
        var place = new byte[Math.Max(_keySize, sizeof(ulong))];
        var first = true;
        var interruptions = 0;
        while (true)
        {
            _stop.ThrowIfCancellationRequested();
            var batch = Take(capacity);
            var count = (uint)capacity;
            int result;
            fixed (byte* token = place, keys = batch.Keys, values = batch.Values)
            {
                result = LibBpf.bpf_map_lookup_batch(_fd, first ? null : token, token, keys, values, ref count, null);
            }
            switch ((BpfErrno)(-result))
            {
                case BpfErrno.Success or BpfErrno.ENOENT:
                    batch.Count = (int)count;
                    Deliver(batch);
                    first = false;
                    if (result != 0)
                    {
                        return true;
                    }
                    break;
                case BpfErrno.EINTR when count > 0 && count <= capacity && interruptions++ < MaximumInterruptions:
                    // Before Linux 6.14, an entry without a value, such as one just deleted, ends the batch like this.
                    batch.Count = (int)count;
                    Deliver(batch);
                    first = false;
                    break;
                case BpfErrno.EINTR when first:
                    return false;
                case BpfErrno.ENOSPC when capacity * 4 * entrySize < MaximumBatchBytes:
                    capacity *= 4;
                    break;
                case BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP or BpfErrno.EINVAL when first:
                    return false;
                default:
                    throw MapErrors.From(result, _map, _fd, MapOperations.Lookup);
            }
        }
    }

    private void FetchOneByOne()
    {
        var key = new byte[_keySize];
        var operation = $"Reading map '{VisibleText.Escape(_map.Name)}'";
        // If the current key is deleted, the kernel starts again from the first. Give up rather than loop forever.
        var remaining = (ulong)_map.MaxEntries * 2 + 1024;
        for (var first = true; ; first = false)
        {
            _stop.ThrowIfCancellationRequested();
            if (remaining-- == 0)
            {
                throw new BpfException(BpfErrorKind.OperationFailed,
                    $"{operation}: the map changes faster than it can be read, so the entries read so far are incomplete.",
                    "Try again when its program is less busy.");
            }
            var batch = Take(1);
            fixed (byte* next = key, keys = batch.Keys, values = batch.Values)
            {
                var result = LibBpf.bpf_map_get_next_key(_fd, first ? null : next, next);
                if (result == -(int)BpfErrno.ENOENT)
                {
                    return;
                }
                if (result < 0)
                {
                    throw MapErrors.From(result, _map, _fd, MapOperations.List);
                }
                result = LibBpf.bpf_map_lookup_elem(_fd, next, values);
                if (result == -(int)BpfErrno.ENOENT)
                {
                    GiveBack(batch);
                    continue; // It was deleted in the meantime, or the index was never filled.
                }
                if (result < 0)
                {
                    throw MapErrors.From(result, _map, _fd, MapOperations.Lookup);
                }
                key.CopyTo(batch.Keys, 0);
            }
            batch.Count = 1;
            Deliver(batch);
        }
    }

    /// <summary>Passes a batch to the caller, without the keys that were already returned.</summary>
    private void Deliver(EntryBatch batch)
    {
        if (_seen is not null)
        {
            var kept = 0;
            for (var i = 0; i < batch.Count; i++)
            {
                if (_seen.Add(batch.Keys.AsSpan(i * _keySize, _keySize).ToArray()))
                {
                    batch.Move(i, kept++);
                }
            }
            batch.Count = kept;
        }
        _deliver(batch);
    }

    /// <summary>Reads the next entry of a queue or stack without removing it. The kernel shows no more than this one.</summary>
    private void FetchNext()
    {
        var batch = Take(1);
        fixed (byte* values = batch.Values)
        {
            Add(batch, LibBpf.bpf_map_lookup_elem(_fd, null, values));
        }
    }

    /// <summary>Reads a storage map. The kernel does not list its entries, but every process or cgroup can be looked up.</summary>
    private void FetchByOwners()
    {
        var owners = _map.Type == "task_storage"
            ? TaskList.All().Select(thread => thread.ToString(CultureInfo.InvariantCulture))
            : CgroupTree.All();
        foreach (var owner in owners)
        {
            _stop.ThrowIfCancellationRequested();
            var context = new EncodeContext();
            var batch = Take(1);
            try
            {
                _layout.EncodeKey(owner, batch.Keys.AsSpan(0, _keySize), context);
            }
            catch (BpfException e) when (e.Kind is BpfErrorKind.NotFound or BpfErrorKind.NotSupported)
            {
                context.Dispose();
                continue; // It has ended in the meantime.
            }
            // The entry refers to its owner by descriptor, which must be open when the entry is decoded.
            _held.AddRange(context.Held);
            fixed (byte* keys = batch.Keys, values = batch.Values)
            {
                if (LibBpf.bpf_map_lookup_elem(_fd, keys, values) is var result and not -(int)BpfErrno.ENOENT)
                {
                    Add(batch, result);
                }
                else
                {
                    context.Dispose();
                }
            }
        }
    }

    private void Add(EntryBatch batch, int result)
    {
        if (result == -(int)BpfErrno.ENOENT)
        {
            return;
        }
        if (result < 0)
        {
            throw MapErrors.From(result, _map, _fd, MapOperations.Lookup);
        }
        batch.Count = 1;
        _deliver(batch);
    }
}
