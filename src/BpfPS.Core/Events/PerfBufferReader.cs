using System.Runtime.InteropServices;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// Reads a perf buffer: the records of a perf_event_array, through a buffer for each CPU. The records of one CPU are in order. While
/// this reader is open, its perf events are in the map, in place of those of another reader.
/// </summary>
// unsafe: libbpf calls back with a record's address, which is copied before the call returns, and no further than its header says.
internal sealed unsafe class PerfBufferReader : EventReader
{
    /// <summary>The default size of the buffer of each CPU.</summary>
    public const int PagesPerCpu = 64;

    private const int BlockSize = 1 << 16;
    // linux/perf_event.h
    private const uint SoftwareEvent = 1;
    private const ulong OutputOfPrograms = 10; // PERF_COUNT_SW_BPF_OUTPUT
    private const ulong RawSample = 1 << 10; // PERF_SAMPLE_RAW
    private const ulong LostFormat = 1 << 4; // PERF_FORMAT_LOST, since Linux 6.0

    private readonly FileDescriptor _map;
    private readonly nint _buffer;
    private readonly GCHandle _self;
    private readonly FileDescriptor _epoll;
    private readonly bool _isLossExact;
    private ulong _lost;
    private bool _isDisposed;

    /// <summary>Opens a buffer for each CPU, and takes ownership of the descriptor.</summary>
    /// <param name="map">The map.</param>
    /// <param name="name">Its name, for the error.</param>
    /// <param name="pages">The size of the buffer of each CPU in pages, a power of two.</param>
    /// <exception cref="BpfException">The kernel refuses the perf events.</exception>
    public PerfBufferReader(FileDescriptor map, string name, int pages = PagesPerCpu) : base(new EventBlock(BlockSize))
    {
        _map = map;
        _self = GCHandle.Alloc(this);
        try
        {
            // Asked first for events that count what they lose; kernels before 6.0 know no such events.
            _buffer = Open(pages, LostFormat);
            _isLossExact = _buffer != 0;
            _buffer = _isLossExact ? _buffer
                : Errors.ThrowIfNull(Open(pages, 0), $"Opening perf buffer '{VisibleText.Escape(name)}'");
            _epoll = FileDescriptor.Duplicate(LibBpf.perf_buffer__epoll_fd(_buffer));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override FileDescriptor Descriptor => _epoll;

    /// <summary>
    /// The number of records that found no room. Before Linux 6.0 null: what a CPU's buffer lost is told with its next record, if there
    /// is one.
    /// </summary>
    public override ulong? Lost => _isLossExact ? CountLost() : null;

    /// <inheritdoc/>
    public override ulong LostAtLeast => Lost ?? _lost;

    /// <summary>The number of unread records; closing this reader drops them.</summary>
    public override int CountUnread()
    {
        if (!_isDisposed)
        {
            _ = LibBpf.perf_buffer__consume(_buffer); // adds those that are still in the buffers to the current block
        }
        return Current.CountUnread();
    }

    /// <summary>None: they are all dropped with the buffers.</summary>
    public override int CountInBuffer() => 0;

    /// <summary>The length with which the kernel gives a record: in front of it stands its length, and both are padded together.</summary>
    /// <param name="length">The length that the program wrote, in bytes.</param>
    public static int Padded(int length) => (length + sizeof(uint) + 7) / 8 * 8 - sizeof(uint);

    /// <summary>Puts the perf events into the map again: another reader has its own there, or took all out when it closed.</summary>
    public void Enter()
    {
        // libbpf opens one for each CPU that is online, in their order.
        var online = CpuList.Online();
        for (var i = 0; i < online.Count; i++)
        {
            var (key, fd) = (online[i], LibBpf.perf_buffer__buffer_fd(_buffer, (nuint)i));
            if (fd < 0)
            {
                break;
            }
            _ = LibBpf.bpf_map_update_elem(_map, &key, &fd, 0);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }
        _lost = _isLossExact ? CountLost() : _lost;
        _isDisposed = true;
        _epoll?.Dispose();
        if (_buffer != 0)
        {
            LibBpf.perf_buffer__free(_buffer);
        }
        _map.Dispose();
        _self.Free();
        Current.Dispose();
    }

    /// <inheritdoc/>
    protected override bool Refill()
    {
        Current.Clear();
        Errors.ThrowIfNegative(LibBpf.perf_buffer__consume(_buffer), "Reading a perf buffer");
        return Current.Length > 0;
    }

    private nint Open(int pages, ulong format)
    {
        var attributes = new PerfEventAttributes
        {
            Type = SoftwareEvent, Size = (uint)sizeof(PerfEventAttributes), Config = OutputOfPrograms, SamplePeriodOrFrequency = 1,
            SampleType = RawSample, ReadFormat = format, WakeUpEvents = 1,
        };
        return LibBpf.perf_buffer__new_raw(_map.Number, (nuint)pages, &attributes, &Take, GCHandle.ToIntPtr(_self), 0);
    }

    /// <summary>Adds up what the perf events of all CPUs have counted.</summary>
    private ulong CountLost()
    {
        if (_isDisposed)
        {
            return _lost;
        }
        var lost = 0UL;
        var counts = stackalloc ulong[2]; // the event's own count, and that of the records without room
        for (nuint i = 0; LibBpf.perf_buffer__buffer_fd(_buffer, i) is var fd and >= 0; i++)
        {
            lost += Libc.read(fd, counts, 2 * sizeof(ulong)) == 2 * sizeof(ulong) ? counts[1] : 0;
        }
        return lost;
    }

    // An exception that leaves this function would end the process.
    [UnmanagedCallersOnly]
    private static int Take(nint context, int cpu, PerfRecordHeader* record)
    {
        var reader = (PerfBufferReader)GCHandle.FromIntPtr(context).Target!;
        var data = (byte*)(record + 1);
        var length = record->Size - sizeof(PerfRecordHeader);
        if (record->Type == PerfRecordHeader.Sample && length >= sizeof(uint))
        {
            reader.Current.Append(data + sizeof(uint), (int)Math.Min(*(uint*)data, (uint)length - sizeof(uint)));
        }
        else if (record->Type == PerfRecordHeader.Lost && length >= 2 * sizeof(ulong) && !reader._isLossExact)
        {
            reader._lost += ((ulong*)data)[1];
        }
        return LibBpf.GoOn;
    }
}
