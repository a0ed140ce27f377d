using System.Diagnostics;
using System.Text;
using BpfPS.Verifier;

namespace BpfPS.Core.Tests.Verifier;

/// <summary>Any text is a log: nothing throws, and nothing takes longer than its length allows.</summary>
public class VerifierFuzzTests
{
    private static readonly string[] s_pieces =
    [
        "\n", "0: ", "7: (79) r1 = *(u64 *)(r0 +0)", " ; R0=scalar(id=1,var_off=(0x0; 0xff))", " 8: frame1: R0=1 R10=fp0",
            "from 7 to 3: R0=0", "from 3 to 9 (speculative execution): R0=0",
        "; text @ file.c:12", "; @ :0", "caller:\n R6=0", "callee:\n frame1: R1=0", "to caller at 4:\n R0=1", "Validating f() func#1...",
            "cur state: R0=1", "infinite loop detected at insn 3",
        "Verification failed: A: B", "Reason:", "At:", "Causal path:", "  insn 4", "  f @ a.c:1:2", "  >>> 1 | x >>> 2 | (95) exit",
            "  | ^-- error: y", "  | z", "Instruction context:", "processed 1 insns",
        "R99=1", "R=", "frame", "frame9: R0=1", "fp-99999999999=", "(((((", ")))))", "99999999999: (95) exit", "arg#4",
            "off=-99999999999 invalid write to stack", "\0", "\u001b[2J", "\ud800", "=", ":", "@",
    ];

    [Fact]
    public void Random_pieces_of_logs_never_throw()
    {
        var random = new Random(20261125);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new StringBuilder();
            for (var pieces = random.Next(30); pieces > 0; pieces--)
            {
                text.Append(s_pieces[random.Next(s_pieces.Length)]);
                if (random.Next(3) > 0)
                {
                    text.Append('\n');
                }
            }
            Read(text.ToString());
        }
    }

    [Fact]
    public void Mutated_real_logs_never_throw()
    {
        var random = new Random(42);
        foreach (var name in VerifierLogFile.Names)
        {
            var log = VerifierLogFile.Read(name).ToCharArray();
            for (var round = 0; round < 300; round++)
            {
                var mutated = (char[])log.Clone();
                for (var changes = random.Next(1, 20); changes > 0; changes--)
                {
                    mutated[random.Next(mutated.Length)] = random.Next(4) switch { 0 => '\n', 1 => (char)random.Next(0x10000), 2 =>
                        '(', _ => (char)random.Next(' ', 0x7f) };
                }
                var start = random.Next(mutated.Length / 2);
                Read(new string(mutated, start, random.Next(mutated.Length - start)));
            }
        }
    }

    public static TheoryData<string> Units =>
    [
        "7: (79) r0 = 1 ; R0=1\nfrom 7 to 9: R0=1\n", "7: (79) r1 = *(u64 *)(r0 +0) ; R0=scalar(id=1,var_off=(0x0; 0xff))",
            "from 7 to 3: R0=0", "from 1 to ", "; text @ file.c:12",
        "  f @ a.c:1:2\n  | ^-- error: x\n", "  >>> 1 | x >>> 2 | (95) exit", "  | z", "Reason:", "processed 1 insns", "(((((", "bpf_xx",
            "R1 type=x expected", "infinite loop detected at insn 3", "\n",
    ];

    [Theory]
    [MemberData(nameof(Units))]
    public void Sixteen_MiB_of_anything_are_read_in_seconds(string unit)
    {
        // Each unit on lines of its own, and all in one line: what is not linear takes minutes with one of them.
        foreach (var separator in new[] { "\n", "" })
        {
            foreach (var head in new[] { "", "Verification failed: A: B\n\nAt:\n" })
            {
                var text = new StringBuilder(head, 16 << 20);
                while (text.Length < 16 << 20)
                {
                    text.Append(unit).Append(separator);
                }
                var watch = Stopwatch.StartNew();
                Read(text.ToString());
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed} for '{unit}'");
            }
        }
    }

    private static void Read(string text)
    {
        var log = VerifierLog.Parse(text);
        foreach (var step in log.Path)
        {
            _ = (step.Text, step.SourceFile);
        }
        foreach (var register in log.Registers)
        {
            _ = (register.Type, register.Facts.Count);
        }
        var error = new BpfVerifierException("p", 13, text, log);
        Assert.NotNull(error.Message);
        Assert.Equal(log.Hint, error.Hint);
    }
}
