using System.Buffers.Binary;
using System.Text;

namespace BpfPS.Btf;

/// <summary>
/// The source line of each instruction, from the section .BTF.ext (Documentation/bpf/btf.rst), in this machine's byte order.
/// It only serves to improve error messages, so damaged parts are ignored.
/// </summary>
public sealed class BtfLineInfo
{
    private const ushort Magic = 0xeb9f;
    private const int InstructionSize = 8;

    private readonly Dictionary<string, (string Section, uint Start)> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(uint Offset, BtfLine Line)>> _lines = new(StringComparer.Ordinal);

    private BtfLineInfo()
    {
    }

    /// <summary>Reads the line information of an object file.</summary>
    /// <param name="types">The raw bytes of its section .BTF, for names.</param>
    /// <param name="extension">The raw bytes of its section .BTF.ext.</param>
    public static BtfLineInfo Parse(byte[] types, byte[] extension)
    {
        var info = new BtfLineInfo();
        if (extension.Length < 24 || types.Length < 24 || BinaryPrimitives.ReadUInt16LittleEndian(extension) != Magic)
        {
            return info;
        }
        try
        {
            var names = BtfTypes.Parse(types);
            var strings = types.AsMemory((int)checked(Word(types, 4) + Word(types, 16)));
            info.ReadSections(extension, strings, 8, 8, (section, record) =>
            {
                if (names[Word(record, 4)].Name is { Length: > 0 } function)
                {
                    info._functions[function] = (section, Word(record, 0));
                }
            });
            info.ReadSections(extension, strings, 16, 16, (section, record) =>
            {
                var file = Text(strings, Word(record, 4));
                // Without the folder, as the kernel shows it.
                var line = new BtfLine(file[(file.LastIndexOf('/') + 1)..], (int)(Word(record, 12) >> 10),
                    Text(strings, Word(record, 8)).Trim());
                if (!info._lines.TryGetValue(section, out var list))
                {
                    info._lines[section] = list = [];
                }
                list.Add((Word(record, 0), line));
            });
        }
        catch (Exception e) when (e is BtfFormatException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            return new BtfLineInfo();
        }
        return info;
    }

    /// <summary>The source line of an instruction in a function, or null if unknown.</summary>
    /// <param name="function">The function's name.</param>
    /// <param name="instruction">The instruction's number in the function.</param>
    public BtfLine? Find(string function, int instruction)
    {
        if (!_functions.TryGetValue(function, out var place) || !_lines.TryGetValue(place.Section, out var lines))
        {
            return null;
        }
        var at = (ulong)place.Start + (ulong)instruction * InstructionSize;
        // libbpf appends other functions behind the program's own end.
        var end = _functions.Values.Where(other => other.Section == place.Section && other.Start > place.Start)
            .Select(other => (ulong)other.Start).DefaultIfEmpty(ulong.MaxValue).Min();
        return at >= end
            ? null
            : lines.LastOrDefault(entry => entry.Offset >= place.Start && entry.Offset <= at && entry.Line.Number > 0).Line;
    }

    /// <summary>The only line with this text, or null if there is none or more than one.</summary>
    /// <param name="text">The line's text, without the spaces around it.</param>
    public BtfLine? Find(string text) => _lines.Values.SelectMany(lines => lines).Select(entry => entry.Line)
        .Where(line => line.Text == text).Distinct().Take(2).ToArray() is [var only] ? only : null;

    /// <summary>Reads a table of records for each ELF section. Two places in the header hold its offset and length.</summary>
    private void ReadSections(byte[] data, ReadOnlyMemory<byte> strings, int header, int least, RecordReader read)
    {
        var start = checked((int)(Word(data, 4) + Word(data, header)));
        var table = data.AsSpan(start, checked((int)Word(data, header + 4)));
        if (table.Length < 4 || Word(table, 0) is var size && (size < least || size > 4096))
        {
            return;
        }
        for (var at = 4; at + 8 <= table.Length;)
        {
            var section = Text(strings, Word(table, at));
            var count = Word(table, at + 4);
            at += 8;
            for (; count > 0; count--, at += (int)size)
            {
                read(section, table.Slice(at, (int)size));
            }
        }
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static string Text(ReadOnlyMemory<byte> strings, uint offset)
    {
        var rest = strings.Span[checked((int)offset)..];
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    private delegate void RecordReader(string section, ReadOnlySpan<byte> record);
}
