using System.Runtime.CompilerServices;
using BpfPS.Btf;
using BpfPS.Events;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// The events of a ring buffer as typed objects, for one reader on one thread.
/// <see cref="Cancel"/> may be called from any thread.
/// </summary>
// unsafe: a record is read within the length that its header states, which the block has checked; short ones are padded first.
public sealed unsafe class BpfEventStream : IDisposable
{
    // With this many events since the last look, the next ones are due within a millisecond: sleeping
    // that long costs less than being woken for each. With fewer, the kernel's wake-up is prompt and cheap.
    private const int ManyEvents = 16;
    // A filter that rejects all of a fast stream must let its caller look at the clock and at Ctrl+C.
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
    /// <param name="eventType">The name of the struct that its records are; null to find it.</param>
    /// <param name="fromNow">Whether losses of the time before are left out of <see cref="Lost"/>.</param>
    /// <exception cref="BpfException">The map is no ring buffer, has gone, or the struct is not known.</exception>
    public BpfEventStream(BpfMap map, string? eventType = null, bool fromNow = true)
    {
        if (map.Type != "ringbuf")
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"'{VisibleText.Escape(map.Name)}' is a map of type {map.Type}: only ring buffers have events.",
                BpfRemedy.To(BpfAdvice.ReadEntries));
        }
        _map = map;
        _types = map.ObjectTypes ?? KernelBtf.OfAnyUser(map.Id);
        if (eventType is not null && _types is null)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"No loaded program with type information uses '{VisibleText.Escape(map.Name)}', so '{VisibleText.Escape(eventType)}' cannot be looked up.");
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

    /// <summary>The class of the events; null while it is not known (before the first record, where only its size can tell).</summary>
    public Type? EventClass => _class?.Type;

    /// <summary>Whether the struct could not be found, so that events are <see cref="BpfRawEvent"/>.</summary>
    public bool TypeIsUnknown => _typeIsUnknown;

    /// <summary>
    /// How many events the ring buffer had no room for since the stream was opened; null when the program does not count them.
    /// </summary>
    public ulong? Lost => _lossCounter?.Read() is { } lost ? lost - _lostBefore : null;

    /// <summary>
    /// Whether the object that sends the events has been stopped, so that none will come any more. What the ring still holds can
    /// be read.
    /// </summary>
    public bool HasEnded => _map.Owner?.IsStopped == true;

    /// <summary>Whether <see cref="Cancel"/> has been called.</summary>
    public bool IsCancelled => _cancelled;

    /// <summary>Only events for which this returns true become objects; it sees the record's bytes and their number.</summary>
    public RecordPredicate? Filter { get; set; }

    /// <summary>How to read the events' members; null while it is not known.</summary>
    internal RecordClass? Class => _class;

    /// <summary>
    /// The next event, if one is there. False may also mean that many were there and the filter rejected them: a
    /// <see cref="Wait"/> is then short.
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

    /// <summary>Waits until there may be events again, the stream is cancelled, or the time is over.</summary>
    /// <param name="timeout">How long at most.</param>
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

    /// <summary>The ring buffer, to wait for together with others.</summary>
    internal FileDescriptor Descriptor => _ring.Descriptor;

    /// <summary>Whether so many events came since the last call that the next are due before a wait for them would end.</summary>
    internal bool HadMany()
    {
        // A record that is being written keeps the ring readable without giving anything to read.
        var many = _sinceWait >= ManyEvents || (_sinceWait == 0 && _ring.IsBeingWritten);
        _sinceWait = 0;
        return many;
    }

    /// <summary>Ends a wait now, and every later one at once.</summary>
    public void Cancel()
    {
        _cancelled = true;
        _wakeUp.Signal();
    }

    /// <summary>
    /// How many events were moved out of the ring when it was nearly full and have not been read: closing the stream
    /// drops them. What is still in the ring stays for the next reader.
    /// </summary>
    public int Undelivered => _ring.CountUnread();

    /// <summary>Closes the ring buffer, and drops what <see cref="Undelivered"/> counts.</summary>
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
    /// The first record of a ring whose struct only its size can tell, a record that is shorter than its struct, or bytes.
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
        // What the program did not send is zero, as in a struct that C initialises in part.
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
