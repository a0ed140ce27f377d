using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Writes many entries to a map. Not thread-safe. Entries are encoded when they are passed in, and a background thread writes them
/// in batches. An incomplete batch is written after a short wait, so a slow pipeline's entries do not get stuck.
/// </summary>
// unsafe: keys and values are pinned for the call that receives their addresses; a batch has room for its stated number of them.
public sealed unsafe class BpfMapWriter : IDisposable
{
    private const int BatchEntries = 4096;
    private const int BatchBytes = 1 << 20;
    private const int BatchesAhead = 4;
    private const int LongestWaitMilliseconds = 20;

    private readonly BpfMap _map;
    private readonly FileDescriptor _fd;
    private readonly MapLayout _layout;
    private readonly BpfUpdateMode _mode;
    private readonly int _capacity;
    private readonly Lock _lock = new(); // protects _filling, which the writing thread takes after the longest wait
    private readonly BlockingCollection<Batch> _waiting = new(BatchesAhead);
    private readonly ConcurrentBag<Batch> _free = [];
    private readonly ConcurrentQueue<(object? Entry, BpfException Error)> _refused = new();
    private readonly Thread _thread;
    private Batch _filling;
    private volatile ExceptionDispatchInfo? _failure;
    private long _written;
    private bool _isComplete;
    private volatile bool _isSending;

    /// <summary>Opens a map for writing.</summary>
    /// <param name="map">The map.</param>
    /// <param name="mode">Whether each entry must, may or must not exist already.</param>
    /// <exception cref="BpfException">It no longer exists, cannot be written to, or the user lacks permission.</exception>
    public BpfMapWriter(BpfMap map, BpfUpdateMode mode = BpfUpdateMode.Any)
    {
        _map = map;
        _mode = mode;
        _layout = MapLayout.Of(map);
        if (!_layout.Kind.Can(MapOperations.Update))
        {
            throw MapErrors.Unsupported(map, MapOperations.Update);
        }
        _fd = map.OpenDescriptor();
        _capacity = Math.Clamp(BatchBytes / Math.Max(_layout.KeySize + _layout.ValueSize, 1), 1, BatchEntries);
        _filling = new Batch(_capacity, _layout.KeySize, _layout.ValueSize);
        _thread = new Thread(WriteBatches) { IsBackground = true, Name = nameof(BpfMapWriter) };
        _thread.Start();
    }

    /// <summary>Writes an entry's key and value.</summary>
    internal delegate void EntryWriter<T>(T state, Span<byte> key, Span<byte> value, EncodeContext context);

    /// <summary>The number of entries that the kernel has accepted so far.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Adds one entry to write.</summary>
    /// <param name="entry">An entry of this map or of a similar one, or a table of its members.</param>
    /// <exception cref="BpfException">It does not fit, or the kernel rejected an earlier entry and no more can be written.</exception>
    public void Write(object entry) =>
        Write((_layout, entry), static (given, key, value, context) => given._layout.Encode(given.entry, key, value, context), entry);

    /// <summary>Adds one entry that a function encodes.</summary>
    /// <param name="state">The argument for <paramref name="encode"/>.</param>
    /// <param name="encode">Writes the key and the value.</param>
    /// <param name="entry">The entry to report if the kernel rejects it; may be null.</param>
    internal void Write<T>(T state, EntryWriter<T> encode, object? entry = null)
    {
        ThrowIfFailed();
        Batch? full = null;
        lock (_lock)
        {
            var batch = _filling;
            var index = batch.Count;
            encode(state, batch.Key(index), batch.Value(index), batch.Context);
            batch.Entries[index] = entry;
            if (++batch.Count == _capacity)
            {
                full = TakeFilling();
                _isSending = true;
            }
        }
        if (full is not null)
        {
            _waiting.Add(full); // This waits while the kernel is behind, so do not hold the lock.
            _isSending = false;
        }
    }

    /// <summary>
    /// Returns an entry that the kernel rejected because it already exists, or does not exist. The other entries were written. False
    /// if there is none.
    /// </summary>
    /// <param name="refused">The entry and the error.</param>
    public bool TryTakeRefused(out (object? Entry, BpfException Error) refused) => _refused.TryDequeue(out refused);

    /// <summary>Waits until all entries added so far are written. More can be added afterwards.</summary>
    /// <exception cref="BpfException">The kernel rejected an entry; the message says how many entries were written.</exception>
    public void Flush()
    {
        Batch given;
        lock (_lock)
        {
            given = TakeFilling();
            _isSending = true;
        }
        using var written = new ManualResetEventSlim();
        given.Written = written;
        _waiting.Add(given);
        _isSending = false;
        written.Wait();
        ThrowIfFailed();
    }

    /// <summary>Writes the remaining entries and waits until they are written.</summary>
    /// <exception cref="BpfException">The kernel rejected an entry; the message says how many entries were written.</exception>
    public void Complete()
    {
        Finish();
        ThrowIfFailed();
    }

    /// <summary>Writes the remaining entries, unless an earlier one failed, and closes the map.</summary>
    public void Dispose()
    {
        Finish();
        _fd.Dispose();
        _waiting.Dispose();
    }

    private void Finish()
    {
        if (_isComplete)
        {
            return;
        }
        _isComplete = true;
        _waiting.CompleteAdding();
        _thread.Join();
    }

