namespace BpfPS.Module.Tests.Tool;

/// <summary>The parameters that restrict a tool. What they do in the kernel is tested with the engine.</summary>
public sealed class TargetCmdletTests : KernelTest
{
    [Theory]
    [InlineData("-ProcessId $PID")]
    [InlineData("-Pid $PID")]
    [InlineData("-User root -Command $comm")]
    [InlineData("-User 0")]
    [InlineData("-Cgroup /")]
    public void A_stream_is_restricted_to_what_is_named(string parameters)
    {
        var opened = Path.GetTempFileName();
        Session.Run($"$comm = (Get-Content /proc/$PID/task/$PID/comm); $file = '{opened}'").Succeeded();
        using var running = Session.Start($"Watch-BpfEvent opensnoop {parameters.Replace(" -Command $comm", "", StringComparison.Ordinal)} "
            + "-Filter { $_.path -eq $file } -First 1 -Duration 20s");
        SpinWait.SpinUntil(() => { File.ReadAllText(opened); Thread.Sleep(50); return !running.IsRunning; }, TimeSpan.FromSeconds(20));

        Assert.Equal((uint)Environment.ProcessId, running.Finish().Succeeded().Only.Get("pid"));
        File.Delete(opened);
    }

    [Theory]
    [InlineData("Watch-BpfEvent opensnoop -ProcessId 99999999 -First 1", "There is no process 99999999")]
    [InlineData("Watch-BpfEvent opensnoop -User nosuchuser -First 1", "There is no user 'nosuchuser'")]
    [InlineData("Watch-BpfEvent opensnoop -Unit nosuch -First 1", "No unit 'nosuch.service' is running")]
    [InlineData("Watch-BpfEvent opensnoop -Container nosuch -First 1", "No container 'nosuch' is running")]
    [InlineData("Watch-BpfEvent opensnoop -Cgroup /no/such -First 1", "There is no cgroup '/no/such'")]
    [InlineData("Watch-BpfEvent opensnoop -IncludeChildren -First 1", "without a process")]
    [InlineData("Watch-BpfEvent $burst -ProcessId $PID -First 1", "cannot be restricted")]
    [InlineData("Start-BpfProgram opensnoop -Command x -Interface lo", "Interface")]
    [InlineData("$o = Start-BpfProgram opensnoop; Set-BpfTarget opensnoop", "Nothing says")]
    [InlineData("$o = Start-BpfProgram opensnoop; Set-BpfTarget opensnoop -All -User 0", "cannot both")]
    [InlineData("$o = Start-BpfProgram $burst; $o | Set-BpfTarget -User 0", "cannot be restricted")]
    [InlineData("$o = Start-BpfProgram opensnoop; Watch-BpfEvent opensnoop -User 0 -First 1", "running already")]
    public void What_is_not_there_is_said(string script, string what) =>
        Assert.Contains(what, Assert.Single(Run(script).Errors).Exception.Message);

    [Fact]
    public void Processes_and_cgroups_restrict_where_nothing_is_attached_to_such()
    {
        Run("$o = Start-BpfProgram opensnoop -ProcessId $PID -IncludeChildren -Cgroup /").Succeeded();

        // A bit for processes, and one for cgroups.
        Assert.Equal(0b1001U, Run("(Get-BpfVariable bpfps_target_kinds).Value").Only.BaseObject);
        Assert.Contains("bpfps_follow_fork", Run("$o.Programs").Output.Select<string>("Name"));
    }

    [Fact]
    public void Targets_of_a_running_program_are_changed()
    {
        Run("$o = Start-BpfProgram opensnoop -Command cat").Succeeded();
        Assert.Empty(Run("$o | Set-BpfTarget -User root -WhatIf").Succeeded().Output);
        Assert.Equal(0b10U, Run("(Get-BpfVariable bpfps_target_kinds).Value").Only.BaseObject);
        Assert.Equal("opensnoop", Run("$o | Set-BpfTarget -User root -PassThru").Only.Get("Name"));
        Assert.Equal(0b100U, Run("(Get-BpfVariable bpfps_target_kinds).Value").Only.BaseObject);
        Run("Set-BpfTarget opensnoop -All").Succeeded();
        Assert.Equal(0U, Run("(Get-BpfVariable bpfps_target_kinds).Value").Only.BaseObject);
    }

    [Fact]
    public void A_tool_is_tested_by_its_name()
    {
        var test = Run("Test-BpfTool opensnoop").Only;

        Assert.Equal(("Agrees", test.Get("Compared")), ($"{test.Get("Result")}", test.Get("Agreed")));
        Assert.Equal("nosuch", Run("Test-BpfTool nosuch").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch").TargetObject);
        NothingIsLeft();
    }
}
