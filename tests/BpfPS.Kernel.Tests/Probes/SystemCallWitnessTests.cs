using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using BpfPS.Core.Tests.Support;
using BpfPS.Generation;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Probes;
using BpfPS.Tests;
using BpfPS.Tracing;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>The system calls of a program, as strace and as we see them at the same time.</summary>
public sealed partial class SystemCallWitnessTests : IClassFixture<NothingLeft>, IDisposable
{
    // strace writes the numbers of the first, and the text behind the addresses of the others.
    private static readonly string[] s_numbers =
    [
        "write", "read", "munmap", "close", "clock_nanosleep", "ioctl", "clone", "wait4", "fcntl",
        "ftruncate", "dup3", "getrandom", "pipe2", "socket", "writev",
    ];

    private static readonly string[] s_texts =
    [
        "openat", "execve", "connect", "mkdirat", "unlinkat", "pwrite64", "mmap", "mprotect", "kill", "lseek",
    ];

    private static readonly ProbeTypes s_types = new(() => KernelBtf.Kernel);

    private readonly string _folder = Directory.CreateTempSubdirectory("bpfps-calls-").FullName;

    public SystemCallWitnessTests()
    {
        Live.Require();
        Machine.RequireProgram("strace");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Strace_sees_the_same_calls_with_the_same_arguments_and_results()
    {
        var program = CProgram.Compile("Probes/calls.c");
        var (told, seen) = Watch(program);

        Assert.True(told.Count > 150, $"{told.Count} calls");
        Assert.Equal(4, told.Select(call => call.Tid).Distinct().Count());
        foreach (var thread in told.GroupBy(call => call.Tid))
        {
            var ours = seen[thread.Key];
            Assert.Equal(thread.Select(call => call.Name), ours.Select(call => Live.Get(call, "probe")!.ToString()));
            foreach (var (one, other) in thread.Zip(ours))
            {
                Compare(one, other);
            }
        }
    }

    private (IReadOnlyList<Told>, Dictionary<int, List<BpfRecord>>) Watch(string program)
    {
        var file = $"{_folder}/strace";
        var names = s_numbers.Concat(s_texts);
        var probes = new ProbeSources { SystemCalls = [.. names.Select(name => new ProbePattern(name, null))] }.Find(256);
        var request = new ProbeRequest { Rules = new PlainRules() };
        var planned = ProbeStarter.Plan(probes, ref request, out _);
        using var obj = ProbeStarter.Start(probes, request, planned, new BpfStartOptions
        {
            Targets = new BpfTargets { Commands = ["strace", CProgram.CommandOf(program), "true"] },
        });
        using var stream = new BpfEventStream(obj.Map("events"));

        Command.Output("strace", "-f", "-o", file, "-s", "256", "-e", $"trace={string.Join(',', names)}", "-e",
            $"raw={string.Join(',', s_numbers)}", program, _folder);
        var told = Parse(File.ReadLines(file));
        var events = Live.ReadAll(stream);
        Assert.Equal(0UL, stream.Lost);
        // What the first thread does before it becomes the program is strace's own.
        var seen = events.GroupBy(one => Convert.ToInt32(Live.Get(one, "tid"), CultureInfo.InvariantCulture)).ToDictionary(
            group => group.Key, group => group.SkipWhile(one => told[0].Tid == group.Key && !IsOf(one, "execve")).ToList());
        return (told, seen);
    }

    private static bool IsOf(BpfRecord record, string call) => Live.Get(record, "probe")!.ToString() == call;

    private static void Compare(Told told, BpfRecord seen)
    {
        Assert.Equal(told.Error ?? "Success", Live.Get(seen, "error")!.ToString());
        Assert.True(told.Error is not null || Raw(Live.Get(seen, "ret")!) == told.Result, told.Text);
        if (s_numbers.Contains(told.Name))
        {
            var arguments = TracepointCatalog.ReadSystemCall(told.Name, s_types).Arguments;
            for (var i = 0; i < arguments.Count && i < told.Arguments.Count; i++)
            {
                var name = arguments[i].Name;
                var value = Live.Get(seen, CommonMembers.Names.Contains(name) ? $"arg_{name}" : name)!;
                if (arguments[i].Kind is not ArgumentKind.UserNumber && value is not (string or Array or BpfStruct))
                {
                    Assert.True((Raw(value) & Mask(arguments[i])) == (Number(told.Arguments[i]) & Mask(arguments[i])),
                        $"{name} of {told.Text} is {value}");
                }
            }
        }
        switch (told.Name)
        {
            case "openat":
                Assert.Equal(told.Arguments[1], $"\"{Live.Get(seen, "filename")}\"");
                Same(told.Arguments[2], seen, "flags");
                break;
            case "mmap":
                Same(told.Arguments[2], seen, "prot");
                Same(told.Arguments[3], seen, "flags");
                break;
            case "mprotect":
                Same(told.Arguments[2], seen, "prot");
                break;
            case "kill":
                Same(told.Arguments[1], seen, "sig");
                break;
            case "lseek":
                Same(told.Arguments[2], seen, "whence");
                break;
            case "mkdirat" or "unlinkat":
                Assert.Equal(told.Arguments[1], $"\"{Live.Get(seen, "pathname")}\"");
                break;
            case "execve":
                Assert.Equal(told.Arguments[0], $"\"{Live.Get(seen, "filename")}\"");
                Assert.Equal(told.Arguments[1],
                    $"[{string.Join(", ", Live.Get<string[]>(seen, "argv").Select(argument => $"\"{argument}\""))}]");
                break;
            case "pwrite64":
                Assert.Equal(told.Arguments[1],
                    $"\"{Encoding.ASCII.GetString(Live.Get<byte[]>(seen, "buf")).Replace("\n", "\\n", StringComparison.Ordinal)}\"");
                break;
            case "read" or "getrandom" when told.Error is null: // which of the bytes are new
                Assert.Equal(Math.Min(told.Result, 64), (ulong)Live.Get<byte[]>(seen, told.Name == "read" ? "buf" : "ubuf").Length);
                break;
            case "clock_nanosleep":
                var moment = (BpfStruct)Live.Get(seen, "rqtp")!;
                Assert.Equal((0L, 1234567L), (Live.Get(moment, "tv_sec"), Live.Get(moment, "tv_nsec")));
                break;
            case "connect":
                var place = (BpfStruct)Live.Get(seen, "uservaddr")!;
                Assert.Contains($"\"{Live.Get(place, "address")}\"", told.Text, StringComparison.Ordinal);
                Assert.Contains($"htons({Live.Get(place, "port")})", told.Text, StringComparison.Ordinal);
                break;
        }
    }

    private static void Same(string told, BpfRecord seen, string member) =>
        Assert.Equal(told.Split('|').Except(["O_RDONLY"]).Order(), // which is 0
            Live.Get(seen, member)!.ToString()!.Split(", ").Except(["O_RDONLY"]).Order());

    private static ulong Mask(ProbeArgument argument) => argument.Size == sizeof(ulong) ? ulong.MaxValue
        : (1UL << (int)argument.Size * 8) - 1;

    private static ulong Raw(object value) => value switch
    {
        Enum named => Raw(Convert.ChangeType(named, named.GetTypeCode(), CultureInfo.InvariantCulture)),
        ulong or uint or ushort or byte => Convert.ToUInt64(value, CultureInfo.InvariantCulture),
        _ => unchecked((ulong)Convert.ToInt64(value, CultureInfo.InvariantCulture)),
    };

    private static ulong Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : unchecked((ulong)long.Parse(text, CultureInfo.InvariantCulture));

    /// <summary>One call as strace tells it.</summary>
    private sealed record Told(int Tid, string Name, IReadOnlyList<string> Arguments, ulong Result, string? Error, string Text);

    private static List<Told> Parse(IEnumerable<string> lines)
    {
        var calls = new List<Told>();
        var open = new Dictionary<string, string>();
        foreach (var line in lines)
        {
            var tid = line[..line.IndexOf(' ', StringComparison.Ordinal)];
            if (line.EndsWith(" <unfinished ...>", StringComparison.Ordinal))
            {
                open[tid] = line[..^" <unfinished ...>".Length];
                continue;
            }
            var whole = Resumed().Match(line) is { Success: true } rest ? open[tid] + rest.Groups["rest"].Value : line;
            if (Call().Match(whole) is { Success: true } call)
            {
                calls.Add(new(int.Parse(tid, CultureInfo.InvariantCulture), call.Groups["name"].Value,
                    [.. Comma().Split(call.Groups["arguments"].Value)], Number(call.Groups["result"].Value),
                    call.Groups["error"] is { Success: true } error ? error.Value : null, whole));
            }
        }
        return calls;
    }

    [GeneratedRegex(@"^\d+ +<\.\.\. \w+ resumed>(?<rest>.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^\d+ +(?<name>\w+)\((?<arguments>.*)\) += (?<result>-?\w+)( (?<error>E\w+) .*)?$")]
    private static partial Regex Call();

    [GeneratedRegex(@", (?![^\[{]*[\]}])")]
    private static partial Regex Comma();
}
