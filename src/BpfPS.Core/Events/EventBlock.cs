using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfPS.Events;

/// <summary>
/// A block of records copied from a ring buffer, back to back with their headers. Its memory is not the garbage collector's: blocks are
/// made while events come fast, and each collection that they would bring about stops the thread that makes room for more.
/// </summary>
// unsafe: the memory is freed with the block only, and positions advance by the checked lengths of whole records.
internal sealed unsafe class EventBlock : IDisposable
{
    private const uint Flags = 3u << 30; // BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT
    private const uint Discarded = 1u << 30;
    private const int HeaderSize = 8;

    private byte* _data;
    private int _capacity;
    private int _length;
    private int _position;

    public EventBlock(int capacity) => Grow(capacity);

    /// <summary>The number of bytes that it can hold.</summary>
    public int Capacity => _capacity;

    /// <summary>The number of bytes that it holds.</summary>
    public int Length => _length;

    /// <summary>The number of bytes that have been read.</summary>
    public int Position => _position;

    /// <summary>The number of unread records.</summary>
    public int CountUnread()
    {
        var count = 0;
        for (var position = _position; position < _length; position += (int)Span(*(uint*)(_data + position)))
        {
            count += IsDiscarded(*(uint*)(_data + position)) ? 0 : 1;
        }
        return count;
    }

    /// <summary>Whether the program threw the record away after it had reserved its room.</summary>
    public static bool IsDiscarded(uint header) => (header & Discarded) != 0;

    /// <summary>The size of a record in the ring: header, data, and padding to align the next record.</summary>
    public static ulong Span(uint header) => ((header & ~Flags) + HeaderSize + 7) & ~7UL;

    /// <summary>Changes the capacity and discards the content.</summary>
    public void Grow(int capacity)
    {
        Clear();
        _data = (byte*)NativeMemory.Realloc(_data, (nuint)capacity);
        _capacity = capacity;
    }

    /// <summary>Frees the memory if nobody has called <see cref="Dispose"/>.</summary>
    ~EventBlock() => Free();

    /// <summary>Discards the content and frees its memory.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Discards the content.</summary>
    public void Clear() => _length = _position = 0;

    /// <summary>Replaces the content with a copy of these bytes, which must fit.</summary>
    public void Fill(byte* records, int length)
    {
        Unsafe.CopyBlockUnaligned(_data, records, (uint)length);
        _length = length;
        _position = 0;
    }

    /// <summary>Adds a record to the content, which grows.</summary>
    public void Append(byte* record, int length)
    {
        var span = (int)Span((uint)length);
        if (_length + span > _capacity)
        {
            var (filled, position) = (_length, _position);
            Grow(Math.Max(2 * _capacity, _length + span)); // keeps the bytes
            (_length, _position) = (filled, position);
        }
        *(ulong*)(_data + _length) = (uint)length;
        Unsafe.CopyBlockUnaligned(_data + _length + HeaderSize, record, (uint)length);
        _length += span;
    }

    /// <summary>Returns the next record in place; it is valid until the block is filled again. False if there are no more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out nint data, out int length)
    {
        while (_position < _length)
        {
            var header = *(uint*)(_data + _position);
            data = (nint)(_data + _position + HeaderSize);
            _position += (int)Span(header);
            if ((header & Discarded) == 0)
            {
                length = (int)(header & ~Flags);
                return true;
            }
        }
        data = 0;
        length = 0;
        return false;
    }

    private void Free()
    {
        Clear();
        NativeMemory.Free(_data);
        _data = null;
        _capacity = 0;
    }
}
