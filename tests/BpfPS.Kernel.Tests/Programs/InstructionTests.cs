using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using BpfPS.Instructions;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Native;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Programs;

/// <summary>The code of programs, line by line as bpftool dumps it. What bpftool is too old for, the verifier's own log shows.</summary>
public sealed partial class InstructionTests : IClassFixture<NothingLeft>
{
    public static TheoryData<string> Objects =>
        [Repository.TestProgram("runs"), Repository.TestProgram("types"), Repository.TestProgram("stacks"),
        Repository.TestProgram("burst"), Repository.Tool("execsnoop"), Repository.Tool("runqlat"), Repository.Tool("profile"),
            Repository.Tool("holders")];

    [Theory]
    [MemberData(nameof(Objects))]
    public void Instructions_are_line_by_line_what_bpftool_dumps(string path)
    {
        Live.Require();
        using var obj = BpfObjectStarter.Start(path, new BpfStartOptions { Attach = false });
        Assert.NotEmpty(obj.Programs);
        foreach (var program in obj.Programs)
        {
            var ours = BpfInstructionReader.ReadTranslated(program);
            var theirs = Bpftool.Json("prog", "dump", "xlated", "id", Bpftool.Text(program.Id)).EnumerateArray().ToArray();

            Assert.Equal(theirs.Select(line => line.GetProperty("disasm").GetString()),
                ours.Select(AsBpftoolHasIt));
            // A line of source stands at the instruction that begins it, and bpftool gives it there only.
            Assert.Equal(theirs.Select(entry =>
                entry.TryGetProperty("src", out var text) && text.GetString() is { Length: > 0 } line ? Unescaped(line.Trim()) : null),
                ours.Select(instruction => instruction.StartsLine ? Unescaped(instruction.SourceText!) : null));
            Assert.Equal(program.TranslatedSize, (uint)ours.Sum(instruction => instruction.Bytes.Length));
        }
    }

    [Fact]
    public void Bytes_are_those_that_bpftool_writes_to_a_file()
    {
        Live.Require();
        using var obj = BpfObjectStarter.Start(Repository.TestProgram("runs"), new BpfStartOptions { Attach = false });
        foreach (var program in obj.Programs)
        {
            Assert.Equal(Dump(program, "xlated"),
                BpfInstructionReader.ReadTranslated(program).SelectMany(instruction => instruction.Bytes));
        }
    }

    [Fact]
    public void Machine_code_is_what_the_kernel_gives_a_program_in_C()
    {
        Live.Require();
        using var obj = BpfObjectStarter.Start(Repository.TestProgram("runs"), new BpfStartOptions { Attach = false });
        var verdict = obj.Programs.Single(program => program.Name == "verdict");
        var pieces = BpfInstructionReader.ReadJited(verdict);

        Assert.Equal(JitedByC(verdict), pieces.SelectMany(piece => piece.Bytes));
        // Where each function lies is what /proc/kallsyms says.
        var symbols = File.ReadLines("/proc/kallsyms")
            .Where(line => line.Contains($"bpf_prog_{verdict.Tag}_verdict", StringComparison.Ordinal))
            .Select(line => Convert.ToUInt64(line.Split(' ')[0], 16));
        Assert.Contains(pieces.Single(piece => piece is { Function: "verdict", Offset: 0 }).Address, symbols);
        Assert.All(pieces, piece =>
            Assert.Equal(piece.Address, pieces.Single(first => first.Function == piece.Function && first.Offset == 0).Address
            + (ulong)piece.Offset));
    }

