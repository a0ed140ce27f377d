using System.Globalization;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Probes;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>
/// How much of what can be traced on this kernel is typed wholly, in part or not at all. The test's output has the table, and what is
/// missing, line by line.
/// </summary>
public class TypedArgumentTests
{
    private readonly ITestOutputHelper _output;
    private readonly List<string> _missing = [];

    public TypedArgumentTests(ITestOutputHelper output)
    {
        Live.Require();
        _output = output;
    }

    [Fact]
    public void Nearly_everything_is_typed()
    {
        var types = new ProbeTypes(() => KernelBtf.Kernel);
        var tracepoints = new Tally();
        var calls = new Tally();
        var prototypes = new Tally();
        var functions = new Tally();
        foreach (var format in TracepointCatalog.Names().Select(TracepointCatalog.Read))
        {
            Count(tracepoints, $"{format.Subsystem}:{format.Name}", TracepointArguments.Of(format, types));
        }
        foreach (var call in TracepointCatalog.SystemCalls().Select(name => TracepointCatalog.ReadSystemCall(name, types)))
        {
            Count(calls, call.Name, [.. call.Arguments, call.Result]);
        }
        foreach (var name in types.Typedefs.Keys.Where(name => name.StartsWith("btf_trace_", StringComparison.Ordinal)))
        {
            if (TracepointSource.Prototype(name["btf_trace_".Length..], types) is { } prototype)
            {
                Count(prototypes, name, FunctionArguments.Of(prototype, types, skipped: 1));
            }
        }
        foreach (var (name, function) in types.Functions)
        {
            if (types.All[function.Target] is BtfFunctionPrototype prototype)
            {
                Count(functions, name, [.. FunctionArguments.Of(prototype, types),
                    .. FunctionArguments.Result(prototype, types) is { } result ? [result] : Array.Empty<ProbeArgument>()]);
            }
        }

        _output.WriteLine("what                     wholly  in part  not at all | arguments wholly  in part  not at all");
        Write("tracepoints (tracefs)", tracepoints);
        Write("system calls", calls);
        Write("tracepoints (BTF)", prototypes);
        Write("functions (BTF)", functions);
        _missing.ForEach(_output.WriteLine);
        AssertNearlyAll(tracepoints, 95);
        AssertNearlyAll(calls, 99);
        AssertNearlyAll(prototypes, 90);
        AssertNearlyAll(functions, 95);

        void Write(string what, Tally tally) => _output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-24} {tally.Probes[0],6} {tally.Probes[1],8} {tally.Probes[2],11} | {tally.Arguments[0],16} {tally.Arguments[1],8} "
            + $"{tally.Arguments[2],11}"));
    }

    private static void AssertNearlyAll(Tally tally, int percent) =>
        Assert.True(tally.Probes.Sum() > 100 && tally.Probes[0] * 100 >= tally.Probes.Sum() * percent, string.Join(' ', tally.Probes));

    private void Count(Tally tally, string name, IReadOnlyList<ProbeArgument> arguments)
    {
        // In part: the number is there, and some of its names are not; or an address of what has no type.
        var parts = arguments.Select(argument => argument.Kind == ArgumentKind.Opaque ? 2 : argument.Missing is null ? 0 : 1).ToArray();
        foreach (var (argument, part) in arguments.Zip(parts))
        {
            tally.Arguments[part]++;
            if (part > 0 && _missing.Count < 200)
            {
                _missing.Add($"{name}: {argument.TypeText} {argument.Name}: {argument.Missing ?? "no way to read it"}");
            }
        }
        tally.Probes[Array.TrueForAll(parts, part => part == 0) ? 0 : Array.Exists(parts, part => part < 2) ? 1 : 2]++;
    }

    private sealed class Tally
    {
        public int[] Probes { get; } = new int[3];

        public int[] Arguments { get; } = new int[3];
    }
}
