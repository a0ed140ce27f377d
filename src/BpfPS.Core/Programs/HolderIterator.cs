using System.Buffers.Binary;
using System.Text;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;
using Microsoft.Win32.SafeHandles;

namespace BpfPS.Programs;

/// <summary>
/// Finds the processes that hold each program with a BPF iterator over all tasks and their files (bpf/holders.bpf.c). Its cost is
/// that of loading it, no matter how many processes there are.
/// </summary>
internal static class HolderIterator
{
    /// <summary>The name of its object file, in the directory of the tools.</summary>
    internal const string ProgramName = "holders";

    private const int RecordSize = 24; // struct holder { __u32 program; __u32 pid; char comm[16]; }

    /// <summary>The holders; null if the iterator does not exist or this user may not load it.</summary>
    public static List<(uint Program, BpfHolder Holder)>? TryRead()
    {
        var path = ShippedFiles.ObjectPath(ProgramName);
        if (!File.Exists(path))
        {
            return null;
        }
        // Suppress libbpf's messages: if the iterator cannot be loaded, the caller uses /proc instead.
        using var messages = LibBpfMessages.To(null);
        try
        {
            using var file = ObjectFile.Open(path, ProgramName, logger: null);
            if (LibBpf.bpf_object__load(file.Handle) < 0)
            {
                return null;
            }
            var own = file.Programs().Single();
            using var link = new BpfLinkHandle(LibBpf.bpf_program__attach(own));
            if (link.IsInvalid)
            {
                return null;
            }
            using var attached = FileDescriptor.Duplicate(LibBpf.bpf_link__fd(link));
            var iterator = LibBpf.bpf_iter_create(attached);
            if (iterator < 0)
            {
                return null;
            }
            using var stream = new FileStream(new SafeFileHandle(iterator, ownsHandle: true), FileAccess.Read, bufferSize: 0);
            return Read(stream);
        }
        catch (Exception e) when (e is BpfException or IOException)
        {
            return null;
        }
    }

    private static List<(uint, BpfHolder)> Read(Stream stream)
    {
        var found = new List<(uint, BpfHolder)>();
        // The kernel writes whole records, but a read may end in the middle of one.
        var buffer = new byte[RecordSize * 512];
        var filled = 0;
        for (int read; (read = stream.Read(buffer.AsSpan(filled))) > 0;)
        {
            filled += read;
            var at = 0;
            for (; at + RecordSize <= filled; at += RecordSize)
            {
                var record = buffer.AsSpan(at, RecordSize);
                var name = record[8..];
                var end = name.IndexOf((byte)0);
                found.Add((BinaryPrimitives.ReadUInt32LittleEndian(record),
                    new BpfHolder(BinaryPrimitives.ReadInt32LittleEndian(record[4..]),
                        Encoding.UTF8.GetString(end < 0 ? name : name[..end]))));
            }
            buffer.AsSpan(at, filled - at).CopyTo(buffer);
            filled -= at;
        }
        return found;
    }
}
