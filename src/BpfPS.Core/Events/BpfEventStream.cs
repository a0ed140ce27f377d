using System.Runtime.CompilerServices;
using BpfPS.Btf;
using BpfPS.Events;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Reads the events of a ring buffer as typed objects. Not thread-safe, except that <see cref="Cancel"/> may be called from any
/// thread.
/// </summary>
// unsafe: a record is read within the length in its header, which the block has checked; short records are padded first.
public sealed unsafe class BpfEventStream : IDisposable
{
    // After this many events since the last wait, the next ones are due within a millisecond, and sleeping that long is cheaper than
    // a wake-up for each event. With fewer events, the kernel's wake-up is fast and cheap.
    private const int ManyEvents = 16;
    // Return to the caller after this many rejected events, so that it can check the time and Ctrl+C.
    private const int RejectionsInOneRead = 4096;

    private readonly RingReader _ring;
    private readonly WakeUp _wakeUp = new();
    private readonly BpfMap _map;
    private readonly BtfTypes? _types;
    private readonly LossCounter? _lossCounter;
    private readonly ulong _lostBefore;
    private RecordClass? _class;
    private bool _typeIsUnknown;
    private object? _origin;
    private int _sinceWait;
    private volatile bool _cancelled;
    private byte[] _padded = [];

