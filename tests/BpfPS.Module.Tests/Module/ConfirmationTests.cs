namespace BpfPS.Module.Tests.Module;

/// <summary>What cannot be undone is asked about, where it is not the session's own. What became of it, bpftool tells.</summary>
public sealed class ConfirmationTests : KernelTest
{
    private readonly PinFolder _pins = new();
    private readonly List<string> _asked = [];

    public override void Dispose()
    {
        _pins.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData("Clear-BpfMap")]
    [InlineData("Lock-BpfMap")]
    public void A_map_of_others_is_asked_about_and_stays_as_it_is_if_the_answer_is_no(string command)
    {
        var (path, id) = MapOfOthers();
        Answer("No");

        Run($"{command} -Path {path}").Succeeded();

        Assert.Contains($"id {id})", Assert.Single(_asked));
        Assert.False(IsChanged(id));
    }

    [Theory]
    [InlineData("Clear-BpfMap", "Yes", "")]
    [InlineData("Lock-BpfMap", "Yes", "")]
    [InlineData("Clear-BpfMap", null, "-Confirm:$false")]
    [InlineData("Lock-BpfMap", null, "-Confirm:$false")]
    public void A_map_of_others_is_changed_once_that_is_confirmed(string command, string? answer, string confirmation)
    {
        var (path, id) = MapOfOthers();
        Answer(answer);

        Run($"{command} -Path {path} {confirmation}").Succeeded();

        Assert.Equal(answer is null ? 0 : 1, _asked.Count);
        Assert.True(IsChanged(id));
    }

    [Theory]
    [InlineData("Clear-BpfMap")]
    [InlineData("Lock-BpfMap")]
    public void Where_nobody_can_be_asked_the_error_says_how_to_confirm(string command)
    {
        var (path, id) = MapOfOthers();

        var error = Run($"{command} -Path {path}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains("-Confirm:$false", error.ErrorDetails.RecommendedAction);
        Assert.False(IsChanged(id));
    }

    [Theory]
    [InlineData("Clear-BpfMap")]
    [InlineData("Lock-BpfMap")]
    public void With_WhatIf_nothing_is_asked_and_nothing_changes(string command)
    {
        var (path, id) = MapOfOthers();

        Run($"{command} -Path {path} -WhatIf").Succeeded();
        var own = Make("own -KeyType u32 -ValueType u32");
        KernelWitness.Set(own, "01000000", "05000000");
        Run($"{command} own -WhatIf; $WhatIfPreference = $true; {command} own; $WhatIfPreference = $false").Succeeded();

        Assert.False(IsChanged(id));
        Assert.False(IsChanged(own));
    }

    [Theory]
    [InlineData("Clear-BpfMap own")]
    [InlineData("Clear-BpfMap -Path {0}/own")]
    [InlineData("Lock-BpfMap own")]
    public void The_sessions_own_maps_are_not_asked_about(string command)
    {
        var own = Make($"own -KeyType u32 -ValueType u32 -PinPath {_pins.Name}/own");
        KernelWitness.Set(own, "01000000", "05000000");

        Run(string.Format(command, _pins.Name)).Succeeded();

        Assert.True(IsChanged(own));
    }

    [Theory]
    [InlineData("Clear-BpfMap own -Confirm")]
    [InlineData("$ConfirmPreference = 'Low'; Lock-BpfMap own")]
    public void The_sessions_own_maps_are_asked_about_when_the_user_wants_that(string script)
    {
        var own = Make("own -KeyType u32 -ValueType u32");
        KernelWitness.Set(own, "01000000", "05000000");
        Answer("No");

        Run(script).Succeeded();

        Assert.Single(_asked);
        Assert.False(IsChanged(own));
    }

    [Fact]
    public void A_link_of_another_process_is_asked_about_and_the_sessions_own_is_not()
    {
        // What another process started and pinned, and this one only meets.
        Shell.Run($"$o = Start-BpfProgram {Repository.TestProgram("burst")} -PinPath {_pins.Name}/theirs").Succeeded();
        Given("$o = Start-BpfProgram $burst");
        Answer("No");

        Run($"Remove-BpfLink -Path {_pins.Name}/theirs/link_burst").Succeeded();

        Assert.Contains("burst", Assert.Single(_asked));
        Assert.True(File.Exists($"{_pins.Path}/theirs/link_burst"));

        Run("$o | Remove-BpfLink").Succeeded();

        Assert.Single(_asked);
        Answer(null);
        Run($"Remove-BpfLink -Path {_pins.Name}/theirs/link_burst -Confirm:$false").Succeeded();
        Assert.False(File.Exists($"{_pins.Path}/theirs/link_burst"));
        Given($"Stop-BpfProgram -Path {_pins.Name}/theirs");
    }

    private void Answer(string? label) => Session.Host.Answer = label is null ? null : message =>
    {
        _asked.Add(message);
        return label;
    };

    private (string Path, uint Id) MapOfOthers()
    {
        var path = _pins.Map("cnf_theirs", "hash", valueBytes: 4);
        var id = Assert.Single(KernelWitness.Maps("cnf_theirs"));
        KernelWitness.Set(id, "01000000", "05000000");
        return (path, id);
    }

    private static bool IsChanged(uint id) =>
        KernelWitness.Entries(id).Count == 0 || KernelWitness.Shown("map", id).GetProperty("frozen").GetInt32() == 1;
}
