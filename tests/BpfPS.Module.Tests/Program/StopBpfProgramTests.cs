namespace BpfPS.Module.Tests.Program;

public sealed class StopBpfProgramTests : KernelTest
{
    [Theory]
    [InlineData("Stop-BpfProgram burst")]
    [InlineData("Stop-BpfProgram -Name BURST")]
    [InlineData("Stop-BpfProgram b*, t*")]
    [InlineData("Stop-BpfProgram -InputObject $o")]
    [InlineData("$o | Stop-BpfProgram")]
    [InlineData("Get-BpfObject | Stop-BpfProgram")]
    public void What_was_started_is_stopped(string stop)
    {
        Given("$o = Start-BpfProgram $burst");

        Assert.Empty(Run(stop).Succeeded().Output);

        Assert.Empty(Run("Get-BpfObject").Output);
        NothingIsLeft();
    }

    [Fact]
    public void Programs_on_many_tracepoints_are_off_within_100_ms_and_their_perf_events_are_closed_soon_after()
    {
        // On a machine with other things to do, the fastest of five tells what the stop takes.
        var times = new List<double>();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var programs = Run("$o = Start-BpfProgram mountsnoop; $o.Programs | ForEach-Object { $_.Id }").Output
                .Select(id => (uint)id.BaseObject).ToArray();
            Assert.True(programs.Length > 10, $"{programs.Length} programs");
            Assert.All(programs, id => Assert.True(KernelWitness.IsAttached(id)));
            Assert.True(PerfEvents() >= programs.Length, $"{PerfEvents()} perf events");

            times.Add((double)Run("$clock = [System.Diagnostics.Stopwatch]::StartNew(); $o | Stop-BpfProgram; "
                + "$clock.Elapsed.TotalMilliseconds").Only.BaseObject);

            Assert.All(programs, id => Assert.False(KernelWitness.IsAttached(id)));
            Assert.True(SpinWait.SpinUntil(() => PerfEvents() == 0, TimeSpan.FromSeconds(20)), "perf events stay open");
        }
        Assert.True(times.Min() < 100, string.Join(", ", times));
        NothingIsLeft();
    }

    [Fact]
    public void A_wildcard_stops_only_what_it_matches()
    {
        Given("Start-BpfProgram $burst, $types");

        Run("Stop-BpfProgram t*").Succeeded();

        Assert.Equal(["burst"], Run("Get-BpfObject").Output.Select<string>("Name"));
    }

    [Fact]
    public void A_wildcard_that_matches_nothing_is_silence()
    {
        var outcome = Run("Stop-BpfProgram nosuch*").Succeeded();

        Assert.Empty(outcome.Output);
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void A_name_that_is_not_there_is_one_error_and_the_others_are_stopped()
    {
        Given("Start-BpfProgram $burst");

        var outcome = Run("Stop-BpfProgram nosuch, burst");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.False(outcome.WasTerminated);
        Assert.Empty(Run("Get-BpfObject").Output);
    }

    [Fact]
    public void PassThru_gives_what_was_stopped()
    {
        Given("Start-BpfProgram $burst");

        var stopped = Run("Stop-BpfProgram burst -PassThru").Only;

        Assert.Equal("burst", stopped.Get("Name"));
        Assert.Equal("Stopped", stopped.Get("State")!.ToString());
    }

    [Fact]
    public void WhatIf_stops_nothing()
    {
        using var pins = new PinFolder();
        Given($"$o = Start-BpfProgram $burst -PinPath {pins.Name}");

        Assert.Contains("What if: ", Session.Show("Stop-BpfProgram burst -WhatIf"));
        Assert.Contains("What if: ", Session.Show("$o | Stop-BpfProgram -WhatIf"));
        Assert.Contains("What if: ", Session.Show($"Stop-BpfProgram -Path {pins.Name} -WhatIf"));

        var id = KernelWitness.Programs("burst").Single();
        Assert.Equal(id, KernelWitness.Shown("link", $"{Run("($o | Get-BpfLink).Id").Only}").GetProperty("prog_id").GetUInt32());
        Assert.Equal("Attached", Run("Get-BpfObject burst").Only.Get("State")!.ToString());
        Assert.Equal(["events", "link_burst"], pins.Entries);
    }

    [Fact]
    public void Stopping_a_pinned_object_of_this_session_removes_its_pins()
    {
        using var pins = new PinFolder();
        Given($"Start-BpfProgram $burst -PinPath {pins.Name}");

        Run("Stop-BpfProgram burst").Succeeded();

        Assert.False(pins.Exists);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("Stop-BpfProgram -Path {0}")]
    [InlineData("Stop-BpfProgram -Path /sys/fs/bpf/{0}")]
    [InlineData("Stop-BpfProgram -Path /sys/fs/bpf/{0}/")]
    [InlineData("Stop-BpfProgram -Path {0}*")]
    [InlineData("$o | Stop-BpfProgram")]
    public void What_is_pinned_is_stopped_by_its_path(string stop)
    {
        using var pins = new PinFolder();
        Given($"$o = Start-BpfProgram $burst -PinPath {pins.Name}");

        Run(string.Format(stop, pins.Name)).Succeeded();

        Assert.False(pins.Exists);
        Assert.Empty(Run("Get-BpfObject").Output);
        NothingIsLeft();
    }

    [Fact]
    public void Stopping_by_path_gives_the_pins_that_were_removed()
    {
        using var pins = new PinFolder();
        Given($"Start-BpfProgram $burst -PinPath {pins.Name}");

        var removed = Run($"Stop-BpfProgram -Path {pins.Name} -PassThru").Succeeded().Output;

        Assert.Equal([$"{pins.Path}/events", $"{pins.Path}/link_burst"], removed.Select<string>("Path").Order());
    }

    [Fact]
    public void Pins_from_the_pipeline_are_removed_each()
    {
        using var pins = new PinFolder();
        pins.Map("one");
        pins.Map("two");

        Run($"Get-BpfPin {pins.Name} | Stop-BpfProgram").Succeeded();

        Assert.Empty(pins.Entries);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("nosuch-folder", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("/tmp", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData("/sys/fs/bpf", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData("../../../etc", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    public void A_path_that_holds_no_pins_is_one_error(string path, string id, ErrorCategory category)
    {
        Run($"Stop-BpfProgram -Path {path}").FailedWith(id, category, path);

        Assert.True(Directory.Exists("/etc"));
    }

    [Fact]
    public void An_object_that_is_stopped_twice_is_no_error()
    {
        Given("$o = Start-BpfProgram $burst");

        Run("$o | Stop-BpfProgram; $o | Stop-BpfProgram").Succeeded();
    }

    [Fact]
    public void What_another_session_still_holds_is_said()
    {
        using var pins = new PinFolder();
        using var other = Shell.Start($"$o = Start-BpfProgram '{Repository.TestProgram("types")}' -PinPath {pins.Name}; "
            + "$o.Programs[0].Id; Start-Sleep 60");
        try
        {
            var id = uint.Parse(other.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);

            var warning = Assert.Single(Run($"Stop-BpfProgram -Path {pins.Name}").Succeeded().Warnings);

            Assert.Contains($"until its holder lets go of it or ends: pwsh({other.Id})", warning);
            Assert.DoesNotContain("Remove-BpfLink", warning); // the kernel cannot detach it
            Assert.False(pins.Exists);
            Assert.True(KernelWitness.IsAttached(id));
        }
        finally
        {
            other.Kill(entireProcessTree: true);
            other.WaitForExit();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_another_session_still_holds_is_detached_by_force_or_by_what_the_warning_advises(bool force)
    {
        const string Interface = "bpfpsheld0";
        using var pins = new PinFolder();
        Command.Output("ip", "link", "add", Interface, "type", "veth", "peer", "name", $"{Interface}p");
        using var other = Shell.Start($"$o = Start-BpfProgram '{Repository.TestProgram("plain_xdp")}' -PinPath {pins.Name} "
            + $"-Interface {Interface}; 'started'; Start-Sleep 60");
        try
        {
            Assert.Equal("started", other.StandardOutput.ReadLine());
            bool IsAttached() => Command.Output("ip", "link", "show", Interface).Contains("xdp", StringComparison.Ordinal);
            Assert.True(IsAttached());

            var outcome = Run($"Stop-BpfProgram -Path {pins.Name}{(force ? " -Force" : "")}").Succeeded();

            Assert.Equal(!force, IsAttached());
            if (!force)
            {
                var advice = System.Text.RegularExpressions.Regex.Match(Assert.Single(outcome.Warnings), @"Remove-BpfLink -Id \d+").Value;
                Run($"{advice} -Confirm:$false").Succeeded();
            }
            Assert.False(IsAttached());
        }
        finally
        {
            other.Kill(entireProcessTree: true);
            other.WaitForExit();
            Command.Run("ip", "link", "delete", Interface);
        }
    }

    private static int PerfEvents() =>
        Directory.GetFiles("/proc/self/fd").Count(path => new FileInfo(path).LinkTarget == "anon_inode:[perf_event]");
}
