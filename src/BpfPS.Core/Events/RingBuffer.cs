using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// A BPF ring buffer, mapped and read in place (kernel/bpf/ringbuf.c). The consumer's page is ours to write, the
/// producer's page and the data, which are mapped twice in a row so that no record is ever in two pieces, are not.
/// Reading this way instead of through libbpf's callback lets the reader drain on a timer: the kernel wakes a reader
/// only when it has caught up, and being woken for each record is what costs. For one thread at a time.
/// </summary>
// unsafe: the pages stay mapped until Dispose, and the data is mapped twice, so that a record never wraps; a position is taken modulo the
// ring's size.
internal sealed unsafe class RingBuffer : IDisposable
{
    private const uint Busy = 1u << 31;

    private readonly FileDescriptor _fd;
    private readonly int _pageSize = Environment.SystemPageSize;
    private readonly nint _consumerPage;
    private readonly nint _producerPages;
    private readonly byte* _data;
    private readonly ulong _size;
    private bool _disposed;

    /// <summary>Maps a ring buffer. Takes over the descriptor.</summary>
    public RingBuffer(FileDescriptor fd, uint size)
    {
        _fd = fd;
        _size = size;
        _consumerPage = Map((nuint)_pageSize, Libc.ProtectionRead | Libc.ProtectionWrite, 0);
        try
        {
            _producerPages = Map((nuint)_pageSize + 2 * (nuint)size, Libc.ProtectionRead, _pageSize);
        }
        catch
        {
            _ = Libc.munmap(_consumerPage, (nuint)_pageSize);
            throw;
        }
        _data = (byte*)_producerPages + _pageSize;
        Position = Committed = Volatile.Read(ref *(ulong*)_consumerPage);
    }

    /// <summary>Where the next record to be taken begins, in bytes since the ring was made.</summary>
    public ulong Position { get; private set; }

    /// <summary>Up to where the room has been given back to the producer.</summary>
    public ulong Committed { get; private set; }

    /// <summary>Bytes that wait to be taken.</summary>
    public ulong Available => Volatile.Read(ref *(ulong*)_producerPages) - Position;

    /// <summary>The ring's size in bytes.</summary>
    public ulong Size => _size;

    /// <summary>
    /// Copies the next records, headers and all, into a block. Their room stays theirs until <see cref="Commit"/>. A block
    /// is made as large as the first record needs.
    /// </summary>
    /// <param name="block">Where they go; what it held is overwritten.</param>
    /// <returns>Whether there were any that are finished.</returns>
    public bool Take(EventBlock block)
    {
        // A ring is made for one reader. Another one that has read meanwhile is not gone behind: what it gave back may be overwritten.
        var consumer = Volatile.Read(ref *(ulong*)_consumerPage);
        if (consumer != Committed)
        {
            Committed = consumer;
            Position = Math.Max(Position, consumer);
        }
        var producer = Volatile.Read(ref *(ulong*)_producerPages);
        if (producer - Position > _size)
        {
            throw Disturbed();
        }
        var begin = Position;
        while (Position != producer)
        {
            var header = Volatile.Read(ref *(uint*)(_data + (Position & (_size - 1))));
            if ((header & Busy) != 0)
            {
                break; // reserved, and not yet submitted
            }
            var next = Position + EventBlock.Span(header);
            if (next > producer)
            {
                throw Disturbed();
            }
            if (next - begin > (ulong)block.Capacity)
            {
                if (Position != begin)
                {
                    break;
                }
                block.Grow((int)(next - begin));
            }
            Position = next;
        }
        if (Position == begin)
        {
            return false;
        }
        block.Fill(_data + (begin & (_size - 1)), (int)(Position - begin));
        return true;
    }

    /// <summary>Gives the room up to a position back to the producer: what has been taken, or less.</summary>
    public void Commit(ulong position)
    {
        // Never backwards: another reader may have gone further, and the producer has the room already.
        if (position > Committed && position > Volatile.Read(ref *(ulong*)_consumerPage))
        {
            Committed = position;
            Volatile.Write(ref *(ulong*)_consumerPage, position);
        }
    }

    private static BpfException Disturbed() => new(BpfErrorKind.OperationFailed,
        "Another reader has moved on in the same ring buffer, and what was to be read has been overwritten.",
        "A ring buffer has one reader at a time: end the other one.");

    /// <summary>Sleeps until there is a record, the other descriptor can be read, or the time is over. May run beside <see cref="Take"/>.</summary>
    public void Wait(int timeoutMilliseconds, FileDescriptor wakeUp)
    {
        var descriptors = stackalloc PollDescriptor[2];
        descriptors[0] = new PollDescriptor { Fd = _fd.Number, Events = Libc.PollIn };
        descriptors[1] = new PollDescriptor { Fd = wakeUp.Number, Events = Libc.PollIn };
        _ = Libc.poll(descriptors, 2, timeoutMilliseconds); // interrupted or not: the caller looks again
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        _ = Libc.munmap(_consumerPage, (nuint)_pageSize);
        _ = Libc.munmap(_producerPages, (nuint)_pageSize + 2 * (nuint)_size);
        _fd.Dispose();
    }

    private nint Map(nuint length, int protection, nint offset)
    {
        var address = Libc.mmap(0, length, protection, Libc.MapShared, _fd.Number, offset);
        if (address == -1)
        {
            var errno = Marshal.GetLastPInvokeError();
            _fd.Dispose();
            throw Errors.FromErrno(errno, "Mapping a ring buffer");
        }
        return address;
    }
}
