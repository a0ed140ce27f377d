using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using BpfPS.Attach;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Reads the output of an iterator program, which the kernel runs while its output is read. Each reader starts from the beginning.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// Whether the output is text or records, and which ones, is told by what the first calls of the program write, each by itself: the
/// kernel ends a read after the call that fills it, so that a read of one byte and then of the rest gives what one call wrote.
/// </remarks>
// unsafe: reads write to a pinned array of the stated size; a record is decoded from an array of its type's size.
public sealed unsafe class BpfIteratorReader : IDisposable
{
    // No program's text has NULs, and no struct is without any in so many calls.
    private const int FirstCalls = 4;

    // The kernel collects output in eight pages. A read of that many gets all of it, so that it ends where a call ended.
    private static readonly int s_chunkSize = Math.Max(64 * 1024, Environment.SystemPageSize * 8);

    private readonly FileDescriptor _fd;
    private readonly string _operation;
    private readonly string _program;
    private readonly ProgramStructs _structs;
    private readonly List<(string What, BpfRemedy How)> _doubts = [];
    private byte[] _bytes = new byte[s_chunkSize];
    private int _start;
    private int _end;
    private bool _isAtEnd;
    private bool _hasMisfit;

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
        _program = only.Second;
        _operation = $"Reading iterator '{Name}'";
        using var link = FileDescriptor.Duplicate(only.First.Descriptor);
        _fd = FileDescriptor.FromResult(LibBpf.bpf_iter_create(link), _operation);
        _structs = new ProgramStructs(obj.Types, obj.File.Debug);
    }

    /// <summary>
    /// Reads all of the output: records of a struct if one is named, if the program declares one (GADGET_ITER), or if what it writes is
    /// not text and only one struct fits; otherwise lines of text, or records as bytes.
    /// </summary>
    /// <param name="type">The struct's name; null to find it.</param>
    /// <returns>Strings or records.</returns>
    /// <exception cref="BpfException">As for <see cref="ReadRecords(string)"/>.</exception>
    internal IEnumerable<object> Read(string? type)
    {
        // Errors come with the first one that is asked for.
        foreach (var one in type is not null ? ReadRecords(type)
            : _structs.OfIterator(_program) is { } declared ? ReadRecords(declared) : ReadUnnamed())
        {
            yield return one;
        }
    }

    /// <summary>The name of the iterator's program, for messages.</summary>
    internal string Name => VisibleText.Escape(_program);

    /// <summary>What has been noticed since the last call, each thing once, with what to do about it.</summary>
    internal IEnumerable<(string What, BpfRemedy How)> TakeDoubts()
    {
        var doubts = _doubts.ToArray();
        _doubts.Clear();
        return doubts;
    }

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
        foreach (var record in ReadRecords(_structs.Named(type)))
        {
            yield return record;
        }
    }

    /// <summary>Closes the iterator. Another reader can open it again.</summary>
    public void Dispose() => _fd.Dispose();

    private IEnumerable<BpfRecord> ReadRecords(ProgramStruct type)
    {
        var made = type.MakeClass();
        var record = new byte[type.Size];
        for (var filled = 0; record.Length > 0; filled = 0)
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
                    $"{_operation}: the output ends with {filled} bytes, but {Shown(type)} has {record.Length}.",
                    "The program may write another struct, or text. Specify its struct, or remove the type to read text.");
            }
            yield return Decode(made, record);
        }
    }

    private IEnumerable<object> ReadUnnamed()
    {
        var calls = new List<byte[]>();
        while (calls.Count < FirstCalls && ReadCall() is { } call)
        {
            calls.Add(call);
        }
        if (!calls.Exists(call => call.Contains((byte)0)))
        {
            Return(calls);
            while (TryReadLine(out var line))
            {
                yield return line;
            }
            yield break;
        }
        var made = Choose(calls, out var size);
        foreach (var call in calls)
        {
            foreach (var record in Split(call, made, size))
            {
                yield return record;
            }
        }
        while (Fill())
        {
            var chunk = _bytes[_start.._end];
            _start = _end;
            foreach (var record in Split(chunk, made, size))
            {
                yield return record;
            }
        }
    }

    /// <summary>
    /// The class of records that no name and no declaration tells: that of the only struct that has the size of what each call writes,
    /// or of which each call writes several.
    /// </summary>
    /// <param name="calls">What the first calls wrote.</param>
    /// <param name="size">The size of a record in bytes, or of what each call writes if the struct is not known.</param>
    /// <returns>The class; null if no struct fits, or several do.</returns>
    private RecordClass? Choose(IReadOnlyList<byte[]> calls, out int size)
    {
        var whole = calls.Select(call => call.Length).Aggregate(CommonDivisor);
        size = whole;
        var (declared, own) = (_structs.Declared().Where(one => Divides(one.Size)).ToArray(), _structs.OfSize(Divides));
        IReadOnlyList<ProgramStruct>[] choices =
            [[.. declared.Where(one => one.Size == whole)], [.. own.Where(one => one.Size == whole)], declared, own];
        var fitting = choices.FirstOrDefault(choice => choice.Count > 0) ?? [];
        if (fitting is not [var only])
        {
            Doubt(fitting);
            return null;
        }
        size = (int)only.Size;
        if (size != whole)
        {
            _doubts.Add(($"each call of the program writes {whole} bytes, which are taken for {whole / size} of "
                + $"{Shown(only)}, the only struct that fits.", OtherStruct()));
        }
        return only.MakeClass();

        bool Divides(uint candidate) => candidate > 0 && whole % candidate == 0;
    }

    private void Doubt(IReadOnlyList<ProgramStruct> fitting) => _doubts.Add((
        "the program writes records, not text, and their struct is not known, so they are given as bytes.",
        fitting.Count > 0
            ? BpfRemedy.With($"Name it with {BpfOption.EventType}: {string.Join(", ", fitting.Select(Shown))}.")
            : new($"Declare it in the program: const struct NAME *unused __attribute__((unused)).{_structs.Hint}")));

    /// <summary>Cuts what whole calls wrote into records; where that leaves a rest, it is not of that struct.</summary>
    private IEnumerable<BpfRecord> Split(byte[] written, RecordClass? made, int size)
    {
        if (written.Length % size != 0)
        {
            if (!_hasMisfit)
            {
                _hasMisfit = true;
                _doubts.Add(($"the program also writes records of other sizes than {size} bytes, which are given as bytes.",
                    OtherStruct()));
            }
            yield return new BpfRawEvent(written);
            yield break;
        }
        for (var at = 0; at < written.Length; at += size)
        {
            var record = written[at..(at + size)];
            yield return made is null ? new BpfRawEvent(record) : Decode(made, record);
        }
    }

    private static string Shown(ProgramStruct type) => VisibleText.Escape(type.ToString());

    private static BpfRemedy OtherStruct() => BpfRemedy.With($"If they are of another struct, name it with {BpfOption.EventType}.");

    private static int CommonDivisor(int one, int other) => other == 0 ? one : CommonDivisor(other, one % other);

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
            (_start, _end) = (0, Read(0, _bytes.Length));
        }
        return _start < _end;
    }

    /// <summary>Reads what one call of the program writes; null at the end.</summary>
    private byte[]? ReadCall()
    {
        while (!_isAtEnd)
        {
            if (Read(0, 1) > 0)
            {
                return _bytes[..(1 + Read(1, _bytes.Length - 1))];
            }
        }
        return null;
    }

    /// <summary>Gives back what has been read, to be read again.</summary>
    private void Return(IReadOnlyList<byte[]> calls)
    {
        var all = calls.SelectMany(call => call).ToArray();
        (_start, _end) = (0, all.Length);
        Array.Resize(ref all, Math.Max(all.Length, s_chunkSize));
        _bytes = all;
    }

    /// <summary>Reads once. The number of bytes is 0 at the end, and where the kernel has to be asked again.</summary>
    private int Read(int at, int count)
    {
        nint read;
        fixed (byte* data = &_bytes[at])
        {
            read = Libc.read(_fd, data, (nuint)count);
        }
        if (read < 0 && Marshal.GetLastPInvokeError() is var errno and not ((int)BpfErrno.EINTR or (int)BpfErrno.EAGAIN))
        {
            throw Errors.FromErrno(errno, _operation);
        }
        _isAtEnd |= read == 0;
        return (int)Math.Max(read, 0);
    }
}
