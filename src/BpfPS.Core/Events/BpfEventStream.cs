using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfPS.Events;
using BpfPS.Expressions;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Reads the events of a ring buffer or perf buffer as typed objects. Not thread-safe, except that <see cref="Cancel"/> may be called
/// from any thread.
/// </summary>
// unsafe: a record is read within the length in its header, which the block has checked; short records are padded first.
public sealed unsafe class BpfEventStream : IDisposable
{
    // After this many events since the last wait, the next ones are due within a millisecond, and sleeping that long is cheaper than
    // a wake-up for each event. With fewer events, the kernel's wake-up is fast and cheap.
    private const int ManyEvents = 16;
    // Return to the caller after this many rejected events, so that it can check the time and Ctrl+C.
    private const int RejectionsInOneRead = 4096;

    private readonly EventReader _ring;
    private readonly EventWait _wait = new();
    private readonly BpfMap _map;
    private readonly RecordTyping _typing;
    private readonly RecordClass? _class;
    private readonly int _least;
    private readonly int _most;
    private readonly EventLosses? _losses;
    private readonly SequenceGaps? _gaps;
    private readonly FilterCounter? _filterCounter;
    private readonly FilterCounter? _rateCounter;
    private readonly ulong _filteredBefore;
    private readonly long _opened = Environment.TickCount64;
    private readonly object? _origin;
    private ulong _taken;
    private ulong _takenAtWait;
    private ulong _filtered;
    private ulong _leftOut;
    private volatile bool _cancelled;
    private bool _isDisposed;
    private readonly bool _isKept;
    private bool _isSharedSaid;
    private BpfEventStatistics? _final;
    private RecordTimes? _times;
    private int _dropped;
    private bool _hasMore;
    private byte[] _padded = [];

    /// <summary>Opens a ring buffer or perf buffer with records of one struct.</summary>
    /// <param name="map">The map.</param>
    /// <param name="eventType">The name of the struct of its records; null to find it automatically.</param>
    /// <param name="fromNow">Whether <see cref="Lost"/> excludes earlier losses.</param>
    /// <exception cref="BpfException">The map is neither, no longer exists, or the struct is unknown.</exception>
    public BpfEventStream(BpfMap map, string? eventType = null, bool fromNow = true)
        : this(map, eventType is null ? [] : [eventType], fromNow)
    {
    }

    /// <summary>Opens a ring buffer or perf buffer with records of several structs.</summary>
    /// <param name="map">The map.</param>
    /// <param name="eventTypes">
    /// The names of the structs of its records, which differ in size or in a tag: a member of an enum that has a name for each of them.
    /// </param>
    /// <exception cref="BpfException">
    /// The map is neither, no longer exists, a struct is unknown, or two cannot be told apart.
    /// </exception>
    public BpfEventStream(BpfMap map, IReadOnlyList<string> eventTypes) : this(map, eventTypes, fromNow: true)
    {
    }

    /// <summary>Opens a ring buffer or perf buffer with records of several structs, which the user tells apart.</summary>
    /// <param name="map">The map.</param>
    /// <param name="eventTypes">The names of the structs of its records.</param>
    /// <param name="tags">How to tell them apart; null to find it.</param>
    /// <exception cref="BpfException">
    /// The map is neither, no longer exists, a struct is unknown, or two cannot be told apart.
    /// </exception>
    internal BpfEventStream(BpfMap map, IReadOnlyList<string> eventTypes, StructTags? tags) : this(map, eventTypes, fromNow: true, tags)
    {
    }

