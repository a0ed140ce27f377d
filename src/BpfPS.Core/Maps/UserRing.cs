using System.Runtime.InteropServices;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS.Maps;

/// <summary>Operations on ring buffers outside an event stream: their fill level, and writing records to user ring buffers.</summary>
// unsafe: only the start of the mapped page is read; libbpf reserves as many bytes as are then copied.
internal static unsafe class UserRing
{
    private const int HeaderSize = 8; // BPF_RINGBUF_HDR_SZ

    /// <summary>Whether a map is a user ring buffer: it takes records, and has no entries.</summary>
    public static bool Is(BpfMap map) => map.Type == "user_ringbuf";

    /// <summary>The number of unread bytes in a ring buffer, including the headers of the records.</summary>
    /// <exception cref="BpfException">The map no longer exists, or the user lacks permission.</exception>
    public static ulong PendingBytes(BpfMap map)
    {
        using var fd = map.OpenDescriptor();
        // The first page has the reader's position, the second the writer's (kernel/bpf/ringbuf.c).
        var page = Environment.SystemPageSize;
        return Position(page) - Position(0);

        ulong Position(int offset)
        {
            var address = Libc.mmap(0, (nuint)page, Libc.ProtectionRead, Libc.MapShared, fd.Number, offset);
            if (address == -1)
            {
                throw Errors.FromErrno(Marshal.GetLastPInvokeError(), $"Mapping ring buffer '{VisibleText.Escape(map.Name)}'");
            }
            var position = Volatile.Read(ref *(ulong*)address);
            _ = Libc.munmap(address, (nuint)page);
            return position;
        }
    }

    /// <summary>Writes one record into a user ring buffer, for the program that drains it.</summary>
    /// <param name="map">The ring buffer.</param>
    /// <param name="value">The record: bytes, or a table with the members of the type that the map's definition names.</param>
    /// <exception cref="BpfException">The record does not fit, the buffer is full, or libbpf is older than 1.1.</exception>
    public static void Write(BpfMap map, object value)
    {
        var bytes = Encode(map, value);
        using var fd = map.OpenDescriptor();
        try
        {
            var ring = Errors.ThrowIfNull(LibBpf.user_ring_buffer__new(fd.Number, 0),
                $"Opening user ring buffer '{VisibleText.Escape(map.Name)}'");
            try
            {
                var sample = LibBpf.user_ring_buffer__reserve(ring, (uint)bytes.Length);
                if (sample == 0)
                {
                    var errno = Marshal.GetLastPInvokeError();
                    if (bytes.Length + HeaderSize > map.MaxEntries)
                    {
                        throw new BpfException(BpfErrorKind.InvalidArgument,
                            $"A record of {bytes.Length} bytes does not fit into user ring buffer '{VisibleText.Escape(map.Name)}', "
                                + $"which has {map.MaxEntries} bytes.",
                            "Write smaller records. Each record also needs 8 bytes for its header.", errno);
                    }
                    throw (BpfErrno)errno is BpfErrno.ENOSPC or BpfErrno.E2BIG
                        ? new BpfException(BpfErrorKind.OperationFailed,
                            $"User ring buffer '{VisibleText.Escape(map.Name)}' has no room for {bytes.Length} bytes.",
                            new("Try again when its program has read some records.", BpfAdvice.AskPendingBytes), errno)
                        : Errors.FromErrno(errno, $"Writing to user ring buffer '{VisibleText.Escape(map.Name)}'");
                }
                bytes.CopyTo(new Span<byte>((void*)sample, bytes.Length));
                LibBpf.user_ring_buffer__submit(ring, sample);
            }
            finally
            {
                LibBpf.user_ring_buffer__free(ring);
            }
        }
        catch (EntryPointNotFoundException e)
        {
            throw new BpfException(BpfErrorKind.NotSupported, "Writing to user ring buffers requires libbpf 1.1 or later.",
                "Install a newer libbpf.", inner: e);
        }
    }

    private static byte[] Encode(BpfMap map, object value)
    {
        if (value is byte[] raw)
        {
            return raw;
        }
        var types = MapTypes.Of(map);
        if (types.Btf is null || types.ValueId == 0)
        {
            return ValueEncoder.Bytes(value) ?? throw new BpfException(BpfErrorKind.InvalidArgument,
                $"The type of the records of '{VisibleText.Escape(map.Name)}' is unknown.",
                "Give the record's bytes as an array or in hexadecimal ('0a 0b'), or name its type in the map's definition: "
                    + "__type(value, struct ...).");
        }
        var part = RecordClasses.Part(types.Btf, types.ValueId, "value");
        var bytes = new byte[part.Size];
        using var context = new EncodeContext();
        ValueEncoder.Encode(part, $"The record, struct {part.Name},", value, bytes, context);
        return bytes;
    }
}
