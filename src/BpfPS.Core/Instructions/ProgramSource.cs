using System.Buffers.Binary;
using System.Text;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Instructions;

/// <summary>The function names and source lines in a program's BTF.</summary>
internal sealed class ProgramSource
{
    private readonly ProgramCode _code;
    private readonly byte[] _btf;
    private readonly string?[] _functions;

    public ProgramSource(ProgramCode code, uint btfId)
    {
        _code = code;
        using var btf = new BtfHandle(btfId == 0 ? 0 : LibBpf.btf__load_from_kernel_by_id(btfId));
        _btf = btf.IsInvalid ? [] : btf.ToArray();
        var types = btfId == 0 ? null : KernelBtf.TryGet(btfId);
        _functions = Array.ConvertAll(code.Functions, function =>
            types is not null && function.TypeId < types.Count ? types[function.TypeId].Name : null);
    }

    /// <summary>The name of the program's function with this number; null if BTF has none.</summary>
    public string? Function(int number) => number >= 0 && number < _functions.Length ? _functions[number] : null;

    /// <summary>The name of the function with an instruction.</summary>
    public string? FunctionAt(int instruction) =>
        Function(Array.FindLastIndex(_code.Functions, function => function.Instruction <= instruction));

    /// <summary>The number of an instruction's source line; -1 for none.</summary>
    public int LineAt(int instruction) => Array.FindLastIndex(_code.Lines, line => line.Instruction <= instruction);

    /// <summary>A line's file, number, column and text; null for code without a line.</summary>
    /// <param name="line">The line's number among the program's lines; -1 for none.</param>
    public SourcePlace? Place(int line)
    {
        if (line < 0 || line >= _code.Lines.Length)
        {
            return null;
        }
        var (_, file, text, place) = _code.Lines[line];
        // Code that the compiler added on its own has line 0.
        return place >> 10 == 0 ? null : new SourcePlace(Text(file), (int)(place >> 10), (int)(place & 0x3ff), Text(text).Trim());
    }

    /// <summary>A string by its offset in BTF's string section, whose place is in the header.</summary>
    private string Text(uint offset)
    {
        if (_btf.Length < 24)
        {
            return "";
        }
        var header = _btf.AsSpan();
        var start = (ulong)Word(header[4..]) + Word(header[16..]) + offset;
        if (start >= (ulong)_btf.Length)
        {
            return "";
        }
        var rest = _btf.AsSpan((int)start);
        var end = rest.IndexOf((byte)0);
        return end < 0 ? "" : Encoding.UTF8.GetString(rest[..end]);
    }

    // BTF in the kernel has the kernel's byte order.
    private static uint Word(ReadOnlySpan<byte> bytes) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
