using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using BpfPS.Attach;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Reads the output of an iterator program, which the kernel runs while its output is read. Each reader starts from the beginning.
/// Not thread-safe.
/// </summary>
// unsafe: reads write to a pinned array of the stated size; a record is decoded from an array of its type's size.
public sealed unsafe class BpfIteratorReader : IDisposable
{
    private const int ChunkSize = 64 * 1024;

    private readonly FileDescriptor _fd;
    private readonly string _operation;
    private readonly byte[] _bytes = new byte[ChunkSize];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>Opens an iterator of a started object.</summary>
    /// <param name="obj">The object.</param>
    /// <param name="program">The name of the iterator program; null if the object has only one.</param>
    /// <exception cref="BpfException">The object has no iterator, several or none with this name, or the user lacks permission.</exception>
    public BpfIteratorReader(BpfObject obj, string? program = null)
    {
        var iterators = obj.Links.Zip(obj.LinkNames).Where(entry => entry.First.Descriptor >= 0 && IsIterator(entry.First)).ToArray();
        var chosen = iterators.Where(entry => program is null || entry.Second.Equals(program, StringComparison.OrdinalIgnoreCase))
            .ToArray();
        if (chosen is not [var only])
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, iterators.Length == 0
                ? $"'{VisibleText.Escape(obj.Name)}' has no attached iterator."
                : program is null ? $"'{VisibleText.Escape(obj.Name)}' has {iterators.Length} iterators."
                : $"'{VisibleText.Escape(obj.Name)}' has no iterator named '{VisibleText.Escape(program)}'.",
                iterators.Length == 0
                    ? "Iterators are programs in sections named iter/..."
                    : $"Specify one of: {VisibleText.Escape(string.Join(", ", iterators.Select(entry => entry.Second)))}.");
        }
        _operation = $"Reading iterator '{VisibleText.Escape(only.Second)}'";
        using var link = FileDescriptor.Duplicate(only.First.Descriptor);
        _fd = FileDescriptor.FromResult(LibBpf.bpf_iter_create(link), _operation);
        Types = obj.Types;
    }

    private BtfTypes Types { get; }

    /// <summary>Reads the next line of text, without its line break; false at the end.</summary>
    /// <param name="line">The line.</param>
    /// <exception cref="BpfException">The kernel returned an error, or the program failed.</exception>
    public bool TryReadLine([NotNullWhen(true)] out string? line)
    {
        using var text = new MemoryStream();
        while (Fill())
        {
            var rest = _bytes.AsSpan(_start, _end - _start);
            var end = rest.IndexOf((byte)'\n');
            text.Write(end < 0 ? rest : rest[..end]);
            _start += end < 0 ? rest.Length : end + 1;
            if (end >= 0)
            {
                line = Text(text);
                return true;
            }
        }
        line = text.Length > 0 ? Text(text) : null;
        return line is not null;
    }

    /// <summary>Reads the structs that the program writes (bpf_seq_write) as records.</summary>
    /// <param name="type">The struct's name.</param>
    /// <exception cref="BpfException">The object's BTF does not have this struct, the output ends with an incomplete one, or the kernel
    /// returned an error.</exception>
    public IEnumerable<BpfRecord> ReadRecords(string type)
    {
        var made = RecordClasses.ForEvent(Types, EventTypeFinder.FindNamed(Types, type));
        var record = new byte[Types.SizeOf(EventTypeFinder.FindNamed(Types, type))];
        for (var filled = 0; ; filled = 0)
        {
            while (filled < record.Length && Fill())
            {
                var part = Math.Min(record.Length - filled, _end - _start);
                _bytes.AsSpan(_start, part).CopyTo(record.AsSpan(filled));
                filled += part;
                _start += part;
            }
            if (filled == 0)
            {
                yield break;
            }
            if (filled < record.Length)
            {
                throw new BpfException(BpfErrorKind.InvalidData,
                    $"{_operation}: the output ends with {filled} bytes, but struct {VisibleText.Escape(type)} has {record.Length}.",
                    "The program may write another struct, or text. Specify its struct, or remove the type to read text.");
            }
            yield return Decode(made, record);
        }
    }

    /// <summary>Closes the iterator. Another reader can open it again.</summary>
    public void Dispose() => _fd.Dispose();

    private static bool IsIterator(Attachment attachment)
    {
        using var fd = FileDescriptor.Duplicate(attachment.Descriptor);
        return BpfPin.KindOf(fd) == BpfPinKind.Link && TypeNames.Link(KernelObjects.GetLinkInfo(fd).Type) == "iter";
    }

    private static string Text(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);

    private static BpfRecord Decode(RecordClass made, byte[] bytes)
    {
        fixed (byte* data = bytes)
        {
            return made.Decode((nint)data, 0, bytes.Length);
        }
    }

    /// <summary>Reads more bytes once the buffer is used up; false at the end.</summary>
    private bool Fill()
    {
        while (_start == _end && !_isAtEnd)
        {
            nint count;
            fixed (byte* data = _bytes)
            {
                count = Libc.read(_fd, data, ChunkSize);
            }
            if (count < 0 && Marshal.GetLastPInvokeError() is var errno and not ((int)BpfErrno.EINTR or (int)BpfErrno.EAGAIN))
            {
                throw Errors.FromErrno(errno, _operation);
            }
            (_start, _end, _isAtEnd) = (0, (int)Math.Max(count, 0), count == 0);
        }
        return _start < _end;
    }
}
