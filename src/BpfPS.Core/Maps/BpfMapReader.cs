using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Reads a map's entries as objects. Not thread-safe. A background thread reads in batches, if the map type supports them, so that
/// the next batch is copied while the pipeline handles the current one. The calling thread decodes objects one at a time, so that
/// they are garbage before the collector would move them.
/// </summary>
// unsafe: a batch has room for the number of keys and values passed to the kernel and is pinned for the call; decoders stay within one.
public sealed unsafe class BpfMapReader : IDisposable
{
    private const int BatchEntries = 8192;
    private const int BatchesAhead = 3;
    private const int BatchBytes = 16 << 20;
    private const int MaximumInterruptions = 1 << 20;
    // A batch call on a hash fails with ENOSPC if a single bucket holds more than fits. The batch then grows up to this size.
    private const int MaximumBatchBytes = 1 << 30;

    private readonly FileDescriptor _fd;
    private readonly BpfMap _map;
    private readonly MapLayout _layout;
    private readonly int _keySize;
    private readonly int _valueSize;
    private readonly CancellationTokenSource _stop = new();
    private readonly BlockingCollection<Batch> _filled = new(BatchesAhead);
    private readonly ConcurrentBag<Batch> _free = [];
    private readonly Thread _thread;
    private readonly List<IDisposable> _held = [];
    private ExceptionDispatchInfo? _failure;
    // For types where deleting the current key restarts the kernel's iteration: the keys already returned, to skip duplicates.
    private readonly HashSet<byte[]>? _seen;
    private Batch? _current;
    private int _index;

    /// <summary>Opens a map and starts reading it.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="BpfException">It no longer exists, has no entries with keys, or the user lacks permission.</exception>
    public BpfMapReader(BpfMap map)
    {
        _map = map;
        _layout = MapLayout.Of(map);
        if (_layout.Kind.Hidden is not null)
        {
            throw MapErrors.Unsupported(map, MapOperations.Lookup);
        }
        if (!_layout.Kind.CanBeRead && (!_layout.Kind.IsKeyless || _layout.Kind.IsSet))
        {
            throw MapErrors.Unsupported(map, MapOperations.List);
        }
        _fd = map.OpenDescriptor();
        _keySize = _layout.KeySize;
        _valueSize = _layout.ValueSize;
        _seen = map.Type is "lpm_trie" or "devmap_hash" or "sockhash" or "cgroup_storage" or "percpu_cgroup_storage"
            ? new(ByteArrayComparer.Instance) : null;
        _thread = new Thread(Fill) { IsBackground = true, Name = nameof(BpfMapReader) };
        _thread.Start();
    }

    /// <summary>The class of the entries.</summary>
    public Type EntryClass => _layout.Class.Type;

    internal MapLayout Layout => _layout;

    /// <summary>The next entry, in the map's own order; false at the end and after <see cref="Cancel"/>.</summary>
    /// <param name="entry">The entry.</param>
    /// <exception cref="BpfException">The kernel returned an error, or the read was abandoned. The entries read so far are
    /// incomplete.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryRead([NotNullWhen(true)] out BpfRecord? entry)
    {
        if (!MoveNext())
        {
            entry = null;
            return false;
        }
        fixed (byte* keys = _current!.Keys, values = _current.Values)
        {
            entry = _layout.Decode((nint)(keys + (nint)_index * _keySize), (nint)(values + (nint)_index * _valueSize));
        }
        _index++;
        return true;
    }

    /// <summary>The next entry's bytes, which are valid until the next call; false at the end.</summary>
    internal bool TryRead(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        if (!MoveNext())
        {
            key = value = default;
            return false;
        }
        key = _current!.Keys.AsSpan(_index * _keySize, _keySize);
        value = _current.Values.AsSpan(_index * _valueSize, _valueSize);
        _index++;
        return true;
    }

