using System.Text.RegularExpressions;
using BpfPS.Kernel.Tests.Links;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Proving;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Tools;

/// <summary>What a program with bpfps_targets.h is restricted to. The witness is which process opened which file.</summary>
public sealed partial class TargetTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bpfps-targets-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_command_is_meant_by_its_name()
    {
        Live.Require();
        using var tool = Start(new BpfTargets { Commands = ["cat", "tail"] });

        Assert.Equal(["cat", "tail"], Opened(tool, "cat $1/cat; head $1/head; tail $1/tail"));
    }

    [Fact]
    public void A_process_is_meant_alone_or_with_its_children()
    {
        Live.Require();
        const string Script = "read go; : <$1/own; cat $1/child; sh -c 'cat $1/grandchild; :' sh $1";
        Make(Script);
        foreach (var includeChildren in new[] { false, true })
        {
            using var shell = ProofRun.Begin(Script, _folder);
            using var tool = Start(new BpfTargets { Processes = [(uint)shell.Id], IncludeChildren = includeChildren });
            shell.StandardInput.WriteLine();
            shell.WaitForExit();

            Assert.Equal(includeChildren ? ["child", "grandchild", "own"] : ["own"], Opened(tool, ":"));
        }
    }

    [Fact]
    public void A_process_that_has_ended_is_no_target_any_more()
    {
        Live.Require();
        using var shell = ProofRun.Begin("read go");
        using var tool = Start(new BpfTargets { Processes = [(uint)shell.Id], IncludeChildren = true });
        Assert.Single(Targets(tool));
        shell.StandardInput.WriteLine();
        shell.WaitForExit();

        Assert.True(SpinWait.SpinUntil(() => Targets(tool).Count == 0, TimeSpan.FromSeconds(5)), "its entry is still in the map");
    }

    [Fact]
    public void A_user_is_meant_by_id()
    {
        Live.Require();
        Machine.RequireProgram("setpriv");
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        using var tool = Start(new BpfTargets { Users = [65534] });

        Assert.Equal(["nobody"], Opened(tool, "cat $1/root; setpriv --reuid 65534 --clear-groups cat $1/nobody"));
    }

    [Fact]
    public void A_cgroup_is_meant_with_those_below_it()
    {
        Live.Require();
        using var cgroup = new TestCgroup();
        var inner = Directory.CreateDirectory(Path.Combine(cgroup.Path, "inner")).FullName;
        using var tool = Start(new BpfTargets { Cgroups = [cgroup.Path] });
        const string Script = "cat $1/outside; echo 0 >$2/cgroup.procs; cat $1/in; echo 0 >$2/inner/cgroup.procs; cat $1/below";
        try
        {
            Assert.Equal(["below", "in"], Opened(tool, Script, cgroup.Path));
        }
        finally
        {
            Directory.Delete(inner);
        }
    }

    [Fact]
    public void Of_each_kind_one_has_to_fit()
    {
        Live.Require();
        using var tool = Start(new BpfTargets { Commands = ["cat"], Users = [65534] });

        Assert.Empty(Opened(tool, "cat $1/root"));
    }

    [Fact]
    public void Targets_change_while_it_runs()
    {
        Live.Require();
        using var tool = Start(new BpfTargets { Commands = ["cat"], Users = [0] });
        Assert.Equal(["one"], Opened(tool, "cat $1/one; head $1/two"));
        tool.Restrict(new BpfTargets { Commands = ["head"] });
        Assert.Equal(["four"], Opened(tool, "cat $1/three; head $1/four"));
        tool.Restrict(new BpfTargets());
        Assert.Equal(["five", "six"], Opened(tool, "cat $1/five; head $1/six"));
        Assert.Empty(Targets(tool));
    }

    [Fact]
    public void What_is_not_there_is_an_error_and_nothing_is_left()
    {
        Live.Require();
        Assert.Equal(BpfErrorKind.NotFound, Failure(new BpfTargets { Processes = [int.MaxValue] }).Kind);
        Assert.Equal(BpfErrorKind.NotFound, Failure(new BpfTargets { Cgroups = ["no/such/cgroup"] }).Kind);
        Assert.Equal(BpfErrorKind.NotFound, Failure(new BpfTargets { Cgroups = ["/etc"] }).Kind);
        var error = Assert.Throws<BpfException>(() => BpfObjectStarter.Start(Repository.TestProgram("burst"),
            new BpfStartOptions { Targets = new BpfTargets { Commands = ["cat"] } }));
        Assert.Equal((BpfErrorKind.NotSupported, BpfAdvice.FilterEvents), (error.Kind, error.Advised!.Advice));
    }

    private static BpfException Failure(BpfTargets targets) => Assert.Throws<BpfException>(() => Start(targets).Dispose());

    private static BpfObject Start(BpfTargets targets) =>
        BpfObjectStarter.Start(Repository.Tool("opensnoop"), new BpfStartOptions { Targets = targets });

    private static List<System.Text.Json.JsonElement> Targets(BpfObject tool) =>
        [.. Bpftool.Json("map", "dump", "id", $"{tool.Map("bpfps_targets").Id}").EnumerateArray()];

    /// <summary>The files in the folder that a script opened and the tool reported, by name.</summary>
    private List<string> Opened(BpfObject tool, string script, params string[] arguments)
    {
        Make(script);
        using var stream = new BpfEventStream(tool.Map("events"));
        using (var shell = ProofRun.Begin(script, [_folder, .. arguments]))
        {
            shell.WaitForExit();
        }
        return [.. Live.ReadAll(stream).Where(record => Live.Get<uint>(record, "pid") != (uint)Environment.ProcessId)
            .Select(record => Live.Get<string>(record, "path"))
            .Where(path => path.StartsWith(_folder, StringComparison.Ordinal) && path != _folder).Select(path => Path.GetFileName(path)!)
            .Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Makes the files that a script opens.</summary>
    private void Make(string script)
    {
        foreach (Match name in FileName().Matches(script))
        {
            File.WriteAllText(Path.Combine(_folder, name.Groups[1].Value), "");
        }
    }

    [GeneratedRegex(@"\$1/(\w+)")]
    private static partial Regex FileName();
}
