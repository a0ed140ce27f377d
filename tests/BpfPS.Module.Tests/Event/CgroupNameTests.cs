using System.Diagnostics;

namespace BpfPS.Module.Tests.Event;

/// <summary>The units and containers of events, from cgroups with the names that systemd and Docker give them.</summary>
public sealed class CgroupNameTests : KernelTest
{
    private const string Unit = "bpfps-test-web.service";

    private static readonly string s_container = string.Concat(Enumerable.Repeat("fedcba9876543210", 4));

    private readonly string _unit = Path.Combine(Root(), Unit);
    private readonly string _container = Path.Combine(Root(), $"docker-{s_container}.scope");

    public CgroupNameTests()
    {
        Directory.CreateDirectory(_unit);
        Directory.CreateDirectory(_container);
    }

    [Fact]
    public void Events_have_the_names_of_their_cgroup_when_they_are_asked_for()
    {
        Run("$o = Start-BpfProgram execsnoop -ProcessId $PID -IncludeChildren").Succeeded();
        foreach (var place in new[] { _unit, _container, Root() })
        {
            StartIn(place);
        }
        var events = Run("$o | Watch-BpfEvent -Filter { $_.comm -eq 'true' } -Property time, comm, unit, container -First 3")
            .Succeeded().Output;

        Assert.Equal([$"true {Unit} ", $"true docker-{s_container}.scope {s_container[..12]}", "true  "],
            events.Select(one => $"{one.Get("comm")} {one.Get("unit")} {one.Get("container")}"));
    }

    [Fact]
    public void They_can_be_counted_by_unit()
    {
        Run("$o = Start-BpfProgram execsnoop -ProcessId $PID -IncludeChildren").Succeeded();
        StartIn(_unit);
        StartIn(_container);
        StartIn(_unit);
        var groups = Run("$o | Measure-BpfEvent -Filter { $_.comm -eq 'true' } -By unit -First 3").Succeeded().Output;

        Assert.Equal([$"{Unit} 2", $"docker-{s_container}.scope 1"], groups.Select(group => $"{group.Get("unit")} {group.Get("Count")}"));
    }

    [Theory]
    // A filter's answer is that of Where-Object on the object, which does not have them.
    [InlineData("Watch-BpfEvent execsnoop -Filter { $_.unit -eq 'x' } -First 1", "unit")]
    // Not every event has a cgroup.
    [InlineData("Watch-BpfEvent runqlat -Variable @{ threshold_ns = 1 } -Property unit -First 1", "unit")]
    public void Where_there_are_none_the_error_names_the_member(string script, string member) =>
        Assert.Contains($"no member '{member}'", Run(script).Error.Exception.Message);

    public override void Dispose()
    {
        base.Dispose();
        // A process leaves its cgroup a moment after its parent has heard of its end.
        Assert.True(SpinWait.SpinUntil(() => Removed(_unit) && Removed(_container), TimeSpan.FromSeconds(10)));
    }

    private static string Root() => Command.Output("findmnt", "-n", "-f", "-o", "TARGET", "-t", "cgroup2").Trim();

    private static void StartIn(string cgroup)
    {
        using var shell = Process.Start("sh", ["-c", "echo $$ > \"$1/cgroup.procs\" && exec /bin/true", "sh", cgroup]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    private static bool Removed(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            Thread.Sleep(20);
            return false;
        }
    }
}
