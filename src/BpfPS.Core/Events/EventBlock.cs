using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfPS.Events;

/// <summary>Records that were taken out of a ring buffer, back to back with their headers, read one after the other.</summary>
// unsafe: the array is allocated pinned, and positions move by the checked lengths of whole records.
internal sealed unsafe class EventBlock
{
    private const uint Flags = 3u << 30; // BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT
    private const uint Discarded = 1u << 30;
    private const int HeaderSize = 8;

    private byte[] _bytes;
    private byte* _data;
    private int _length;
    private int _position;

    public EventBlock(int capacity) => Grow(capacity);

    /// <summary>Bytes that it can hold.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>Bytes that it holds.</summary>
    public int Length => _length;

    /// <summary>Bytes of it that have been read.</summary>
    public int Position => _position;

    /// <summary>How many records it still holds that have not been read.</summary>
    public int CountUnread()
    {
        var count = 0;
        for (var position = _position; position < _length; position += (int)Span(*(uint*)(_data + position)))
        {
            count += (*(uint*)(_data + position) & Discarded) == 0 ? 1 : 0;
        }
        return count;
    }

    /// <summary>What a record takes in the ring: header, data, and what aligns the next one.</summary>
    public static ulong Span(uint header) => ((header & ~Flags) + HeaderSize + 7) & ~7UL;

    /// <summary>Makes room; what it held is gone.</summary>
    [MemberNotNull(nameof(_bytes))]
    public void Grow(int capacity)
    {
        // Pinned, so that records are decoded where they lie.
        _bytes = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
        _data = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_bytes));
        Clear();
    }

    /// <summary>Holds nothing from now on.</summary>
    public void Clear() => _length = _position = 0;

    /// <summary>Holds a copy of these bytes from now on, which fit.</summary>
    public void Fill(byte* records, int length)
    {
        Unsafe.CopyBlockUnaligned(_data, records, (uint)length);
        _length = length;
        _position = 0;
    }

    /// <summary>The next record, in place until the block is filled again; false when there is no more.</summary>
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
}
