using System.IO.MemoryMappedFiles;
using BpfPS.Events;
using BpfPS.Native;

namespace BpfPS.Core.Tests.Support;

/// <summary>
/// The memory of a BPF ring buffer without a kernel: a file with the consumer's page, the producer's page and the data
/// twice in a row, which is mapped as the kernel's own would be. The test is the producer.
/// </summary>
internal sealed class RingImage : IDisposable
{
    public const int HeaderSize = 8;
    public const uint Busy = 1u << 31; // BPF_RINGBUF_BUSY_BIT
    public const uint Discarded = 1u << 30; // BPF_RINGBUF_DISCARD_BIT

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"bpfps-ring-{Guid.NewGuid():N}");
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _memory;
    private readonly int _pageSize = Environment.SystemPageSize;

    /// <summary>Makes a ring in which everything up to a position has been written and read.</summary>
    /// <param name="size">The size of its data: a power of two, and a multiple of a page.</param>
    /// <param name="position">Where the next record goes.</param>
    public RingImage(int size = 1 << 16, ulong position = 0)
    {
        Size = size;
        var length = 2 * _pageSize + 2 * size;
        _file = MemoryMappedFile.CreateFromFile(new FileStream(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite), null,
            length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _memory = _file.CreateViewAccessor(0, length);
        Producer = Consumer = position;
    }

    public int Size { get; }

    /// <summary>Up to where the readers have given the room back.</summary>
    public ulong Consumer
    {
        get => _memory.ReadUInt64(0);
        set => _memory.Write(0, value);
    }

    /// <summary>Where the next record goes.</summary>
    public ulong Producer
    {
        get => _memory.ReadUInt64(_pageSize);
        set => _memory.Write(_pageSize, value);
    }

    /// <summary>What a record of that many bytes takes in the ring.</summary>
    public static ulong Span(int length) => (ulong)(HeaderSize + length + 7) / 8 * 8;

    /// <summary>A descriptor of it, as the kernel would give one.</summary>
    public FileDescriptor Descriptor()
    {
        using var handle = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        return FileDescriptor.Duplicate((int)handle.DangerousGetHandle());
    }

    public RingBuffer Open() => new(Descriptor(), (uint)Size);

    /// <summary>Writes a record; there must be room for it.</summary>
    /// <param name="data">What it holds.</param>
    /// <param name="flags">Whether it is still being written, or thrown away.</param>
    /// <returns>Its position.</returns>
    public ulong Write(byte[] data, uint flags = 0)
    {
        var position = Producer;
        Assert.True(position + Span(data.Length) - Consumer <= (ulong)Size, "The ring is full.");
        WriteHeader(position, (uint)data.Length | flags);
        WriteBytes(position + HeaderSize, data);
        Producer = position + Span(data.Length);
        return position;
    }

    /// <summary>Writes the header of a record: the length with the flags.</summary>
    public void WriteHeader(ulong position, uint header) => WriteBytes(position, [.. BitConverter.GetBytes(header), 0, 0, 0, 0]);

    public void Dispose()
    {
        _memory.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }

    // The kernel maps the same pages twice in a row; here each byte is written to both.
    private void WriteBytes(ulong position, byte[] bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            var offset = (long)((position + (ulong)i) % (ulong)Size);
            _memory.Write(2 * _pageSize + offset, bytes[i]);
            _memory.Write(2 * _pageSize + Size + offset, bytes[i]);
        }
    }
}