    /// <summary>Cancels the read. May be called from any thread.</summary>
    public void Cancel()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The read has already ended.
        }
    }

    /// <summary>Stops reading and closes the map.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _held.ForEach(held => held.Dispose());
        _fd.Dispose();
        _filled.Dispose();
        _stop.Dispose();
    }

    private bool MoveNext()
    {
        while (_current is null || _index >= _current.Count)
        {
            if (!NextBatch())
            {
                return false;
            }
        }
        return true;
    }

    private bool NextBatch()
    {
        if (_current is not null)
        {
            _free.Add(_current);
            _current = null;
        }
        _index = 0;
        try
        {
            if (_filled.TryTake(out _current, Timeout.Infinite, _stop.Token))
            {
                return true;
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        _failure?.Throw();
        return false;
    }

    private void Fill()
    {
        try
        {
            if (_layout.Kind.IsKeyless)
            {
                FillNext();
            }
            else if (_layout.Kind.Owner is not null)
            {
                FillByOwners();
            }
            else if (!FillByBatches())
            {
                FillOneByOne();
            }
        }
        catch (OperationCanceledException)
        {
            // The caller has stopped reading.
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        _filled.CompleteAdding();
    }

    private Batch Take(int capacity) =>
        _free.TryTake(out var batch) && batch.Capacity >= capacity ? batch : new Batch(capacity, _keySize, _valueSize);

    /// <summary>Reads in batches; false if this map type does not support them.</summary>
    private bool FillByBatches()
    {
        var entrySize = Math.Max(_keySize + (long)_valueSize, 1);
        var capacity = (int)Math.Clamp(Math.Min(BatchBytes / entrySize, _map.MaxEntries), 1, BatchEntries);
        // The kernel's position in the map: a bucket number or a key.
        var place = new byte[Math.Max(_keySize, sizeof(ulong))];
        var first = true;
        var interruptions = 0;
        while (true)
        {
            _stop.Token.ThrowIfCancellationRequested();
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

    private void FillOneByOne()
    {
        var key = new byte[_keySize];
        var operation = $"Reading map '{VisibleText.Escape(_map.Name)}'";
        // If the current key is deleted, the kernel starts again from the first. Give up rather than loop forever.
        var remaining = (ulong)_map.MaxEntries * 2 + 1024;
        for (var first = true; ; first = false)
        {
            _stop.Token.ThrowIfCancellationRequested();
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
                    _free.Add(batch);
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
    private void Deliver(Batch batch)
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
        _filled.Add(batch, _stop.Token);
    }

    /// <summary>Reads the next entry of a queue or stack without removing it. The kernel shows no more than this one.</summary>
    private void FillNext()
    {
        var batch = Take(1);
        fixed (byte* values = batch.Values)
        {
            Add(batch, LibBpf.bpf_map_lookup_elem(_fd, null, values));
        }
    }

    /// <summary>Reads a storage map. The kernel does not list its entries, but every process or cgroup can be looked up.</summary>
    private void FillByOwners()
    {
        var owners = _map.Type == "task_storage"
            ? TaskList.All().Select(thread => thread.ToString(CultureInfo.InvariantCulture))
            : CgroupTree.All();
        foreach (var owner in owners)
        {
            _stop.Token.ThrowIfCancellationRequested();
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

    private void Add(Batch batch, int result)
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
        _filled.Add(batch, _stop.Token);
    }

    private sealed class Batch(int capacity, int keySize, int valueSize)
    {
        public int Capacity => capacity;

        public byte[] Keys { get; } = new byte[capacity * keySize];

        public byte[] Values { get; } = new byte[capacity * valueSize];

        public int Count { get; set; }

        public void Move(int from, int to)
        {
            Keys.AsSpan(from * keySize, keySize).CopyTo(Keys.AsSpan(to * keySize));
            Values.AsSpan(from * valueSize, valueSize).CopyTo(Values.AsSpan(to * valueSize));
        }
    }
}
