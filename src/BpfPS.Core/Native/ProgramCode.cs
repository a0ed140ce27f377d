using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Everything that bpf_obj_get_info_by_fd returns about a program's code. Parts that the kernel hides are empty.</summary>
internal sealed unsafe class ProgramCode
{
    /// <summary>The instructions after the verifier's changes, eight bytes each.</summary>
    public byte[] Translated { get; private init; } = [];

    /// <summary>The machine code of all functions, one after the other.</summary>
    public byte[] Jited { get; private init; } = [];

    /// <summary>The address of each function's machine code.</summary>
    public ulong[] Addresses { get; private init; } = [];

    /// <summary>The size of each function's machine code.</summary>
    public uint[] Lengths { get; private init; } = [];

    /// <summary>The first instruction and the BTF type of each function.</summary>
    public (uint Instruction, uint TypeId)[] Functions { get; private init; } = [];

    /// <summary>
    /// The start of each line: the instruction, the offsets of the file name and the text in BTF's strings, and line and column in one
    /// number.
    /// </summary>
    public (uint Instruction, uint File, uint Text, uint Place)[] Lines { get; private init; } = [];

    /// <summary>The start of each of <see cref="Lines"/> in the machine code.</summary>
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
            // The kernel sets the pointer of hidden data to 0 (bpf_dump_raw_ok).
            return new ProgramCode
            {
                Translated = request.TranslatedInstructions == 0 ? [] : translated,
                Jited = request.JitedInstructions == 0 ? [] : jited,
                Addresses = request.JitedKsyms == 0 ? [] : addresses,
                Lengths = request.JitedFunctionLengths == 0 ? [] : lengths,
                Functions = request.FunctionInfo == 0
                    ? []
                    : Records(functions, known.FunctionInfoRecordSize, 2, words => (words[0], words[1])),
                Lines = request.LineInfo == 0
                    ? []
                    : Records(lines, known.LineInfoRecordSize, 4, words => (words[0], words[1], words[2], words[3])),
                LineAddresses = request.JitedLineInfo == 0 ? [] : lineAddresses,
            };
        }
    }

    private delegate T RecordReader<T>(ReadOnlySpan<uint> words);

    /// <summary>Reads records with the kernel's record size; newer kernels may have longer records.</summary>
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
