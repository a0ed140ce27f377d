using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Probes;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>The tracepoints of the running kernel against what tracefs says to other programs.</summary>
public class LiveTracepointTests
{
    private static readonly ProbeTypes s_types = new(() => KernelBtf.Kernel);

    private readonly ITestOutputHelper _output;

    public LiveTracepointTests(ITestOutputHelper output)
    {
        Live.Require();
        _output = output;
    }

    [Fact]
    public void Every_tracepoint_and_system_call_can_be_read_and_most_are_typed_wholly()
    {
        var table = new Dictionary<string, int[]>();
        var rows = new List<string>();
        foreach (var name in TracepointCatalog.Names().Where(name => !name.StartsWith("syscalls:", StringComparison.Ordinal)))
        {
            Count("tracepoints", name, TracepointArguments.Of(TracepointCatalog.Read(name), s_types));
        }
        foreach (var name in TracepointCatalog.SystemCalls())
        {
            var call = TracepointCatalog.ReadSystemCall(name, s_types);
            Count("system calls", name, [.. call.Arguments, call.Result]);
        }
        foreach (var (kind, counts) in table)
        {
            _output.WriteLine($"{kind}: {counts[0]} whole, {counts[1]} in part, {counts[2]} not at all; arguments {counts[3]}, "
                + $"{counts[4]}, {counts[5]}");
        }
        rows.ForEach(_output.WriteLine);

        void Count(string kind, string name, IReadOnlyList<ProbeArgument> arguments)
        {
            var counts = table.TryGetValue(kind, out var known) ? known : table[kind] = new int[6];
            var parts = arguments.Select(argument => argument.Kind == ArgumentKind.Opaque ? 2 : argument.Missing is null ? 0 : 1).ToArray();
            foreach (var (argument, part) in arguments.Zip(parts))
            {
                counts[3 + part]++;
                if (part > 0)
                {
                    rows.Add($"{name} {argument.Name} {argument.TypeText} {argument.Size} {argument.Missing}");
                }
            }
            counts[parts.All(part => part == 0) ? 0 : parts.Any(part => part != 2) ? 1 : 2]++;
        }
    }
}
