using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Instructions;
using BpfPS.Native;
using BpfPS.Stacks;

namespace BpfPS;

/// <summary>Reads the code of a program in the kernel.</summary>
public static class BpfInstructionReader
{
    private const string HelperPrefix = "BPF_FUNC_";

    // enum bpf_func_id: the names of helpers by number.
    private static readonly Lazy<Dictionary<long, string>> s_helpers = new(() =>
    {
        var names = new Dictionary<long, string>();
        foreach (var (name, number) in KernelBtf.Kernel.Find<BtfEnum>("bpf_func_id")?.Values ?? [])
        {
            if (name.StartsWith(HelperPrefix, StringComparison.Ordinal))
            {
                names.TryAdd(number, $"bpf_{name[HelperPrefix.Length..]}");
            }
        }
        return names;
    });

    /// <summary>The instructions after the verifier's changes: without dead code, with rewritten accesses and resolved calls.</summary>
    /// <param name="program">A loaded program.</param>
    /// <exception cref="BpfException">The program no longer exists, the kernel hides its code, or the user has no permission.</exception>
    public static IReadOnlyList<BpfInstruction> ReadTranslated(BpfProgram program)
    {
        var code = ReadCode(program);
        if (code.Translated.Length == 0)
        {
            throw Hidden(program, "translated");
        }
        var raw = RawInstruction.ReadAll(code.Translated);
        var source = new ProgramSource(code, program.BtfId);
        var names = KernelFunctionNames.Read(start => raw.Where(IsCall).Select(instruction => Target(instruction, code, start)));
        var disassembler = new Disassembler(
            instruction => instruction.Source != 1
                ? NameOfHelper(instruction, code, names)
                : Invariant($"{instruction.Offset:+0;-0;+0}{NameOfFunction(instruction, code, names)}"),
            number => s_helpers.Value.GetValueOrDefault(number) is { } name && name != "bpf___BPF_FUNC_MAX_ID" ? name : null);
        var maps = program.MapIds.Zip(program.MapNames).ToDictionary(map => map.First, map => map.Second);
        var all = new List<BpfInstruction>(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            var (instruction, index) = (raw[i], i);
            var isWide = instruction.Code == RawInstruction.LoadWide && i + 1 < raw.Length;
            var line = source.LineAt(i);
            var place = source.Place(line);
            uint? map = isWide && instruction.Source is 1 or 2 ? (uint)instruction.Immediate : null;
            all.Add(new BpfInstruction
            {
                Index = index,
                Text = disassembler.Text(instruction, isWide ? raw[i + 1] : default),
                Bytes = code.Translated.AsSpan(i * RawInstruction.Size, isWide ? 2 * RawInstruction.Size : RawInstruction.Size).ToArray(),
                Function = source.FunctionAt(i),
                Call = IsCall(instruction) ? NameOfCall(instruction, code, source, names) : null,
                MapId = map,
                MapName = map is { } id && maps.GetValueOrDefault(id) is { Length: > 0 } name ? name : null,
                SourceFile = place?.File,
                SourceLine = place?.Line,
                SourceColumn = place?.Column,
                SourceText = place?.Text,
                StartsLine = place is not null && code.Lines[line].Instruction == i,
            });
            i += isWide ? 1 : 0;
        }
        return all;
    }

