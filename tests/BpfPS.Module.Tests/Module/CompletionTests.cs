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
    [InlineData("Watch-BpfEvent execsnoop -Filter { $_.", "time pid tid ppid uid comm cgroup ret filename truncated")]
    [InlineData("Watch-BpfEvent execsnoop -Filter { $_.uid -eq 0 -and $_.f", "filename")]
    [InlineData("Watch-BpfEvent $burst -Filter { $_.", "sequence pid tid cpu uid call value negative inverse zero")]
    [InlineData("$o | Watch-BpfEvent -Filter { $_.se", "sequence")]
    [InlineData("$o | Watch-BpfEvent -Property pid, @{ Name = 'x'; Expression = { $_.se", "sequence")]
    [InlineData("$o | Measure-BpfEvent -By pid, { $_.se", "sequence")]
    [InlineData("Register-BpfEvent execsnoop -Filter { $_.u", "uid")]
    [InlineData("Register-BpfEvent runqlat -Action { $_.wait.TotalMin", "TotalMinutes")]
    [InlineData("Watch-BpfEvent runqlat | Where-Object wa", "wait waker_pid waker_tid waker_comm waker_stack")]
    [InlineData("Watch-BpfEvent runqlat | Where-Object { $_.wai", "wait")]
    [InlineData("Watch-BpfEvent runqlat | Where-Object pid -gt 5 | ForEach-Object { $PSItem.cp", "cpu")]
    [InlineData("Watch-BpfEvent runqlat | ? { $_.wait.TotalMin", "TotalMinutes")]
    [InlineData("Watch-BpfEvent burst | % seq", "sequence")]
    [InlineData("Get-BpfMap events | Watch-BpfEvent | ForEach-Object { $_.seq", "sequence")]
    [InlineData("'execsnoop' | Watch-BpfEvent | ForEach-Object { $_.fil", "filename")]
    [InlineData("Get-BpfMapEntry by_struct | Where-Object { $_.",
        "source target source_port target_port protocol padding packets bytes label")]
    [InlineData("$t | Get-BpfMapEntry | Where-Object pack", "packets")]
    public void The_members_of_events_and_entries_are_offered_where_they_are_used(string line, string expected)
    {
        Given("$o = Start-BpfProgram $burst; $t = Start-BpfProgram $types");

        var offered = Offered(line.Replace("$burst", Repository.TestProgram("burst"), StringComparison.Ordinal)).ToArray();

        Assert.Superset(expected.Split(' ').ToHashSet(), offered.ToHashSet());
        Assert.Equal(expected.Split(' '), offered.Take(expected.Split(' ').Length));
    }

    [Theory]
    [InlineData("Watch-BpfEvent runqlat | Select-Object pid | ForEach-Object { $_.wai")]
    [InlineData("Watch-BpfEvent runqlat -Property pid | ForEach-Object { $_.wai")]
    [InlineData("Watch-BpfEvent runqlat | ForEach-Object { try { } catch { $_.wai")]
    [InlineData("Register-BpfEvent runqlat -Property pid -Action { $_.wai")]
    [InlineData("Watch-BpfEvent nosuch | ForEach-Object { $_.wai")]
    [InlineData("Watch-BpfEvent runqlat | ForEach-Object { 1 | ForEach-Object { $_.wai")]
    public void Members_are_not_offered_where_something_else_is_meant(string line)
    {
        Assert.DoesNotContain("wait", Offered(line));
    }

    [Theory]
    [InlineData("Start-BpfProgram runqlat -Variable @{ ", "pid per_cpu threshold_ns")]
    [InlineData("Start-BpfProgram runqlat -Variable @{ pid = 1; ", "per_cpu threshold_ns")]
    [InlineData("Watch-BpfEvent runqlat -Variable @{ thr", "threshold_ns")]
    [InlineData("Start-BpfProgram $burst -Variable @{ ", "producer_pid syscall_nr")]
    [InlineData("Start-BpfProgram runqlat -MapSize @{ ", "events hist stacks threads")]
    [InlineData("Start-BpfProgram runqlat -Target @{ ", "waking wakeup wakeup_new switched")]
    [InlineData("Start-BpfProgram runqlat -Event @{ wak", "waking wakeup wakeup_new")]
    [InlineData("Start-BpfProgram $burst -Program ", "burst")]
    [InlineData("Watch-BpfEvent $burst -EventType ", "burst_event")]
    [InlineData("Watch-BpfEvent $burst -EventType @{ 1 = 'bur", "'burst_event'")]
    [InlineData("Watch-BpfEvent $burst -EventType @{ kind = @{ 1 = bur", "'burst_event'")]
    [InlineData("Watch-BpfEvent $burst -Property sequence, c", "cpu call")]
    [InlineData("Measure-BpfEvent $measured -By ", "time number comm uid size change large wait kind source")]
    [InlineData("Measure-BpfEvent $measured -By comm -Sum s", "size source")]
    [InlineData("Measure-BpfEvent $measured -By source.", "source.address source.port")]
    [InlineData("Measure-BpfEvent execsnoop -Of p", "pid ppid")]
    [InlineData("Watch-BpfEvent $burst -Map ", "events")]
    [InlineData("Start-BpfProgram $sections -Program no_tracepoint -Target sched/sched_switc", "sched/sched_switch")]
    [InlineData("New-BpfMap x -KeyType u", "u8 u16 u32 u64")]
    public void What_an_object_file_holds_is_offered(string line, string expected)
    {
        var offered = Offered(line.Replace("$burst", Repository.TestProgram("burst"), StringComparison.Ordinal)
            .Replace("$measured", Repository.TestProgram("measured"), StringComparison.Ordinal)
            .Replace("$sections", Repository.TestProgram("unplaced"), StringComparison.Ordinal));

        Assert.Equal(expected.Split(' '), offered);
    }

    [Fact]
    public void The_variables_of_a_source_of_ones_own_are_offered()
    {
        RequireCompiler();
        using var folder = new TemporaryFolder();
        var source = folder.Write("mine.bpf.c", """
            typedef unsigned int __u32;
            #define SEC(name) __attribute__((section(name), used))
            const volatile __u32 limit_of_mine = 5;
            char LICENSE[] SEC("license") = "GPL";
            SEC("socket") int mine(void *context) { return limit_of_mine; }
            """u8.ToArray());
        Run($"Build-BpfProgram {source}").Succeeded(); // a first compile can take longer than Tab waits

        Assert.Equal(["limit_of_mine"], Offered($"Start-BpfProgram {source} -Variable @{{ "));
        Assert.Contains("@{ limit_of_mine = 5 }", Offered($"Start-BpfProgram {source} -Variable "));
    }

    [Fact]
    public void The_processes_are_offered_by_their_commands()
    {
        var own = File.ReadAllText("/proc/self/comm").Trim();

        var offered = Session.Complete($"Start-BpfProgram x -ProcessId {own[..3]}");

        Assert.Contains(offered, result => result.CompletionText == $"{Environment.ProcessId}"
            && result.ListItemText == $"{Environment.ProcessId} {own}");
    }

    [Fact]
    public void The_ids_are_listed_with_what_they_are_of()
    {
        Given("$o = Start-BpfProgram $burst");
        var id = Run("($o.Maps | Where-Object Name -eq events).Id").Only;

        Assert.Contains(Session.Complete("Get-BpfMap -Id "), result => result.CompletionText == $"{id}"
            && result.ListItemText.StartsWith($"{id} events", StringComparison.Ordinal));
    }

    // In a pwsh of its own: the session of the tests has no provider of files to fall back on.
    [Fact]
    public void Files_are_offered_where_files_are_meant_and_nowhere_else()
    {
        string[] files = ["FilePath", "LiteralPath", "Destination", "IncludePath", "PcapPath"];
        using var folder = new TemporaryFolder();
        folder.Write("zzz.bpf.o", File.ReadAllBytes(Repository.TestProgram("burst")));

        var result = Shell.Run($$"""
            Set-Location {{folder.Path}}
            $common = [System.Management.Automation.Cmdlet]::CommonParameters
            $common += [System.Management.Automation.Cmdlet]::OptionalCommonParameters
            foreach ($command in Get-Command -Module BpfPS) {
                foreach ($parameter in $command.ParameterSets.Parameters | Sort-Object Name -Unique) {
                    if ($parameter.ParameterType -eq [switch] -or $parameter.Name -in $common) { continue }
                    $line = "$($command.Name) -$($parameter.Name) zz"
                    foreach ($match in (TabExpansion2 $line $line.Length).CompletionMatches) {
                        "$($command.Name) $($parameter.Name) $($match.ListItemText)"
                    }
                }
            }
            """).Succeeded();

        var offering = result.Lines.Select(line => line.Split(' ')).ToArray();
        Assert.All(offering, line => Assert.Equal("zzz.bpf.o", line[2]));
        Assert.Equal(
        [
            "Measure-BpfEvent Name", "Read-BpfIterator Name", "Register-BpfEvent Name", "Start-BpfProgram Name",
            "Test-BpfFeature Object", "Watch-BpfEvent Name",
        ], offering.Where(line => !files.Contains(line[1])).Select(line => $"{line[0]} {line[1]}").Order(StringComparer.Ordinal));
        Assert.Superset(files.ToHashSet(), offering.Select(line => line[1]).ToHashSet());
    }

    // The witness is a pwsh without the module.
    [Fact]
    public void What_is_offered_for_other_commands_stays_as_it_is()
    {
        const string Script = """
            Set-Location /etc
            function Get-Something { [OutputType([System.IO.FileInfo])] param($Path) }
            foreach ($line in 'Get-Process | Where-Object { $_.', 'Get-Process | Sort-Object ', 'Get-ChildItem ', 'Get-ChildItem pass',
                'Get-Ch', '$PSV', '[System.Te', 'Get-Something | Select-Object ', 'Get-Something | ForEach-Object { $_.Full', 'git ',
                'Get-Process | Select-Object @{ ', 'Import-Module ', '$x = @{ a = 1 }; $x.', '"Watch-BpfEvent" | ForEach-Object { $_.',
                'Get-Process -Name "Start-BpfProgram" | Group-Object ') {
                $offered = TabExpansion2 $line $line.Length
                "$line $($offered.ReplacementIndex) $($offered.ReplacementLength) $($offered.CompletionMatches.ListItemText -join ',')"
                $tree = [System.Management.Automation.CommandCompletion]::MapStringInputToParsedInput($line, $line.Length)
                "$((TabExpansion2 -ast $tree.Item1 -tokens $tree.Item2 -positionOfCursor $tree.Item3).CompletionMatches.Count)"
            }
            """;
        var without = Shell.Run(Script, import: false).Succeeded();

        Assert.True(without.Lines.Length > 20);
        Assert.Equal(Without("Import-Module "), Without("Import-Module ", with: true));

        string[] Without(string line, bool with = false) =>
            [.. (with ? Shell.Run(Script).Succeeded() : without).Lines.Where(shown => !shown.StartsWith(line, StringComparison.Ordinal))];
    }

    [Fact]
    public void The_function_that_completes_is_put_back_when_the_module_is_removed()
    {
        var result = Shell.Run($$"""
            function Completion { (Get-Command TabExpansion2).ScriptBlock.ToString() }
            $before = Completion
            Import-Module '{{Repository.Module}}'
            Import-Module '{{Repository.Module}}' -Force
            "$($before -eq (Completion))"
            Remove-Module BpfPS
            "$($before -eq (Completion))"
            Import-Module '{{Repository.Module}}'
            function TabExpansion2 { param($inputScript, $cursorColumn) 'mine' }
            Remove-Module BpfPS
            TabExpansion2 'Get-Bpf' 7
            """, import: false).Succeeded();

        Assert.Equal(["False", "True", "mine"], result.Lines);
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
