using System.Diagnostics;

namespace BpfPS.Module.Tests.Module;

/// <summary>What was started goes when that which started it goes.</summary>
public sealed class LifetimeTests : KernelTest
{
    [Fact]
    public void Nothing_stays_attached_after_the_module_is_removed()
    {
        var ids = Run("$o = Start-BpfProgram runqlat; $o.Programs").Succeeded().Output.Select<uint>("Id").ToArray();
        Assert.All(ids, id => Assert.True(KernelWitness.HasProgram(id)));

        Run("Remove-Module BpfPS").Succeeded();

        NothingIsLeft();
        Assert.All(ids, id => Assert.False(KernelWitness.HasProgram(id)));
        Assert.Equal("Stopped", Run("\"$($o.State)\"").Only.BaseObject);
    }

    [Fact]
    public void Nothing_stays_attached_after_the_session_is_closed()
    {
        using (var other = new Session())
        {
            other.Run("Start-BpfProgram $burst").Succeeded();
            Assert.NotEmpty(KernelWitness.Programs("burst"));
        }

        NothingIsLeft();
    }

    [Fact]
    public void A_session_that_is_closed_leaves_alone_what_another_one_started()
    {
        var id = Run("(Start-BpfProgram $burst).Programs[0]").Only.Get<uint>("Id");
        using (var other = new Session())
        {
            other.Run("Get-BpfTool").Succeeded();
        }

        Assert.True(KernelWitness.HasProgram(id));
    }

    [Fact]
    public void A_session_that_removes_the_module_leaves_alone_what_another_one_started()
    {
        var id = Run("(Start-BpfProgram $burst).Programs[0]").Only.Get<uint>("Id");
        using (var other = new Session())
        {
            other.Run("Remove-Module BpfPS").Succeeded();
        }

        Assert.True(KernelWitness.HasProgram(id));
        Assert.Single(Run("Get-BpfObject").Succeeded().Output);
    }

    [Fact]
    public void Importing_the_module_again_with_force_stops_what_was_started_or_keeps_it_within_reach()
    {
        Given("Start-BpfProgram $burst");

        Run($"Import-Module '{Repository.Module}' -Force").Succeeded();

        if (Run("Get-BpfObject burst*").Succeeded().Output.Count == 0)
        {
            NothingIsLeft();
        }
    }

    [Fact]
    public void Nothing_stays_attached_after_the_process_ends()
    {
        var lines = Shell.Run("$o = Start-BpfProgram runqlat; $o.Programs | ForEach-Object { $_.Id }").Succeeded().Lines;

        NothingIsLeft();
        Assert.All(lines, id => Assert.False(KernelWitness.HasProgram(uint.Parse(id))));
    }

    [Fact]
    public void Nothing_stays_attached_after_the_process_is_killed()
    {
        using var process = Shell.Start("$o = Start-BpfProgram runqlat; \"$($o.Programs[0].Id)\"; [Threading.Thread]::Sleep(60000)");
        var id = uint.Parse(process.StandardOutput.ReadLine()!);
        Assert.True(KernelWitness.HasProgram(id));

        process.Kill();
        process.WaitForExit();

        NothingIsLeft();
        Assert.False(KernelWitness.HasProgram(id));
    }

    [Fact]
    public async Task An_interrupt_of_the_process_ends_a_stream_and_lets_go_of_it()
    {
        using var process = Shell.Start("Watch-BpfEvent execsnoop | ForEach-Object { 'an event' }");
        Assert.Equal("an event", await FirstLineWhileProgramsStart(process));
        Assert.NotEmpty(KernelWitness.Programs("exec_done"));
        var clock = Stopwatch.StartNew();

        Command.Output("kill", "-INT", $"{process.Id}");
        process.WaitForExit();

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"It took {clock.Elapsed}.");
        NothingIsLeft();
    }

    private static async Task<string?> FirstLineWhileProgramsStart(Process process)
    {
        var line = process.StandardOutput.ReadLineAsync();
        while (await Task.WhenAny(line, Task.Delay(100)) != line)
        {
            Command.Output("true");
        }
        return await line;
    }
}