    /// <summary>The machine code of the program, in one piece per source line.</summary>
    /// <param name="program">A loaded program.</param>
    /// <exception cref="BpfException">The program no longer exists, is interpreted, or its code is hidden from the user.</exception>
    public static IReadOnlyList<BpfJitedCode> ReadJited(BpfProgram program)
    {
        var code = ReadCode(program);
        if (program.JitedSize == 0)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"Program '{VisibleText.Escape(program.Name)}' has no machine code, because it is interpreted.",
                BpfRemedy.With($"Turn the JIT compiler on (sysctl net.core.bpf_jit_enable=1) and load the program again, or "
                    + $"remove {BpfOption.Jited}."));
        }
        if (code.Jited.Length == 0 || code.Addresses.Length == 0)
        {
            throw Hidden(program, "machine");
        }
        var source = new ProgramSource(code, program.BtfId);
        var all = new List<BpfJitedCode>();
        var at = 0;
        for (var function = 0; function < code.Addresses.Length; function++)
        {
            var start = code.Addresses[function];
            var length = code.Lengths.Length == code.Addresses.Length ? (int)code.Lengths[function] : code.Jited.Length;
            if (length > code.Jited.Length - at)
            {
                break;
            }
            // Lines and addresses are both in the order of the instructions. A line without any code has the address of the next
            // line.
            var begins = Enumerable.Range(0, code.LineAddresses.Length).Select(line => (Line: line, At: code.LineAddresses[line] - start))
                .Where(entry => entry.At < (ulong)length).GroupBy(entry => (int)entry.At)
                    .Select(group => (At: group.Key, Line: group.Last().Line)).OrderBy(entry => entry.At).ToList();
            if (begins is [] || begins[0].At > 0)
            {
                begins.Insert(0, (0, -1));
            }
            for (var i = 0; i < begins.Count; i++)
            {
                var (offset, line) = begins[i];
                var end = i + 1 < begins.Count ? begins[i + 1].At : length;
                var place = source.Place(line);
                all.Add(new BpfJitedCode
                {
                    Index = all.Count,
                    Address = start + (ulong)offset,
                    Offset = offset,
                    Bytes = code.Jited.AsSpan(at + offset, end - offset).ToArray(),
                    Function = source.Function(function),
                    SourceFile = place?.File,
                    SourceLine = place?.Line,
                    SourceColumn = place?.Column,
                    SourceText = place?.Text,
                });
            }
            at += length;
        }
        return all;
    }

    private static ProgramCode ReadCode(BpfProgram program)
    {
        LibBpfLibrary.Require();
        using var fd = KernelObjects.OpenProgram(program.Id);
        return ProgramCode.Read(fd);
    }

    private static bool IsCall(RawInstruction instruction) => instruction.Code == RawInstruction.Call;

    /// <summary>The target of a call: a function of the program by number, or a distance from the kernel's base address.</summary>
    private static ulong Target(RawInstruction instruction, ProgramCode code, ulong callBase) =>
        instruction.Source == 1 && (uint)instruction.Immediate < (uint)code.Addresses.Length
        ? code.Addresses[instruction.Immediate]
        : callBase == 0 ? 0 : callBase + (ulong)(long)instruction.Immediate;

    /// <summary>A function of the program as bpftool writes it: "#" and its kernel symbol. Interpreted functions have none.</summary>
    private static string NameOfFunction(RawInstruction instruction, ProgramCode code, KernelFunctionNames names)
    {
        var target = Target(instruction, code, names.CallBase);
        return code.Addresses.Length == 0 ? "" : $"#{names.Find(target) ?? Invariant($"0x{target:x}")}";
    }

    private static string NameOfHelper(RawInstruction instruction, ProgramCode code, KernelFunctionNames names)
    {
        var target = Target(instruction, code, names.CallBase);
        return names.Find(target) ?? Invariant($"0x{target:x}");
    }

    private static string? NameOfCall(RawInstruction instruction, ProgramCode code, ProgramSource source, KernelFunctionNames names)
    {
        if (instruction.Source == 0 && instruction.Immediate > 0 && s_helpers.Value.GetValueOrDefault(instruction.Immediate) is { } helper)
        {
            return helper;
        }
        if (instruction.Source == 1 && source.Function(instruction.Immediate) is { } function)
        {
            return function;
        }
        return names.Find(Target(instruction, code, names.CallBase)) is { } name ? KernelSymbols.BpfProgramName(name) : null;
    }

    private static BpfException Hidden(BpfProgram program, string what) => new(BpfErrorKind.PermissionDenied,
        $"The kernel hides the {what} code of '{VisibleText.Escape(program.Name)}' from this process.",
        "Run as root, and set kernel.kptr_restrict to 0 or 1.");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