    /// <summary>Whether this is the error after which no more entries can be written.</summary>
    internal bool HasFailedWith(BpfException error) => ReferenceEquals(_failure?.SourceException, error);

    private void ThrowIfFailed() => _failure?.Throw();

    /// <summary>Takes the batch being filled and starts a new one. The caller holds the lock.</summary>
    private Batch TakeFilling()
    {
        var taken = _filling;
        _filling = _free.TryTake(out var batch) ? batch : new Batch(_capacity, _layout.KeySize, _layout.ValueSize);
        return taken;
    }

    private void WriteBatches()
    {
        while (!_waiting.IsCompleted)
        {
            if (_waiting.TryTake(out var full, LongestWaitMilliseconds))
            {
                TryWriteBatch(full);
                continue;
            }
            Batch started;
            lock (_lock)
            {
                // A batch that became full in the meantime goes first, so that the last value written for a key wins.
                if (_isSending || _waiting.Count > 0 || _filling.Count == 0)
                {
                    continue;
                }
                started = TakeFilling();
            }
            TryWriteBatch(started);
        }
        TryWriteBatch(_filling); // Nothing more is added now.
    }

    private void TryWriteBatch(Batch batch)
    {
        try
        {
            if (_failure is null)
            {
                WriteBatch(batch);
            }
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        var written = batch.Written;
        batch.Clear();
        _free.Add(batch);
        written?.Set();
    }

    private void WriteBatch(Batch batch)
    {
        var start = 0;
        if (_mode == BpfUpdateMode.Any && _layout.Kind.CanBatch(MapOperations.Update) && batch.Count > 1)
        {
            fixed (byte* keys = batch.Keys, values = batch.Values)
            {
                var count = (uint)batch.Count;
                var result = LibBpf.bpf_map_update_batch(_fd, keys, values, ref count, null);
                if (result == 0)
                {
                    Interlocked.Add(ref _written, batch.Count);
                    return;
                }
                // An unchanged count means that the call failed before its first entry (the kernel has no batches for this type).
                start = count < batch.Count ? (int)count : 0;
                Interlocked.Add(ref _written, start);
            }
        }
        // The entry at which the batch stopped reports its own errno when it is written alone.
        for (var i = start; i < batch.Count; i++)
        {
            WriteOne(batch, i);
        }
    }

    private void WriteOne(Batch batch, int index)
    {
        fixed (byte* key = batch.Key(index), value = batch.Value(index))
        {
            var result = LibBpf.bpf_map_update_elem(_fd, _layout.Kind.IsKeyless ? null : key, value, (ulong)_mode);
            if (result == 0)
            {
                Interlocked.Increment(ref _written);
                return;
            }
            var error = MapErrors.From(result, _map, _fd, MapOperations.Update);
            if (result is -(int)BpfErrno.EEXIST or -(int)BpfErrno.ENOENT)
            {
                _refused.Enqueue((batch.Entries[index],
                    new BpfException(error.Kind, $"{error.Message.TrimEnd('.')} ({KeyOf(key, value)}).", error.Advised, -result, error)));
                return;
            }
            var which = _layout.Kind.IsKeyless ? "" : FailedText(KeyOf(key, value));
            throw new BpfException(error.Kind, $"{error.Message.TrimEnd('.')}. {WrittenText(Written)} before that.{which}", error.Advised,
                -result, error);
        }
    }

    /// <summary>A number of entries that were written, in words.</summary>
    internal static string WrittenText(long written) =>
        string.Create(CultureInfo.InvariantCulture, $"{written} {(written == 1 ? "entry was" : "entries were")} written");

    /// <summary>Which entry failed, in words.</summary>
    internal static string FailedText(string? key) => key is null ? "" : $" The entry that failed has the key {key}.";

    /// <summary>The key of an entry, as text; null if it has none that fits.</summary>
    internal string? KeyOf(object entry)
    {
        var (key, value) = (new byte[_layout.KeySize], new byte[_layout.ValueSize]);
        using var context = new EncodeContext();
        try
        {
            _layout.EncodeKeyOf(entry, key, context);
        }
        catch (BpfException)
        {
            return null;
        }
        fixed (byte* k = key, v = value)
        {
            return _layout.Kind.IsKeyless ? null : KeyOf(k, v);
        }
    }

    // The caller writes many entries, so a message must name the one that it is about.
    private string KeyOf(byte* key, byte* value)
    {
        try
        {
            return RecordText.Key(_layout.Decode((nint)key, (nint)value));
        }
        catch (BpfException)
        {
            return Convert.ToHexStringLower(new ReadOnlySpan<byte>(key, _layout.KeySize)); // it refers to something that has gone
        }
    }

    private sealed class Batch(int capacity, int keySize, int valueSize)
    {
        public byte[] Keys { get; } = new byte[capacity * keySize];

        public byte[] Values { get; } = new byte[capacity * valueSize];

        public object?[] Entries { get; } = new object?[capacity];

        public EncodeContext Context { get; } = new();

        public int Count { get; set; }

        /// <summary>Set once the batch is written; null if no one waits for that.</summary>
        public ManualResetEventSlim? Written { get; set; }

        public Span<byte> Key(int index) => Keys.AsSpan(index * keySize, keySize);

        public Span<byte> Value(int index) => Values.AsSpan(index * valueSize, valueSize);

        public void Clear()
        {
            Written = null;
            Context.Dispose();
            Array.Clear(Entries, 0, Count);
            Count = 0;
        }
    }
}