    /// <summary>Opens a ring buffer.</summary>
    /// <param name="map">The ring buffer's map.</param>
    /// <param name="eventType">The name of the struct of its records; null to find it automatically.</param>
    /// <param name="fromNow">Whether <see cref="Lost"/> excludes earlier losses.</param>
    /// <exception cref="BpfException">The map is not a ring buffer, no longer exists, or the struct is unknown.</exception>
    public BpfEventStream(BpfMap map, string? eventType = null, bool fromNow = true)
    {
        if (map.Type != "ringbuf")
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"'{VisibleText.Escape(map.Name)}' is a map of type {map.Type}. Only ring buffers have events.",
                BpfRemedy.To(BpfAdvice.ReadEntries));
        }
        _map = map;
        _types = map.ObjectTypes ?? KernelBtf.OfAnyUser(map.Id);
        if (eventType is not null && _types is null)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"No loaded program with type information uses '{VisibleText.Escape(map.Name)}', "
                    + $"so the struct '{VisibleText.Escape(eventType)}' cannot be looked up.");
        }
        var typeId = _types is null ? null : eventType is null ? EventTypeFinder.Find(_types, map.Name)
            : EventTypeFinder.FindNamed(_types, eventType);
        if (typeId is { } id)
        {
            Use(RecordClasses.ForEvent(_types!, id));
        }
        _lossCounter = LossCounter.Of(map);
        _lostBefore = fromNow ? _lossCounter?.Read() ?? 0 : 0;
        try
        {
            _ring = new RingReader(map.OpenDescriptor(), map.MaxEntries);
        }
        catch
        {
            _wakeUp.Dispose();
            throw;
        }
    }

    /// <summary>The class of the events; null while it is unknown (if only the size of the first record can determine it).</summary>
    public Type? EventClass => _class?.Type;

    /// <summary>Whether the struct could not be found, so that events are <see cref="BpfRawEvent"/>.</summary>
    public bool TypeIsUnknown => _typeIsUnknown;

    /// <summary>
    /// The number of events lost because the ring buffer was full; null if the program does not count them.
    /// </summary>
    public ulong? Lost => _lossCounter?.Read() is { } lost ? lost - _lostBefore : null;

    /// <summary>
    /// Whether the object that sends the events has been stopped, so that no more will arrive. Events still in the ring can be read.
    /// </summary>
    public bool HasEnded => _map.Owner?.IsStopped == true;

    /// <summary>Whether <see cref="Cancel"/> has been called.</summary>
    public bool IsCancelled => _cancelled;

    /// <summary>Selects the events to return, from the address and length of a record's bytes; null to return all.</summary>
    public RecordPredicate? Filter { get; set; }

    /// <summary>The layout of the events; null while it is unknown.</summary>
    internal RecordClass? Class => _class;

    /// <summary>
    /// Reads the next event, if there is one. False may also mean that the filter rejected many events; the next <see cref="Wait"/> is
    /// short then.
    /// </summary>
    /// <param name="record">The event.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryRead([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BpfRecord? record)
    {
        for (var rejected = 0; rejected < RejectionsInOneRead && _ring.TryRead(out var data, out var length); rejected++)
        {
            _sinceWait++;
            if (_class is null || length < _class.MinimumLength)
            {
                if ((record = DecodeUnusual(data, length)) is not null)
                {
                    return true;
                }
                continue;
            }
            if (Filter is not null && !Filter(data, length))
            {
                continue;
            }
            record = _class.Decode(data, 0, length);
            if (_origin is not null)
            {
                record.Origin = _origin;
            }
            return true;
        }
        record = null;
        return false;
    }

    /// <summary>Waits until there may be events again, the stream is cancelled, or the timeout expires.</summary>
    /// <param name="timeout">The maximum time to wait.</param>
    public void Wait(TimeSpan timeout)
    {
        if (_cancelled)
        {
            return;
        }
        if (HadMany())
        {
            Thread.Sleep(1);
        }
        else
        {
            _wakeUp.WaitFor([_ring.Descriptor], timeout);
        }
    }

    /// <summary>The descriptor of the ring buffer, to wait for it together with others.</summary>
    internal FileDescriptor Descriptor => _ring.Descriptor;

    /// <summary>Whether so many events arrived since the last call that a short sleep is cheaper than waiting for a wake-up.</summary>
    internal bool HadMany()
    {
        // A record that is still being written makes the descriptor readable although there is nothing to read.
        var many = _sinceWait >= ManyEvents || (_sinceWait == 0 && _ring.IsBeingWritten);
        _sinceWait = 0;
        return many;
    }

    /// <summary>Ends the current wait, and every later one immediately.</summary>
    public void Cancel()
    {
        _cancelled = true;
        _wakeUp.Signal();
    }

    /// <summary>
    /// The number of unread events that were moved out of the ring because it was filling up. Closing the stream drops them. Events
    /// that are still in the ring stay for the next reader.
    /// </summary>
    public int Undelivered => _ring.CountUnread();

    /// <summary>Closes the ring buffer and drops the events that <see cref="Undelivered"/> counts.</summary>
    public void Dispose()
    {
        _ring.Dispose();
        _wakeUp.Dispose();
    }

    private void Use(RecordClass recordClass)
    {
        _class = recordClass;
        _origin = recordClass.StackFields.Count > 0 ? new RecordOrigin(_map) : null;
    }

    /// <summary>
    /// Decodes the first record of a ring if only its size can determine the struct, records that are shorter than their struct, and
    /// raw bytes.
    /// </summary>
    private BpfRecord? DecodeUnusual(nint data, int length)
    {
        if (_class is null && !_typeIsUnknown && _types is not null && EventTypeFinder.BySize(_types, length) is { } id)
        {
            Use(RecordClasses.ForEvent(_types, id));
        }
        if (_class is null)
        {
            _typeIsUnknown = true;
            return new BpfRawEvent(new ReadOnlySpan<byte>((void*)data, length).ToArray());
        }
        if (length >= _class.MinimumLength)
        {
            return Filter is null || Filter(data, length) ? Decode(data, length) : null;
        }
        // Members that the program did not send are zero, as in a partly initialized C struct.
        if (_padded.Length < _class.MinimumLength)
        {
            _padded = new byte[_class.MinimumLength];
        }
        _padded.AsSpan().Clear();
        new ReadOnlySpan<byte>((void*)data, length).CopyTo(_padded);
        fixed (byte* padded = _padded)
        {
            return Filter is null || Filter((nint)padded, _class.MinimumLength) ? Decode((nint)padded, _class.MinimumLength) : null;
        }
    }

    private BpfRecord Decode(nint data, int length)
    {
        var record = _class!.Decode(data, 0, length);
        record.Origin = _origin;
        return record;
    }
}
