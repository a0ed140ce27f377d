namespace BpfPS.Module.Tests.Module;

/// <summary>What Tab offers.</summary>
public sealed class CompletionTests : KernelTest
{
    [Theory]
    [InlineData("Start-BpfProgram ", "runqlat")]
    [InlineData("Start-BpfProgram r", "runqlat")]
    [InlineData("Start-BpfProgram -Name RUN", "runqlat")]
    [InlineData("Watch-BpfEvent exec", "execsnoop")]
    [InlineData("Get-BpfTool p", "profile")]
    [InlineData("Start-BpfProgram execsnoop, r", "runqlat")]
    public void The_names_of_tools_are_offered(string line, string expected)
    {
        Assert.Contains(expected, Offered(line));
    }

    [Theory]
    [InlineData("Get-BpfObject ")]
    [InlineData("Stop-BpfProgram b")]
    [InlineData("Watch-BpfEvent b")]
    [InlineData("Get-BpfProgram bur")]
    public void The_names_of_what_was_started_are_offered(string line)
    {
        Given("Start-BpfProgram $burst");

        Assert.Contains("burst", Offered(line));
    }

    [Theory]
    [InlineData("Get-BpfMap by_")]
    [InlineData("Get-BpfMapEntry by_")]
    [InlineData("Save-BpfMapPin by_")]
    public void The_names_of_maps_are_offered(string line)
    {
        Given("Start-BpfProgram $types");

        Assert.Superset(new HashSet<string>(["by_number", "by_struct"]), Offered(line).ToHashSet());
    }

    [Theory]
    [InlineData("Get-BpfStack ", "Name")]
    [InlineData("Get-BpfStack -Map ", "Name")]
    [InlineData("Get-BpfStack -Id ", "Id")]
    public void Only_maps_of_stacks_are_offered_and_no_files(string line, string property)
    {
        Given("$o = Start-BpfProgram $stacks");
        var maps = Run($"($o.Maps | Where-Object Type -eq stack_trace).{property}").Succeeded().Output.Select(value => $"{value}");
        var others = Run($"($o.Maps | Where-Object Type -ne stack_trace).{property}").Succeeded().Output.Select(value => $"{value}");

        var offered = Session.Complete(line);

        Assert.Superset(maps.ToHashSet(), offered.Select(result => result.CompletionText).ToHashSet());
        Assert.Empty(offered.Select(result => result.CompletionText).Intersect(others));
        Assert.All(offered, result => Assert.Equal(CompletionResultType.ParameterValue, result.ResultType));
        Assert.Empty(Session.Complete(line + "/et"));
    }

    [Theory]
    [InlineData("Watch-BpfEvent ", "events", "counts")]
    [InlineData("Watch-BpfEvent -Map ", "events", "burst.bss")]
    [InlineData("Watch-BpfEvent ", "execsnoop", "profile")]
    public void Only_what_sends_events_is_offered(string line, string expected, string other)
    {
        Given("Start-BpfProgram $burst");

        Assert.Contains(expected, Offered(line));
        Assert.DoesNotContain(other, Offered(line));
    }

    [Fact]
    public void Only_the_ids_of_ring_buffers_are_offered_for_events()
    {
        Given("$o = Start-BpfProgram $burst");

        var offered = Offered("Watch-BpfEvent -Id ").ToArray();

        Assert.Contains($"{Run("($o.Maps | Where-Object Type -eq ringbuf).Id").Only}", offered);
        Assert.DoesNotContain($"{Run("($o.Maps | Where-Object Name -eq burst.bss).Id").Only}", offered);
    }

    [Theory]
    [InlineData("Get-BpfPin ", "/sys/fs/bpf/")]
    [InlineData("Remove-BpfPin ", "/sys/fs/bpf/")]
    [InlineData("Get-BpfPin {0}/", "")]
    [InlineData("Get-BpfMap -Path {0}/", "")]
    [InlineData("Stop-BpfProgram -Path {0}/", "")]
    [InlineData("Save-BpfMapPin x -PinPath {0}/", "")]
    [InlineData("New-BpfMap x -PinPath {0}/", "")]
    [InlineData("Start-BpfProgram x -PinPath {0}/", "")]
    public void A_pin_is_offered_as_it_was_begun(string line, string root)
    {
        using var pins = new PinFolder();
        pins.Map("it");

        Assert.Contains($"{root}{pins.Name}/it", Offered(string.Format(line, pins.Name)));
    }