    [Fact]
    public void Lines_and_columns_are_those_of_the_source()
    {
        Live.Require();
        using var obj = BpfObjectStarter.Start(Repository.TestProgram("runs"), new BpfStartOptions { Attach = false });
        var source = File.ReadAllLines(Repository.TestSource("runs"));
        var verdict = obj.Programs.Single(program => program.Name == "verdict");
        var theirs = Bpftool.Json("prog", "dump", "xlated", "id", Bpftool.Text(verdict.Id), "linum").EnumerateArray().ToArray();
        var ours = BpfInstructionReader.ReadTranslated(verdict);

        // Some compilers add instructions of their own, of no line; which, the object itself says in the test after this one.
        ours = ours.Where(instruction => instruction.SourceLine is not null).ToArray();
        Assert.All(ours, instruction => Assert.Equal(source[instruction.SourceLine!.Value - 1].Trim(), instruction.SourceText));
        Assert.All(ours, instruction => Assert.EndsWith("tests/bpf/runs.bpf.c", instruction.SourceFile, StringComparison.Ordinal));
        Assert.Equal(theirs.Where(line => line.TryGetProperty("line_num", out var number) && number.GetInt32() > 0)
            .Select(line =>
            (line.GetProperty("line_num").GetInt32(), line.TryGetProperty("line_col", out var column) ? column.GetInt32() : 0)),
            ours.Where(instruction => instruction.StartsLine)
                .Select(instruction => (instruction.SourceLine!.Value, instruction.SourceColumn!.Value)));
        // The machine code is of the same lines, of the main function and of the one that it calls.
        var pieces = BpfInstructionReader.ReadJited(verdict);
        Assert.Equal(["verdict", "weigh"], pieces.Select(piece => piece.Function).Distinct());
        Assert.All(pieces.Where(piece => piece.SourceLine is not null), piece =>
            Assert.Equal(source[piece.SourceLine!.Value - 1].Trim(), piece.SourceText));
        Assert.Contains(pieces, piece => piece.SourceText == "packet[0] = 0xab;");
    }

    [Fact]
    public void Each_place_in_the_source_begins_where_the_object_file_says_it_does_and_code_of_no_line_has_none()
    {
        Live.Require();
        using var obj = BpfObjectStarter.Start(Repository.TestProgram("runs"), new BpfStartOptions { Attach = false });
        var inFile = PlacesInFile(Repository.TestProgram("runs"));
        foreach (var program in obj.Programs)
        {
            var ours = BpfInstructionReader.ReadTranslated(program);
            foreach (var function in ours.GroupBy(instruction => instruction.Function!))
            {
                var places = new List<(int Line, int Column)>();
                foreach (var instruction in function)
                {
                    if (instruction.StartsLine)
                    {
                        places.Add((instruction.SourceLine!.Value, instruction.SourceColumn!.Value));
                    }
                    else if (instruction.SourceLine is null && places is not [.., (0, 0)])
                    {
                        places.Add((0, 0));
                    }
                }
                Assert.Equal($"{function.Key}: {string.Join(' ', inFile[function.Key])}", $"{function.Key}: {string.Join(' ', places)}");
            }
        }
    }

    [Fact]
    public void Calls_and_maps_have_names()
    {
        Live.Require();
        using var obj = BpfObjectStarter.Start(Repository.TestProgram("runs"), new BpfStartOptions { Attach = false });
        BpfProgram Program(string name) => obj.Programs.Single(program => program.Name == name);
        var verdict = BpfInstructionReader.ReadTranslated(Program("verdict"));

        Assert.Contains(verdict, instruction => instruction is { Function: "verdict", Call: "weigh" });
        Assert.Contains(verdict, instruction =>
            instruction is { Function: "weigh", MapName: "seen" } && instruction.MapId == obj.Map("seen").Id);
        Assert.Contains(verdict, instruction => instruction.MapName == "runs.bss");
        Assert.Contains(BpfInstructionReader.ReadTranslated(Program("grow")), instruction => instruction.Call == "bpf_xdp_adjust_head");
        Assert.Contains(BpfInstructionReader.ReadTranslated(Program("operations")), instruction => instruction.Call == "bpf_trace_printk");
    }

