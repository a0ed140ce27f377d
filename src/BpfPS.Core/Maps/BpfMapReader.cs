using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using BpfPS.Maps;

namespace BpfPS;

/// <summary>
/// Reads a map's entries as objects. Not thread-safe. A background thread reads in batches, if the map type supports them, so that
/// the next batch is copied while the pipeline handles the current one. The calling thread decodes objects one at a time, so that
/// they are garbage before the collector would move them.
/// </summary>
// unsafe: a batch is pinned while one of its entries is decoded, and the decoder stays within that entry.
public sealed unsafe class BpfMapReader : IDisposable
{
    private const int BatchesAhead = 3;

    private readonly MapLayout _layout;
    private readonly int _keySize;
    private readonly int _valueSize;
    private readonly CancellationTokenSource _stop = new();
    private readonly BlockingCollection<EntryBatch> _filled = new(BatchesAhead);
    private readonly EntryFetcher _fetcher;
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;
    private EntryBatch? _current;
    private int _index;

    /// <summary>Opens a map and starts reading it.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="BpfException">It no longer exists, has no entries with keys, or the user lacks permission.</exception>
    public BpfMapReader(BpfMap map)
    {
        _layout = MapLayout.Of(map);
        _keySize = _layout.KeySize;
        _valueSize = _layout.ValueSize;
        _fetcher = new EntryFetcher(_layout, batch => _filled.Add(batch, _stop.Token), _stop.Token);
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
        _fetcher.Dispose();
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
            _fetcher.GiveBack(_current);
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
            _fetcher.Fetch();
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
}
