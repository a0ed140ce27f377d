namespace BpfPS.Module.Tests.Event;

/// <summary>What the cmdlets say and do of filters in the kernel.</summary>
public sealed class KernelFilterCmdletTests : IDisposable
{
    private readonly Session _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void WhatIf_shows_the_split_with_reasons_and_starts_nothing()
    {
        var text = _session.Show("Watch-BpfEvent execsnoop -Filter { $_.uid -eq 0 -and $_.args[0] -eq 'x' } -WhatIf");

        Assert.Contains("in the kernel: $_.uid -eq 0.", text, StringComparison.Ordinal);
        Assert.Contains("on the bytes: $_.args[0] -eq 'x', because it lies behind the fixed part", text.ReplaceLineEndings(" "),
            StringComparison.Ordinal);
        Assert.Empty(_session.Run("Get-BpfObject").Output);
    }

    [Theory]
    [InlineData("$_.ret -eq 'ENOSUCH'", "ENOSUCH")]
    [InlineData("$_.nosuch -eq 1", "nosuch")]
    public void What_nobody_can_decide_is_an_error_before_anything_is_started(string filter, string named)
    {
        foreach (var command in (string[])[$"Watch-BpfEvent execsnoop -Filter {{ {filter} }} -WhatIf",
            $"Start-BpfProgram execsnoop -Filter {{ {filter} }} -WhatIf"])
        {
            Assert.Contains(named, Assert.Single(_session.Run(command).Errors).Exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_program_that_does_not_ask_is_not_said_to_be_filtered()
    {
        _session.Set("direct", Repository.TestProgram("direct"));
        var outcome = _session.Run("Start-BpfProgram $direct -Filter { $_.pid -eq 1 }");

        Assert.Contains("does not ask a filter", Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_requires_that_the_kernel_decides_all_of_it()
    {
        var outcome = _session.Run("Start-BpfProgram execsnoop -Filter { $_.uid -eq 0 -and $_.args[0] -eq 'x' }");

        Assert.Contains("'$_.args[0] -eq 'x'': it lies behind", Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
        Assert.Empty(_session.Run("Get-BpfObject").Output);
    }

    [Fact]
    public void What_does_not_depend_on_the_event_is_worked_out_once()
    {
        _session.Run("$global:n = 0; Watch-BpfEvent execsnoop -Duration 0.1 -Filter { $_.uid -ge $($global:n++; 0) }").Succeeded();

        Assert.Equal(1, _session.Run("$global:n").Only.BaseObject);
    }

    [Fact]
    public void A_closure_has_the_values_that_it_was_made_with()
    {
        _session.Run("""
            $wanted = 2; $closure = { $_.sequence -ge $wanted }.GetNewClosure(); $wanted = 1000
            $null = Start-BpfProgram $burst -Variable $producer -Filter $closure
            """).Succeeded();
        Producer.Call(5);
        var events = _session.Run("Watch-BpfEvent burst -First 3 -Duration 5 -Filter $closure; Stop-BpfProgram burst").Output;

        Assert.Equal([2UL, 3UL, 4UL], events.Select(one => (ulong)one.Properties["sequence"].Value));
    }
}
