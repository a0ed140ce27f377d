using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>All that bpf_obj_get_info_by_fd tells about a program's code. What the kernel keeps to itself is empty.</summary>
internal sealed unsafe class ProgramCode
{
    /// <summary>The instructions as the verifier left them, eight bytes each.</summary>
    public byte[] Translated { get; private init; } = [];

    /// <summary>The machine code of all functions, one behind the other.</summary>
    public byte[] Jited { get; private init; } = [];

    /// <summary>Where each function's machine code lies in the kernel.</summary>
    public ulong[] Addresses { get; private init; } = [];

    /// <summary>How long each function's machine code is.</summary>
    public uint[] Lengths { get; private init; } = [];

    /// <summary>Where each function begins, and the BTF type that is it.</summary>
    public (uint Instruction, uint TypeId)[] Functions { get; private init; } = [];

    /// <summary>
    /// Where each line begins: instruction, offsets of the file's name and of the text in BTF's strings, line and column in one
    /// number.
    /// </summary>
    public (uint Instruction, uint File, uint Text, uint Place)[] Lines { get; private init; } = [];

    /// <summary>Where each of <see cref="Lines"/> begins in the machine code.</summary>
    public ulong[] LineAddresses { get; private init; } = [];

    /// <summary>Reads a program's code.</summary>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    public static ProgramCode Read(FileDescriptor program)
    {
        var known = KernelObjects.GetProgramInfo(program);
        var translated = new byte[known.TranslatedLength];
        var jited = new byte[known.JitedLength];
        var addresses = new ulong[known.JitedKsymCount];
        var lengths = new uint[known.JitedFunctionLengthCount];
        var functions = new byte[known.FunctionInfoCount * known.FunctionInfoRecordSize];
        var lines = new byte[known.LineInfoCount * known.LineInfoRecordSize];
        var lineAddresses = new ulong[known.JitedLineInfoCount];
        fixed (byte* t = translated, j = jited, f = functions, l = lines)
        fixed (ulong* a = addresses, la = lineAddresses)
        fixed (uint* n = lengths)
        {
            var request = new ProgramInfo
            {
                TranslatedLength = known.TranslatedLength,
                TranslatedInstructions = (ulong)t,
                JitedLength = known.JitedLength,
                JitedInstructions = (ulong)j,
                JitedKsymCount = known.JitedKsymCount,
                JitedKsyms = (ulong)a,
                JitedFunctionLengthCount = known.JitedFunctionLengthCount,
                JitedFunctionLengths = (ulong)n,
                FunctionInfoCount = known.FunctionInfoCount,
                FunctionInfoRecordSize = known.FunctionInfoRecordSize,
                FunctionInfo = (ulong)f,
                LineInfoCount = known.LineInfoCount,
                LineInfoRecordSize = known.LineInfoRecordSize,
                LineInfo = (ulong)l,
                JitedLineInfoCount = known.JitedLineInfoCount,
                JitedLineInfoRecordSize = known.JitedLineInfoRecordSize,
                JitedLineInfo = (ulong)la,
            };
            KernelObjects.Fill(program, ref request);
            // A pointer that comes back as 0 is the kernel's way to say no (bpf_dump_raw_ok).
            return new ProgramCode
            {
                Translated = request.TranslatedInstructions == 0 ? [] : translated,
                Jited = request.JitedInstructions == 0 ? [] : jited,
                Addresses = request.JitedKsyms == 0 ? [] : addresses,
                Lengths = request.JitedFunctionLengths == 0 ? [] : lengths,
                Functions = request.FunctionInfo == 0 ? []
                    : Records(functions, known.FunctionInfoRecordSize, 2, words => (words[0], words[1])),
                Lines = request.LineInfo == 0 ? []
                    : Records(lines, known.LineInfoRecordSize, 4, words => (words[0], words[1], words[2], words[3])),
                LineAddresses = request.JitedLineInfo == 0 ? [] : lineAddresses,
            };
        }
    }

    private delegate T RecordReader<T>(ReadOnlySpan<uint> words);

    /// <summary>Records of the size that the kernel has them in; a newer one's are longer.</summary>
    private static T[] Records<T>(byte[] bytes, uint size, int words, RecordReader<T> read)
    {
        if (size < words * sizeof(uint))
        {
            return [];
        }
        var records = new T[bytes.Length / (int)size];
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = read(MemoryMarshal.Cast<byte, uint>(bytes.AsSpan(i * (int)size, words * sizeof(uint))));
        }
        return records;
    }
}
