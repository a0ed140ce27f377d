using System.Diagnostics;
using System.Globalization;
using BpfPS.Stacks;

namespace BpfPS.Kernel.Tests.Stacks;

/// <summary>Kernel symbols against /proc/kallsyms as awk and sort read it.</summary>
public class LiveKernelSymbolsTests
{
    // Text symbols of the kernel itself, "address name", sorted by address.
    private static readonly (ulong Address, string Name)[] s_witness =
        [.. Commands.Lines("sh", "-c", "awk '$2 ~ /^[tTwW]$/ && NF == 3 { print $1, $3 }' /proc/kallsyms | LC_ALL=C sort -s -k1,1")
            .Select(line => line.Split(' '))
                .Select(fields => (ulong.Parse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), fields[1]))];

    private readonly KernelSymbols _symbols = new();

    public LiveKernelSymbolsTests() =>
        Assert.SkipWhen(s_witness.Length == 0 || s_witness[^1].Address == 0, "the kernel hides its addresses from this user");

    [Fact]
    public void Names_are_those_that_awk_finds_at_the_same_address()
    {
        var end = s_witness.First(symbol => symbol.Name == "_etext").Address;
        var random = new Random(20_231);
        var names = s_witness.ToLookup(symbol => symbol.Address, symbol => symbol.Name);
        var starts = names.Select(group => group.Key).Order().TakeWhile(address => address < end).ToArray();
        for (var i = 0; i < 2000; i++)
        {
            var index = random.Next(starts.Length - 1);
            var last = starts[index + 1] - starts[index] - 1;
            foreach (var offset in (ulong[])[0, last / 2, last])
            {
                var frame = _symbols.Resolve(starts[index] + offset);
                Assert.Contains(frame.Function, names[starts[index]]);
                Assert.Equal(offset, frame.Offset);
                Assert.Equal("vmlinux", frame.Module);
                Assert.Equal(BpfStackFrameKind.Kernel, frame.Kind);
            }
        }
    }

    [Fact]
    public void The_end_of_the_kernels_text_and_what_follows_is_no_function()
    {
        var end = s_witness.First(symbol => symbol.Name == "_etext").Address;

        Assert.NotNull(_symbols.Resolve(end).Reason);
        Assert.NotNull(_symbols.Resolve(end + 0x100).Reason);
        Assert.Null(_symbols.Resolve(end, isExact: false).Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x400000)]
    [InlineData(0xfffffffffffffffful)]
    [InlineData(0x8000000000000000ul)]
    public void Addresses_that_are_not_the_kernels_have_a_reason(ulong address)
    {
        var frame = _symbols.Resolve(address);

        Assert.Null(frame.Function);
        Assert.NotNull(frame.Reason);
    }

    [Fact]
    public void As_many_addresses_have_a_name_as_awk_counts()
    {
        var distinct = int.Parse(Commands.Run("sh", "-c",
            "awk '$2 ~ /^[tTwW]$/ && $3 != \"_etext\" && $3 != \"_einittext\" { print $1 }' /proc/kallsyms | sort -u | wc -l"),
                CultureInfo.InvariantCulture);

        // BPF programs and modules may have come or gone between the two readings.
        Assert.InRange(_symbols.Count, distinct - 200, distinct + 200);
    }

    [Fact]
    public void The_table_is_read_fast_enough_to_do_it_while_somebody_waits()
    {
        _ = new KernelSymbols().Count; // compiled now
        var watch = Stopwatch.StartNew();
        var count = new KernelSymbols().Count;
        watch.Stop();
        TestContext.Current.SendDiagnosticMessage($"{count} kernel functions in {watch.Elapsed.TotalMilliseconds:f0} ms");

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(3), $"took {watch.Elapsed}");
    }

    [Fact]
    public void A_program_that_was_loaded_after_the_table_was_read_is_found()
    {
        Assert.True(_symbols.Count > 0);
        using var program = TinyProgram.TryLoad("stacks_witness", out var why);
        Assert.SkipUnless(program is not null, why);
        var line = Commands.TryRun("grep", "_stacks_witness", "/proc/kallsyms").Output;
        Assert.SkipUnless(line.Length > 0, "this kernel does not list BPF programs (net.core.bpf_jit_kallsyms)");
        var address = ulong.Parse(line.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Thread.Sleep(1100); // the table is read again at most once a second

        var frame = _symbols.Resolve(address + 1);

        Assert.Equal("stacks_witness", frame.Function);
        Assert.Equal(BpfStackFrameKind.Bpf, frame.Kind);
        Assert.Equal("bpf", frame.Module);
        Assert.Equal(1ul, frame.Offset);
    }
}