    [Theory]
    [InlineData("Get-BpfPin /sys/fs/bpf/bpfps-test")]
    [InlineData("Get-BpfMap -Path /sys/fs/bpf/bpfps-test")]
    [InlineData("Get-BpfMapEntry -Path /sys/fs/bpf/bpfps-test")]
    [InlineData("Get-BpfProgram -Path /sys/fs/bpf/bpfps-test")]
    [InlineData("Watch-BpfEvent -Path /sys/fs/bpf/bpfps-test")]
    [InlineData("Stop-BpfProgram -Path /sys/fs/bpf/bpfps-test")]
    public void Pins_and_their_folders_are_offered(string line)
    {
        using var pins = new PinFolder();
        pins.Map("it");

        Assert.Superset(new HashSet<string>([pins.Path, $"{pins.Path}/it"]), Offered(line).ToHashSet());
    }

    [Fact]
    public void The_variables_of_a_tool_are_offered_with_their_values_and_what_they_are_for()
    {
        var offered = Session.Complete("Start-BpfProgram runqlat -Variable ");

        var threshold = Assert.Single(offered, result => result.CompletionText.Contains("threshold_ns", StringComparison.Ordinal));
        Assert.StartsWith("@{ threshold_ns = 0", threshold.CompletionText);
        Assert.Contains("each wait", threshold.ToolTip);
        // What is offered can be run.
        Run($"Start-BpfProgram runqlat -NoAttach -Variable {threshold.CompletionText}").Succeeded();
    }

    [Fact]
    public void Every_offered_variable_of_every_tool_can_be_run_as_it_is()
    {
        foreach (var tool in Run("Get-BpfTool").Output.Select<string>("Name"))
        {
            foreach (var offered in Session.Complete($"Start-BpfProgram {tool} -Variable "))
            {
                Run($"Start-BpfProgram {tool} -NoAttach -Variable {offered.CompletionText} | Stop-BpfProgram").Succeeded();
            }
        }
    }

    [Theory]
    [InlineData("Watch-BpfEvent execsnoop -Variable ", "failed")]
    [InlineData("Start-BpfProgram -Name profile -Variable ", "frequency")]
    public void The_variables_of_the_tool_that_is_named_are_offered(string line, string variable)
    {
        Assert.Contains(Session.Complete(line), result => result.CompletionText.Contains(variable, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Start-BpfProgram nosuch -Variable ")]
    [InlineData("Start-BpfProgram ./nosuch.bpf.o -Variable ")]
    [InlineData("Start-BpfProgram -Variable ")]
    [InlineData("Get-BpfMap nosuch")]
    public void Where_there_is_nothing_to_offer_completion_does_not_fail(string line)
    {
        Assert.DoesNotContain(Session.Complete(line), result => result.ResultType == CompletionResultType.ParameterValue
            && result.CompletionText.Contains("bpf", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Without_privilege_completion_offers_what_needs_none_and_does_not_fail()
    {
        Machine.RequireProgram("setpriv");

        var result = Shell.RunWithoutPrivilege("""
            (TabExpansion2 'Get-BpfTool r' 13).CompletionMatches | ForEach-Object { $_.CompletionText }
            (TabExpansion2 'Get-BpfMapEntry x' 17).CompletionMatches.Count
            (TabExpansion2 'Get-BpfPin /sys/fs/bpf/nosuch' 29).CompletionMatches.Count
            """).Succeeded();

        Assert.Equal(["runqlat", "0", "0"], result.Lines);
    }

    [Theory]
    [InlineData("Get-BpfM", "Get-BpfMapEntry")]
    [InlineData("Watch-BpfEvent -D", "-Duration")]
    public void Cmdlets_and_parameters_are_offered(string line, string expected)
    {
        Assert.Contains(expected, Offered(line));
    }

    private IEnumerable<string> Offered(string line) => Session.Complete(line).Select(result => result.CompletionText);
}