    [Fact]
    public void Operations_newer_than_bpftool_read_as_in_the_log_of_the_verifier()
    {
        Live.Require();
        (byte Code, byte Registers, short Offset, int Immediate)[] program =
        [
            (0xb7, 0x01, 0, 300), // r1 = 300
            (0xbf, 0x12, 8, 0), // r2 = (s8)r1
            (0xbf, 0x13, 16, 0),
            (0xbf, 0x14, 32, 0),
            (0xbc, 0x15, 8, 0), // w5 = (s8)w1
            (0xd7, 0x01, 0, 16), // bswap
            (0xd7, 0x01, 0, 32),
            (0xd7, 0x01, 0, 64),
            (0xdc, 0x01, 0, 32), // be
            (0xd4, 0x01, 0, 16), // le
            (0x3f, 0x21, 1, 0), // s/=
            (0x97, 0x01, 1, 7), // s%=
            (0x34, 0x01, 1, 7), // w s/=
            (0x7b, 0x1a, -8, 0), // *(u64 *)(r10 -8) = r1
            (0x91, 0xa2, -8, 0), // s8
            (0x89, 0xa2, -8, 0), // s16
            (0x81, 0xa2, -8, 0), // s32
            (0xdb, 0x2a, -8, 0x40), // lock |=
            (0xdb, 0x2a, -8, 0x50),
            (0xdb, 0x2a, -8, 0xa0),
            (0xc3, 0x2a, -8, 0x00),
            (0xdb, 0xa2, -8, 0x100), // load_acquire
            (0xdb, 0x2a, -8, 0x110), // store_release
            (0x06, 0x00, 0, 0), // gotol
            (0xe5, 0x00, 0, 0), // may_goto
            (0xb7, 0x00, 0, 0),
            (0x18, 0x01, 0, unchecked((int)0xdeadbeef)),
            (0x00, 0x00, 0, 0x12345678),
            (0xa6, 0x01, 1, -2), // if w1 < 0xfffffffe
            (0x05, 0x00, 0, 0),
            (0x7a, 0x0a, -8, -9), // *(u64 *)(r10 -8) = -9
            (0x95, 0x00, 0, 0),
        ];
        var bytes = new byte[program.Length * 8];
        for (var i = 0; i < program.Length; i++)
        {
            (bytes[8 * i], bytes[8 * i + 1]) = (program[i].Code, program[i].Registers);
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(8 * i + 2), program[i].Offset);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8 * i + 4), program[i].Immediate);
        }
        var log = VerifierLogOf(bytes);
        var theirs = LogLine().Matches(log)
            .Select(match => (Index: int.Parse(match.Groups[1].Value, null), Text: match.Groups[2].Value.Trim()))
            .DistinctBy(line => line.Index).ToDictionary(line => line.Index, line => line.Text);
        Machine.Require(theirs.Count > 20, $"this kernel is too old for these operations: {log}");

        var raw = RawInstruction.ReadAll(bytes);
        var disassembler = new Disassembler(_ => null, _ => null);
        foreach (var (index, text) in theirs)
        {
            Assert.Equal(text, disassembler.Text(raw[index], index + 1 < raw.Length ? raw[index + 1] : default));
        }
    }

    /// <summary>
    /// Where the code of each function begins another place in the source, in the order of the code; line and column are 0 for
    /// code of no line.
    /// </summary>
    private static Dictionary<string, List<(int Line, int Column)>> PlacesInFile(string path)
    {
        Machine.Require(File.Exists("/usr/include/bpf/btf.h"), "libbpf's headers (libbpf-dev) are not installed");
        var words = Command.Output(CProgram.Compile("Programs/object_lines.c", "-lbpf"), path)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToArray();
        int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
        var functions = words.Where(word => word[0] == "function")
            .Select(word => (Section: word[1], Offset: Number(word[2]), Name: word[3])).ToArray();
        var places = functions.ToDictionary(function => function.Name, _ => new List<(int Line, int Column)>());
        foreach (var word in words.Where(word => word[0] == "line"))
        {
            var (section, offset, line) = (word[1], Number(word[2]), Number(word[3]));
            var list = places[functions.Where(function => function.Section == section && function.Offset <= offset)
                .MaxBy(function => function.Offset).Name];
            var place = line == 0 ? (0, 0) : (line, Number(word[4]));
            if (line != 0 || list is not [.., (0, 0)])
            {
                list.Add(place);
            }
        }
        return places;
    }

    /// <summary>
    /// bpftool knows per-CPU addresses (since Linux 6.10) since 7.5. Older ones take them for a plain move, from which only the offset
    /// -1 tells them.
    /// </summary>
    private static string AsBpftoolHasIt(BpfInstruction instruction) =>
        Bpftool.Version >= new Version(7, 5) || BinaryPrimitives.ReadInt16LittleEndian(instruction.Bytes.AsSpan(2)) != -1
            ? instruction.Text : PerCpuAddress().Replace(instruction.Text, "$1");

    /// <summary>
    /// bpftool 7.1 writes a backslash into its JSON as it stands, which is another character then: what comes before it is
    /// compared.
    /// </summary>
    private static string Unescaped(string line) => line.Split('\\', '\n')[0];

    /// <summary>What libbpf hands to a C program: bpftool needs a disassembler that it is not always built with.</summary>
    private static byte[] JitedByC(BpfProgram program)
    {
        Machine.RequireProgram("gcc");
        var folder = Directory.CreateTempSubdirectory("bpfps-test-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "jited.c"), """
                #include <bpf/bpf.h>
                #include <stdio.h>
                #include <stdlib.h>
                static unsigned char code[1 << 20];
                int main(int argc, char **argv)
                {
                    struct bpf_prog_info info = {};
                    unsigned int length = sizeof(info);
                    info.jited_prog_len = sizeof(code);
                    info.jited_prog_insns = (unsigned long)code;
                    if (argc != 2 || bpf_obj_get_info_by_fd(bpf_prog_get_fd_by_id(atoi(argv[1])), &info, &length))
                        return 1;
                    for (unsigned int i = 0; i < info.jited_prog_len; i++)
                        printf("%02x", code[i]);
                    return 0;
                }
                """);
            Command.Output("gcc", "-o", Path.Combine(folder, "jited"), Path.Combine(folder, "jited.c"), "-lbpf");
            return Convert.FromHexString(Command.Output(Path.Combine(folder, "jited"), Bpftool.Text(program.Id)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static byte[] Dump(BpfProgram program, string what)
    {
        var file = Path.GetTempFileName();
        try
        {
            Bpftool.Run("prog", "dump", what, "id", Bpftool.Text(program.Id), "file", file);
            return File.ReadAllBytes(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static unsafe string VerifierLogOf(byte[] bytes)
    {
        const int LogSize = 1 << 16;
        var log = new byte[LogSize];
        fixed (byte* code = bytes, buffer = log)
        {
            var options = new ProgramLoadOptions { Size = (nuint)sizeof(ProgramLoadOptions), LogLevel = 2, LogSize = LogSize,
                LogBuffer = (nint)buffer };
            var result = LibBpf.bpf_prog_load(1, null, "GPL", (ulong*)code, (nuint)(bytes.Length / 8), &options);
            if (result >= 0)
            {
                new FileDescriptor(result).Dispose();
            }
            return Marshal.PtrToStringUTF8((nint)buffer) ?? "";
        }
    }

    [GeneratedRegex(@"&\(void __percpu \*\)\((r\d+)\)")]
    private static partial Regex PerCpuAddress();

    [GeneratedRegex(@"^(\d+): (\([0-9a-f]{2}\) [^;\n]+)", RegexOptions.Multiline)]
    private static partial Regex LogLine();
}
