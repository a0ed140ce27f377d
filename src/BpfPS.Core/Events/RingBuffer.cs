using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// A BPF ring buffer, mapped and read in place (kernel/bpf/ringbuf.c). The reader writes only to the consumer's page. The producer's
/// page and the data are mapped read-only, the data twice in a row so that a record never wraps. Unlike libbpf's callback, this lets
/// the reader drain the ring on a timer: the kernel only wakes a reader that has caught up, and a wake-up for each record is
/// expensive. Not thread-safe.
/// </summary>
// unsafe: the pages stay mapped until Dispose, the data is mapped twice so that a record never wraps, and positions are used modulo
// the ring's size.
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

    /// <summary>Maps a ring buffer and takes ownership of the descriptor.</summary>
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

    /// <summary>The position of the next record to take, in bytes since the ring was created.</summary>
    public ulong Position { get; private set; }

    /// <summary>The position up to which space has been released to the producer.</summary>
    public ulong Committed { get; private set; }

    /// <summary>The number of bytes waiting to be taken.</summary>
    public ulong Available => Volatile.Read(ref *(ulong*)_producerPages) - Position;

    /// <summary>The number of finished records that wait in the ring from a position on, those thrown away not counted.</summary>
    /// <param name="position">The position of a record.</param>
    public int Count(ulong position)
    {
        var count = 0;
        var producer = Volatile.Read(ref *(ulong*)_producerPages);
        for (position = Math.Max(position, Volatile.Read(ref *(ulong*)_consumerPage)); position < producer;)
        {
            var header = Volatile.Read(ref *(uint*)(_data + (position & (_size - 1))));
            if ((header & Busy) != 0 || producer - position > _size)
            {
                break; // what is being written has not come yet; what was overwritten is another reader's
            }
            position += EventBlock.Span(header);
            count += EventBlock.IsDiscarded(header) || position > producer ? 0 : 1;
        }
        return count;
    }

    /// <summary>Whether another reader has moved the position up to which space is released.</summary>
    public bool IsShared { get; private set; }

    /// <summary>The ring's size in bytes.</summary>
    public ulong Size => _size;

    /// <summary>
    /// Copies the next records, including their headers, into a block. Their space in the ring stays reserved until
    /// <see cref="Commit"/>. The block grows if the first record needs it.
    /// </summary>
    /// <param name="block">The block; its content is overwritten.</param>
    /// <returns>Whether there were any finished records.</returns>
    public bool Take(EventBlock block)
    {
        // A ring is meant for one reader. If another one has read ahead, continue from there: the space before may be overwritten.
        var consumer = Volatile.Read(ref *(ulong*)_consumerPage);
        if (consumer != Committed)
        {
            IsShared = true;
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
                break; // reserved, but not submitted yet
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

    /// <summary>Releases the space up to a position, which must not be beyond the records taken, to the producer.</summary>
    public void Commit(ulong position)
    {
        // Never move backwards: another reader may have released more, and the producer may already use that space.
        if (position > Committed && position > Volatile.Read(ref *(ulong*)_consumerPage))
        {
            Committed = position;
            Volatile.Write(ref *(ulong*)_consumerPage, position);
        }
    }

    private static BpfException Disturbed() => new(BpfErrorKind.OperationFailed,
        "Another reader of the same ring buffer is ahead of this one, and the next events have been overwritten.",
        "A ring buffer can have only one reader at a time. Stop the other one.");

    /// <summary>
    /// The ring's descriptor, which is readable while there is a record to take. Another thread may wait for it during
    /// <see cref="Take"/>.
    /// </summary>
    public FileDescriptor Descriptor => _fd;

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
            throw (BpfErrno)errno is BpfErrno.EPERM or BpfErrno.EACCES
                ? new BpfException(BpfErrorKind.PermissionDenied, $"Mapping a ring buffer: {ErrnoText.Describe(errno)}. It is open for "
                    + "reading only, and its reader writes how far it has read.",
                    "Pin it with a mode that lets this user write too, or run the shell as root (sudo).", errno)
                : Errors.FromErrno(errno, "Mapping a ring buffer");
        }
        return address;
    }
}
