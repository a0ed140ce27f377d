using System.Diagnostics;
using System.Globalization;
using BpfPS.Core.Tests.Support;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tracing;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>Probes that are traced while probed.c, or anything else, runs.</summary>
internal sealed class ProbeRun : IDisposable
{
    private readonly BpfObject _object;

    /// <summary>Starts to trace.</summary>
    public ProbeRun(ProbeSources sources, ProbeRequest? request = null, BpfTargets? targets = null)
    {
        request ??= Request();
        var probes = sources.Find(request.TextBytes);
        var planned = ProbeStarter.Plan(probes, ref request, out _);
        _object = ProbeStarter.Start(probes, request, planned, new BpfStartOptions { Targets = targets ?? new() });
        Stream = new BpfEventStream(_object.Map("events"));
    }

    public BpfEventStream Stream { get; }

    public BpfMap Stacks => _object.Map("stacks");

    /// <summary>All members, or those that an expression looks at.</summary>
    public static ProbeRequest Request(ExpressionNode? filter = null, params string[] members) => new()
    {
        Rules = new PlainRules(), Filter = filter,
        Properties = members.Length == 0 ? null : [.. members.Select(name => new NamedExpression(name, Member(name)))],
    };

    public static MemberNode Member(string name) => new(new RecordNode("$_"), name, $"$_.{name}");

    public static ProbePattern Named(string text) => new(text, null);

    /// <summary>What probed.c sends in so many rounds, which begin when everything is attached.</summary>
    public static List<BpfRecord> Events(string program, int rounds, ProbeSources sources, ProbeRequest? request = null)
    {
        using var probed = Start(program, rounds);
        using var run = new ProbeRun(sources, request, new BpfTargets { Processes = [(uint)probed.Id] });
        Finish(probed);
        return Live.ReadAll(run.Stream);
    }

    /// <summary>Starts probed.c, which waits for its rounds.</summary>
    public static Process Start(string program, int rounds)
    {
        var process = Process.Start(new ProcessStartInfo(program, [rounds.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        Assert.Equal("ready", process.StandardOutput.ReadLine());
        return process;
    }

    /// <summary>Lets it do its rounds.</summary>
    public static void Finish(Process probed)
    {
        probed.StandardInput.WriteLine();
        probed.StandardInput.Close();
        Assert.True(probed.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(0, probed.ExitCode);
    }

    public void Dispose()
    {
        Stream.Dispose();
        _object.Dispose();
    }
}