    private BpfEventStream(BpfMap map, IReadOnlyList<string> eventTypes, bool fromNow, StructTags? tags = null)
    {
        if (!map.SendsEvents)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"'{VisibleText.Escape(map.Name)}' is a map of type {map.Type}. Only ring buffers and perf buffers have events.",
                BpfRemedy.To(BpfAdvice.ReadEntries));
        }
        _map = map;
        var early = EarlyReaders.TryTake(map.Id);
        // The buffer first: finding the struct takes a while, in which its reader already makes room.
        _ring = early ?? Open(map);
        try
        {
            _isKept = PerfBuffers.IsKept(map.Id);
            // To a reader that was open before the program ran, no loss is an earlier one.
            _losses = new EventLosses(map, _ring, countsAll: !fromNow || early is not null);
            _filterCounter = FilterCounter.Of(map);
            _rateCounter = FilterCounter.Of(map, FilterCounter.RatePrefix);
            _filteredBefore = fromNow && early is null ? _filterCounter?.Read() ?? 0 : 0;
            _typing = new RecordTyping(map, eventTypes, tags);
            (_class, _least, _most) = (_typing.Class, _typing.Least, _typing.Most);
            _origin = _class is null ? null : OriginOf(_class);
            if (_class is not null)
            {
                _losses.LookForGaps(_class);
                _gaps = _losses.Gaps;
            }
            _ring.WakePosition = WakePosition.Of(map);
            _wait.Add(this, _ring.Descriptor);
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <summary>The class of the events; null if it is unknown, or if only the size of each record tells.</summary>
    public Type? EventClass => _class?.Type;

    /// <summary>Whether the struct of some record could not be found, so that it was given as a <see cref="BpfRawEvent"/>.</summary>
    public bool TypeIsUnknown => _typing.IsUnknown;

    /// <summary>
    /// What has been noticed since the last call, with what to do about it: records that do not fit, and another reader of the buffer.
    /// </summary>
    internal IEnumerable<(string What, BpfRemedy How)> TakeDoubts()
    {
        if (!_ring.IsShared || _isSharedSaid)
        {
            return _typing.TakeDoubts();
        }
        _isSharedSaid = true;
        return _typing.TakeDoubts().Append(($"'{VisibleText.Escape(_map.Name)}' has another reader, which takes some of its events.",
            "A ring buffer can have only one reader at a time. Stop the other one."));
    }

    /// <summary>
    /// The number of events lost because the ring buffer was full; null if the program does not count them.
    /// </summary>
    public ulong? Lost => _losses!.Known;

    /// <summary>The number of events that are known to have been lost; there may be more where <see cref="Lost"/> is null.</summary>
    internal ulong LostAtLeast => _losses!.AtLeast;

    /// <summary>Whether nothing counts the losses, and the buffer has been nearly full, so that there may have been some.</summary>
    internal bool MayHaveLost => _ring.WasNearlyFull && Lost is null;

    /// <summary>What became of the events so far. What has been read counts as delivered.</summary>
    public BpfEventStatistics Statistics => StatisticsWith(0);

    /// <summary>What became of the events so far.</summary>
    /// <param name="held">How many events have been read that are not delivered yet.</param>
    internal BpfEventStatistics StatisticsWith(ulong held)
    {
        if (_final is not null)
        {
            return _final; // the buffer is closed
        }
        // Events can come meanwhile. What is lost is read first: then what is missing in a number is not in the others either.
        var (lost, least) = (Lost, LostAtLeast);
        var unread = (ulong)_ring.CountUnread();
        var inBuffer = (ulong)_ring.CountInBuffer();
        return new BpfEventStatistics
        {
            Name = _map.Name, MapId = _map.Id, Duration = TimeSpan.FromMilliseconds(Environment.TickCount64 - _opened),
            FilteredInKernel = FilteredInKernel, FilteredByUser = _filtered, LeftOut = _leftOut + (_rateCounter?.Read() ?? 0),
            Delivered = _taken - _filtered - _leftOut - held,
            Undelivered = held + unread + inBuffer, LeftInBuffer = _isKept ? unread : inBuffer, LostAtLeast = least,
            LostAtMost = lost ?? _losses!.AtMost(_taken + unread + inBuffer, least),
        };
    }

    /// <summary>
    /// The number of events that a filter in the kernel did not let through; 0 if there is no such filter, null if it cannot be read.
    /// </summary>
    public ulong? FilteredInKernel => _final is not null ? _final.FilteredInKernel
        : _filterCounter is null ? 0 : _filterCounter.Read() - _filteredBefore;

    /// <summary>
    /// Whether the object that sends the events has been stopped, so that no more will arrive. Events still in the ring can be read.
    /// </summary>
    public bool HasEnded => _map.Owner?.IsStopped == true;

    /// <summary>Whether <see cref="Cancel"/> has been called.</summary>
    public bool IsCancelled => _cancelled;

    /// <summary>Selects the events to return, from the address and length of a record's bytes; null to return all.</summary>
    public RecordPredicate? Filter { get; set; }

    /// <summary>Makes what is returned of the bytes of each event of <see cref="Class"/>; null for an object of that class.</summary>
    internal RecordDecoder? Decoder { get; private set; }

    /// <summary>The same where there are several structs; those that are missing here are not wanted.</summary>
    private Dictionary<RecordClass, RecordDecoder>? Decoders { get; set; }

    /// <summary>Whether events of other classes have nothing that was asked for.</summary>
    private bool IsOfOneClass => Filter is not null || Decoder is not null || Decoders is not null;

    /// <summary>Leaves out events that the filter accepts where there are too many; null to give all of them.</summary>
    internal RateLimit? MaximumRate { get; set; }

    /// <summary>The time of the event that was read last, in nanoseconds since boot; 0 if it has none.</summary>
    internal ulong LastTime { get; private set; }

    /// <summary>From now on, <see cref="LastTime"/> is set.</summary>
    /// <exception cref="BpfException">No struct of the events has a time.</exception>
    internal void NoteTimes() => _times = RecordTimes.Of(_map.Name, [.. _typing.Classes]);

    /// <summary>The variable that keeps the program from sending any events; null if there is no such variable.</summary>
    internal BpfVariable? SilentSetting => Maps.SilentSetting.Of(_map);

    /// <summary>What sends the events, in messages: the object, or the map if that is not known.</summary>
    internal string SourceName => VisibleText.Escape(_map.Owner?.Name ?? _map.Name);

    /// <summary>The layout of the events; null while it is unknown.</summary>
    internal RecordClass? Class => _class;

    /// <summary>
    /// Sets the filter, for each struct where there are several. Records of a struct without a member that the filter names do not pass.
    /// </summary>
    /// <param name="compile">Compiles the filter for a class; null if the struct is not known.</param>
    /// <exception cref="BpfException">It cannot be compiled, or no struct has the members.</exception>
    internal void SetFilter(Func<RecordClass?, RecordPredicate> compile) =>
        Filter = _typing.Choice is { } choice ? choice.Filter(compile) : compile(_class);

    /// <summary>
    /// Sets what is returned of events, for each struct where there are several. Records of a struct that lacks what is asked for are not
    /// returned.
    /// </summary>
    /// <param name="make">Makes what returns something of the bytes of a class.</param>
    /// <exception cref="BpfException">The struct is not known, or none has what is asked for.</exception>
    internal void SetDecoder(Func<RecordClass, RecordDecoder> make)
    {
        if (_typing.Choice is { } choice)
        {
            Decoders = choice.Decoders(make);
            return;
        }
        Decoder = make(_class ?? throw new BpfException(BpfErrorKind.InvalidArgument,
            "The struct of the events is not known, so they have no members to choose from.",
            BpfRemedy.With($"Name the struct with {BpfOption.EventType}.")));
    }

    /// <summary>Has some members and calculated values returned in place of whole events.</summary>
    /// <param name="properties">The properties, in order.</param>
    /// <param name="rules">The rules of the language that the expressions are written in.</param>
    /// <exception cref="BpfException">The struct is not known, or lacks a member.</exception>
    internal void SetProjection(IReadOnlyList<NamedExpression> properties, IValueRules rules) =>
        SetDecoder(_typing.Choice is { } choice ? EventProjection.OfSeveral(properties, choice.Classes, rules)
            : made => EventProjection.Of(properties, made, rules));

    /// <summary>
    /// Reads the next event, if there is one. False may also mean that the filter rejected many events; the next <see cref="Wait"/> is
    /// short then.
    /// </summary>
    /// <param name="record">The event.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryRead([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BpfRecord? record)
    {
        var rejected = 0;
        for (; rejected < RejectionsInOneRead && _ring.TryRead(out var data, out var length); rejected++)
        {
            _taken++;
            if (_class is null || length < _least || length > _most)
            {
                if ((record = DecodeUnusual(data, length)) is null)
                {
                    _filtered++;
                    continue;
                }
                if (MaximumRate is not null && !MaximumRate.Takes())
                {
                    _leftOut++;
                    continue;
                }
                return true;
            }
            _gaps?.Add(data);
            if (Filter is not null && !Filter(data, length))
            {
                _filtered++;
                continue;
            }
            if (MaximumRate is not null && !MaximumRate.Takes())
            {
                _leftOut++;
                continue;
            }
            record = (Decoder ?? _class.Decode)(data, 0, length);
            if (_times is not null)
            {
                LastTime = _times.Of(_class, data);
            }
            if (_origin is not null)
            {
                record.Origin = _origin;
            }
            return true;
        }
        _hasMore = rejected == RejectionsInOneRead;
        record = null;
        return false;
    }

    /// <summary>Reads the next events, as far as there are any and there is room for them.</summary>
    /// <param name="records">The room: an array of just this class, from a place on.</param>
    /// <param name="at">The place.</param>
    /// <param name="most">How many events there is room for.</param>
    /// <returns>How many have been read.</returns>
    internal int Read(BpfRecord[] records, int at, int most)
    {
        ref var room = ref MemoryMarshal.GetArrayDataReference(records);
        var count = 0;
        try
        {
            for (; count < most && TryRead(out var record); count++)
            {
                Unsafe.Add(ref room, at + count) = record; // without the check of an array that could be one of a derived class
            }
        }
        catch (BpfException) when (count > 0)
        {
            return count; // the next call fails again, when these have been delivered
        }
        return count;
    }

    /// <summary>Waits until there may be events again, the stream is cancelled, or the timeout expires.</summary>
    /// <param name="timeout">The maximum time to wait.</param>
    public void Wait(TimeSpan timeout)
    {
        if (!_cancelled)
        {
            _wait.For(timeout);
        }
    }

    /// <summary>The descriptor of the ring buffer, to wait for it together with others.</summary>
    internal FileDescriptor Descriptor => _ring.Descriptor;

    /// <summary>Whether the last read ended with so many rejected events that there may be more at once.</summary>
    internal bool HasMore => _hasMore;

    /// <summary>
    /// Whether so many events arrived since the last call that a short sleep is cheaper than waiting for a wake-up from any program.
    /// </summary>
    /// <param name="taken">The number of events that were read since the last call.</param>
    internal bool IsBusy(out ulong taken)
    {
        // A record that is still being written makes the descriptor readable although there is nothing to read.
        taken = _taken - _takenAtWait;
        var isBusy = taken >= ManyEvents || (taken == 0 && _ring.IsBeingWritten);
        _takenAtWait = _taken;
        return isBusy;
    }

    /// <summary>Whether the program wakes its reader less often when asked.</summary>
    internal bool CanHoldWakeUps => _ring.WakePosition is not null;

    /// <summary>Asks the program for wake-ups only when a quarter of the buffer is full, or as it likes.</summary>
    /// <param name="areHeld">Whether it is only then.</param>
    internal void HoldWakeUps(bool areHeld) => _ring.HoldWakeUps(areHeld);

    /// <summary>Ends the current wait, and every later one immediately.</summary>
    public void Cancel()
    {
        _cancelled = true;
        _wait.Cancel();
    }

    /// <summary>
    /// The number of unread events that were moved out of the ring because it was filling up. Closing the stream drops them. Events
    /// that are still in the ring stay for the next reader, and so do all of a perf buffer that is open as long as its object.
    /// </summary>
    public int Undelivered => _isKept ? 0 : _isDisposed ? _dropped : _ring.CountUnread();

    /// <summary>Closes the ring buffer and drops the events that <see cref="Undelivered"/> counts.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }
        _final = StatisticsWith(0);
        _dropped = Undelivered;
        _isDisposed = true;
        Close();
    }

    private static EventReader Open(BpfMap map) => map.Type == "ringbuf" ? new RingReader(map.OpenDescriptor(), map.MaxEntries)
        : PerfBuffers.TryTake(map) ?? new PerfBufferReader(map.OpenDescriptor(), map.Name);

    private void Close()
    {
        if (!PerfBuffers.Return(_map.Id, _ring))
        {
            _ring.Dispose();
        }
        _wait.Dispose();
        _losses?.Dispose();
        _filterCounter?.Dispose();
        _rateCounter?.Dispose();
    }

    /// <summary>Decodes a record that its length shows to be another struct than the ring's, or none that is known.</summary>
    private BpfRecord? DecodeUnusual(nint data, int length)
    {
        var made = _typing.Choice is { } choice ? _typing.Of(choice, data, length, isFiltered: IsOfOneClass)
            : _typing.Of(data, length, isFiltered: IsOfOneClass);
        if (made is null)
        {
            // A filter has no members to look at, and what it did not accept is not wanted.
            LastTime = 0;
            return !IsOfOneClass ? new BpfRawEvent(new ReadOnlySpan<byte>((void*)data, length).ToArray()) : null;
        }
        if (length >= made.MinimumLength)
        {
            return Decode(made, data, length);
        }
        // A text at the end that the program sent without the rest of its room.
        if (_padded.Length < made.MinimumLength)
        {
            _padded = new byte[made.MinimumLength];
        }
        _padded.AsSpan().Clear();
        new ReadOnlySpan<byte>((void*)data, length).CopyTo(_padded);
        fixed (byte* padded = _padded)
        {
            return Decode(made, (nint)padded, made.MinimumLength);
        }
    }

    private BpfRecord? Decode(RecordClass made, nint data, int length)
    {
        if (Filter is not null && !Filter(data, length))
        {
            return null;
        }
        if (Decoders is null)
        {
            return Timed((Decoder ?? made.Decode)(data, 0, length));
        }
        return Decoders.TryGetValue(made, out var decode) ? Timed(decode(data, 0, length)) : null;

        BpfRecord Timed(BpfRecord record)
        {
            LastTime = _times?.Of(made, data) ?? 0;
            record.Origin = ReferenceEquals(made, _class) ? _origin : OriginOf(made);
            return record;
        }
    }

    /// <summary>What a record with stack ids needs to look them up.</summary>
    private RecordOrigin? OriginOf(RecordClass made) => made.StackFields.Count > 0 ? new RecordOrigin(_map) : null;
}
