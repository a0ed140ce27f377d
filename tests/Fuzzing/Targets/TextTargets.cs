using System.Text;
using BpfPS.Btf;
using BpfPS.Events;
using BpfPS.Records;
using BpfPS.Tests;
using BpfPS.Verifier;

namespace BpfPS.Fuzzing.Targets;

/// <summary>What reads text of the kernel and of users.</summary>
internal static class TextTargets
{
    /// <summary>The verifier's log, with all that an error shows of it.</summary>
    public static FuzzTarget VerifierLogs { get; } = new("verifier-log", InputForm.Text, ReadLog)
    {
        NightlyExecutions = 100_000, LongestInput = 8192,
        Seeds = () => Files("tests/BpfPS.Core.Tests/Verifier/Logs", "*.log"),
        Words = ["0: ", "7: (79) r1 = *(u64 *)(r0 +0)", " ; R0=scalar(id=1,var_off=(0x0; 0xff))", " frame1: R0=1 R10=fp0", "from 7 to 3: ",
            "(speculative execution)", "; text @ file.c:12", "caller:\n", "callee:\n", "to caller at 4:\n", "Validating f() func#1...",
            "cur state: ", "infinite loop detected at insn 3", "Verification failed: ", "Reason:", "At:", "Causal path:", "  insn 4",
            "  | ^-- error: ", "  >>> 1 | ", "processed 1 insns", "fp-8=", "arg#0", "R1 type=", " expected=", "R10", "invalid", "\u001b["],
    };

    /// <summary>A type written in C, as users and exports have it.</summary>
    public static FuzzTarget CTypes { get; } = new("c-type", InputForm.Text, ReadType)
    {
        NightlyExecutions = 100_000, LongestInput = 1024,
        Words = ["struct ", "union ", "enum ", "const ", "volatile ", "unsigned ", "signed ", "long ", "short ", "int ", "char ", "void ",
            "float ", "double ", "bool ", "__int128 ", "u8 ", "u16 ", "u32 ", "u64 ", "s64 ", "bpfps_ipv6_t ", "bpfps_mac_t ",
            "bpfps_time_t ", "__be16 ", "__attribute__((packed))", "__packed ", "{ ", " }", "; ", " a", " b", " : 3", " : 0",
            "[2]", "[16777216]", "[0]",
            "*", ", ", " = ", "0x7fffffff", "-1", "4294967296"],
    };

    /// <summary>The kernel's trace, as Watch-BpfTraceLog reads it.</summary>
    public static FuzzTarget TraceLogs { get; } = new("trace-log", InputForm.Text, ReadTrace)
    {
        NightlyExecutions = 100_000, LongestInput = 2048,
        Words = ["            bash-21380   [001] ...21  5182.285660: ", "bpf_trace_printk: ", "<stack trace>\n",
            " => bpf_prog_cddbcbed78c115bd_f\n", " => do_syscall_64\n", "CPU:1 [LOST 123 EVENTS]\n", "<...>-1", "(  21380)",
            "[000]", "d..31", "9999999999.999999999: ", "\n"],
    };

    private static void ReadLog(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var log = VerifierLog.Parse(text);
        foreach (var step in log.Path)
        {
            _ = (step.Text, step.SourceFile, step.ToString());
        }
        foreach (var register in log.Registers)
        {
            _ = (register.Type, register.Facts.Count);
        }
        var error = new BpfVerifierException("p", 13, text, log);
        _ = (error.Message, error.Remedy, log.Report?.ToString());
    }

    private static void ReadType(byte[] input)
    {
        var writer = new BtfWriter();
        var (id, size) = CTypeParser.Parse(Encoding.UTF8.GetString(input), writer);
        var types = BtfTypes.Parse(writer.ToArray());
        Require(types.SizeOf(id) == size, $"the BTF has {types.SizeOf(id)} bytes, and the parser says {size}");
        types.Describe(id);
        // An export has the definition, and an import makes a map of it.
        var definition = CDefinition.Of(types, id);
        var second = new BtfWriter();
        uint again;
        try
        {
            (again, _) = CTypeParser.Parse(definition, second);
        }
        catch (BpfException e) when (e.Message.Contains("too many members", StringComparison.Ordinal)
            || e.Message.Contains("it is too long", StringComparison.Ordinal))
        {
            return; // a definition has a struct once for each of its members, and gaps as members
        }
        catch (BpfException e)
        {
            throw new InvalidOperationException($"The definition '{definition}' is not read again: {e.Message}", e);
        }
        var (before, after) = (Layout(types, id), Layout(BtfTypes.Parse(second.ToArray()), again));
        Require(before == after, $"'{definition}' is {after}, and was written for {before}");
    }

    /// <summary>Where all is in a type, as text.</summary>
    private static string Layout(BtfTypes types, uint id) => types.Resolve(id) switch
    {
        BtfComposite composite => $"{{{string.Join(',', composite.Members.Select(member =>
            $"{member.Name}@{member.BitOffset}:{member.BitFieldSize} {Layout(types, member.Type)}"))}}}{composite.Size}",
        BtfArray array => $"{Layout(types, array.Element)}[{array.Count}]",
        var other => $"{other.Kind}{types.SizeOf(other.Id)}",
    };

    private static void ReadTrace(byte[] input)
    {
        var parser = new TraceLogParser(KernelClock.FromBootTime);
        foreach (var line in Encoding.UTF8.GetString(input).Split('\n'))
        {
            parser.Add(line);
            _ = parser.Next(isQuiet: false)?.ToString();
        }
        while (parser.Next(isQuiet: true) is not null)
        {
            // the last ones
        }
    }

    /// <summary>Fails where two parts of the engine say different things.</summary>
    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    /// <summary>The text files of a folder of the repository.</summary>
    private static IEnumerable<byte[]> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes);
}
