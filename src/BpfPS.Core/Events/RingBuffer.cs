using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// A BPF ring buffer, mapped and read in place (kernel/bpf/ringbuf.c). The consumer's page is ours to write, the
/// producer's page and the data, which are mapped twice in a row so that no record is ever in two pieces, are not.
/// Reading this way instead of through libbpf's callback lets the reader drain on a timer: the kernel wakes a reader
/// only when it has caught up, and being woken for each record is what costs.
/// </summary>
internal sealed unsafe class RingBuffer : IDisposable
{
    private const uint Busy = 1u << 31;
    private const uint Discarded = 1u << 30;
    private const int HeaderSize = 8;

    private readonly FileDescriptor _fd;
    private readonly int _pageSize = Environment.SystemPageSize;
    private readonly nint _consumerPage;
    private readonly nint _producerPages;
    private readonly byte* _data;
    private readonly ulong _size;
    private readonly ulong _commitEvery;
    private ulong _position;
    private ulong _committed;
    private ulong _producer;
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
            fd.Dispose();
            throw;
        }
        _data = (byte*)_producerPages + _pageSize;
        // Often enough that the producer never waits for room that is free, seldom enough that its cache line stays ours.
        _commitEvery = Math.Max(size / 16, 1);
        // Until the producer's position has been read there is nothing: what was read before this reader came is not to be read again.
        _position = _committed = _producer = Volatile.Read(ref *(ulong*)_consumerPage);
    }

    /// <summary>The next record, in place: valid until the call after this one. False when there is none (yet).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out nint data, out int length)
    {
        if (_position - _committed >= _commitEvery)
        {
            Commit();
        }
        while (_position != _producer || MoreThan(_position))
        {
            var header = Volatile.Read(ref *(uint*)(_data + (_position & (_size - 1))));
            if ((header & Busy) != 0)
            {
                break;
            }
            var bytes = header & ~(Busy | Discarded);
            data = (nint)(_data + (_position & (_size - 1)) + HeaderSize);
            _position += (bytes + HeaderSize + 7) & ~7UL;
            if ((header & Discarded) == 0)
            {
                length = (int)bytes;
                return true;
            }
        }
        data = 0;
        length = 0;
        return false;
    }

    /// <summary>Gives the room of all records that were read back to the producer.</summary>
    public void Commit()
    {
        if (_committed != _position)
        {
            Volatile.Write(ref *(ulong*)_consumerPage, _position);
            _committed = _position;
        }
    }

    /// <summary>Bytes that wait to be read.</summary>
    public ulong Available => Volatile.Read(ref *(ulong*)_producerPages) - _position;

    /// <summary>Sleeps until there is a record, the other descriptor can be read, or the time is over.</summary>
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
        Commit();
        _ = Libc.munmap(_consumerPage, (nuint)_pageSize);
        _ = Libc.munmap(_producerPages, (nuint)_pageSize + 2 * (nuint)_size);
        _fd.Dispose();
    }

    private bool MoreThan(ulong position)
    {
        _producer = Volatile.Read(ref *(ulong*)_producerPages);
        return _producer != position;
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
