using System.Runtime.InteropServices;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// Reads a perf buffer: the records of a perf_event_array, through a buffer for each CPU. The records of one CPU are in order. While
/// this reader is open, its perf events are in the map, in place of those of another reader.
/// </summary>
// unsafe: libbpf calls back with a record's address and length, which is copied before the call returns.
internal sealed unsafe class PerfBufferReader : EventReader
{
    private const int PagesPerCpu = 64;
    private const int BlockSize = 1 << 16;

    private readonly FileDescriptor _map;
    private readonly nint _buffer;
    private readonly GCHandle _self;
    private readonly FileDescriptor _epoll;
    private ulong _lost;
    private bool _isDisposed;

    /// <summary>Opens a buffer for each CPU, and takes ownership of the descriptor.</summary>
    /// <param name="map">The map.</param>
    /// <param name="name">Its name, for the error.</param>
    /// <exception cref="BpfException">The kernel refuses the perf events.</exception>
    public PerfBufferReader(FileDescriptor map, string name) : base(new EventBlock(BlockSize))
    {
        _map = map;
        _self = GCHandle.Alloc(this);
        try
        {
            _buffer = Errors.ThrowIfNull(LibBpf.perf_buffer__new(map.Number, PagesPerCpu, &Take, &Lose, GCHandle.ToIntPtr(_self), 0),
                $"Opening perf buffer '{VisibleText.Escape(name)}'");
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

    /// <inheritdoc/>
    public override ulong? Lost => _lost;

    /// <summary>The number of unread records; closing this reader drops them.</summary>
    public override int CountUnread() => Current.CountUnread();

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
        _isDisposed = true;
        _epoll?.Dispose();
        if (_buffer != 0)
        {
            LibBpf.perf_buffer__free(_buffer);
        }
        _map.Dispose();
        _self.Free();
    }

    /// <inheritdoc/>
    protected override bool Refill()
    {
        Current.Clear();
        Errors.ThrowIfNegative(LibBpf.perf_buffer__consume(_buffer), "Reading a perf buffer");
        return Current.Length > 0;
    }

    // An exception that leaves these functions would end the process.
    [UnmanagedCallersOnly]
    private static void Take(nint context, int cpu, byte* data, uint length) =>
        ((PerfBufferReader)GCHandle.FromIntPtr(context).Target!).Current.Append(data, (int)length);

    [UnmanagedCallersOnly]
    private static void Lose(nint context, int cpu, ulong count) => ((PerfBufferReader)GCHandle.FromIntPtr(context).Target!)._lost += count;
}
