using System.Text.RegularExpressions;

namespace BpfPS.Module.Tests.Module;

/// <summary>
/// What errors advise is true: for each piece of advice there is a situation in which it is given, and what it says is run there and
/// helps. And no text of the project names a cmdlet or parameter that does not exist.
/// </summary>
public sealed partial class AdviceTests : KernelTest
{
    private const string Map = "$null = New-BpfMap adv -KeyType u32 -ValueType u32; ";
    private const string Full = "$null = New-BpfMap adv -KeyType u32 -ValueType u32 -MaxEntries 1; Set-BpfMapEntry adv 1 1; ";
    private const string Started = "$null = Start-BpfProgram runqlat; ";

    // The advice; what makes the situation; what fails; a part of the remedy; what it says to do, and whether that helped.
    private static readonly (string Advice, string Given, string Wrong, string Remedy, string Advised)[] s_situations =
    [
        ("ListTools", "", "Start-BpfProgram /no/such/file.bpf.o", "Get-BpfTool", "'runqlat' -in (Get-BpfTool).Name"),
        ("ListMaps", Map, "Get-BpfStack adv -StackId 1", "Get-BpfMap.", "'adv' -in (Get-BpfMap).Name"),
        ("ListProbes", "", "Watch-BpfEvent -Syscall nosuch* -First 1", "Get-BpfProbe", "'openat' -in (Get-BpfProbe -Kind Syscall).Name"),
        ("ListProcesses", "$null = New-BpfMap adv -Type task_storage -KeyType s32 -ValueType u64 -Flags no_prealloc; ",
            "Set-BpfMapEntry adv nobody 1", "Get-Process", "$PID -in (Get-Process).Id"),
        ("ListPrograms", Started, "Get-BpfProgram -Id 4294967", "Get-BpfProgram", "'switched' -in (Get-BpfProgram).Name"),
        ("ListLinks", Started, "Get-BpfLink -Id 4294967", "Get-BpfLink", "'switched' -in (Get-BpfLink).ProgramName"),
        ("ListCgroupLinks", "$null = Start-BpfProgram $cgroup -Program egress -Cgroup $group -CgroupMode Single; ",
            "Start-BpfProgram $cgroup -Program egress -Cgroup $group", "Get-BpfLink -Cgroup",
            "'Single' -in (Get-BpfLink -Cgroup $group).CgroupMode"),
        ("ListPins", "", "Remove-BpfPin adv_no_such_pin", "Get-BpfPin", "Get-BpfPin; $true"),
        ("RemovePin", Map + "Save-BpfMapPin adv adv_pin; $null = New-BpfMap other -KeyType u32 -ValueType u32; ",
            "Save-BpfMapPin other adv_pin", "Remove-BpfPin /sys/fs/bpf/adv_pin",
            "Remove-BpfPin /sys/fs/bpf/adv_pin; Save-BpfMapPin other adv_pin; (Get-BpfPin -Path adv_pin).Name -eq 'other'; "
                + "Remove-BpfPin adv_pin"),
        ("RemovePinDirectory", "$null = Start-BpfProgram runqlat -PinPath adv_set; Get-BpfObject runqlat | ForEach-Object Dispose; ",
            "Start-BpfProgram runqlat -PinPath adv_set", "Stop-BpfProgram -Path /sys/fs/bpf/adv_set",
            "Stop-BpfProgram -Path /sys/fs/bpf/adv_set; $o = Start-BpfProgram runqlat -PinPath adv_set; $o.State -eq 'Attached'; "
                + "$o | Stop-BpfProgram"),
        ("WatchEvents", "$null = Start-BpfProgram $burst -Variable $producer; ", "Get-BpfMapEntry events", "Watch-BpfEvent",
            "@(Watch-BpfEvent events -Duration 100ms -Verbose 4>&1).Count -gt 0"),
        ("ReadEntries", Map, "Watch-BpfEvent -Id (Get-BpfMap adv).Id", "Get-BpfMapEntry",
            "Set-BpfMapEntry adv 1 2; (Get-BpfMapEntry adv).value -eq 2"),
        ("WriteEntry", "$null = New-BpfMap adv -Type cgroup_array -MaxEntries 1; ", "Get-BpfMapEntry adv",
            "Set-BpfMapEntry -Value PATH", "Set-BpfMapEntry adv -Key 0 -Value $group; $true"),
        ("WriteRecords", "$null = New-BpfMap adv -Type user_ringbuf -MaxEntries 4096; ", "Get-BpfMapEntry adv",
            "Set-BpfMapEntry -Value", "Set-BpfMapEntry adv -Value ([byte[]]::new(8)); (Get-BpfMap adv).PendingBytes -gt 0"),
        ("AskPendingBytes", "$null = New-BpfMap adv -Type user_ringbuf -MaxEntries 4096; ",
            "foreach ($i in 1..100) { Set-BpfMapEntry adv -Value ([byte[]]::new(1000)) -ErrorAction Stop }", "PendingBytes",
            "(Get-BpfMap adv).PendingBytes -gt 3000"),
        ("RemoveEntries", Full, "Set-BpfMapEntry adv 2 2", "Remove-BpfMapEntry",
            "Remove-BpfMapEntry adv 1; Set-BpfMapEntry adv 2 2; (Get-BpfMapEntry adv).key -eq 2"),
        ("TakeEntries", "$null = New-BpfMap adv -Type queue -ValueType u32; 5, 6 | ForEach-Object { Set-BpfMapEntry adv -Value $_ }; ",
            "Remove-BpfMapEntry adv 1", "Get-BpfMapEntry -Take",
            "(Get-BpfMapEntry adv -Take | Select-Object -First 1).value[0] -eq 5; Clear-BpfMap adv"),
        ("ZeroEntries", "$null = New-BpfMap adv -Type array -ValueType u32 -MaxEntries 1; Set-BpfMapEntry adv 0 5; ",
            "Remove-BpfMapEntry adv 0", "Set-BpfMapEntry",
            "Set-BpfMapEntry adv 0 0; (Get-BpfMapEntry adv).value -eq 0; Clear-BpfMap adv"),
        ("ClearOperations", "$null = Start-BpfProgram $congestion; ", "Start-BpfProgram $congestion", "Clear-BpfMap",
            "(Get-BpfMap | Where-Object Type -eq struct_ops) | Clear-BpfMap -Confirm:$false; "
                + "(Start-BpfProgram $congestion).State -eq 'Attached'"),
        ("SetVariableAtStart", Started, "Set-BpfVariable -InputObject (Get-BpfObject runqlat) threshold_ns 5", "Start-BpfProgram -Variable",
            "Stop-BpfProgram runqlat; $null = Start-BpfProgram runqlat -Variable @{ threshold_ns = 500 }; "
                + "\"$((Get-BpfVariable -InputObject (Get-BpfObject runqlat) threshold_ns).Value)\" -ne '00:00:00'"),
        ("MakeInnerMap", "", "New-BpfMap adv -Type array_of_maps -MaxEntries 1", "New-BpfMap and specify it with -InnerMap",
            "$null = New-BpfMap inner -KeyType u32 -ValueType u32; (New-BpfMap adv -Type array_of_maps -MaxEntries 1 -InnerMap inner).Type "
                + "-eq 'array_of_maps'"),
        ("NameStack", Map + "Set-BpfMapEntry adv 1 1; ", "Get-BpfMapEntry adv | Get-BpfStack", "Get-BpfStack NAME -StackId ID",
            "$null = Start-BpfProgram $stacks; \"$((Get-BpfStack stacks -StackId 1).Status)\" -like '*NotFound*'"),
        ("ExportMaps", "", "Import-BpfMap '/etc/hostname'", "Export-BpfMap",
            Map + "Export-BpfMap adv $folder/adv.json; Import-BpfMap $folder/adv.json; $true"),
        ("ImportIntoNewMap", Map + "Set-BpfMapEntry adv 1 1; $null = Export-BpfMap adv $folder/adv.json; Remove-BpfMap adv; "
            + "$null = New-BpfMap adv -KeyType u64 -ValueType u32; ", "Import-BpfMap $folder/adv.json", "Import-BpfMap -Create",
            "Remove-BpfMap adv; (Import-BpfMap $folder/adv.json -Create -PassThru | Get-BpfMapEntry).value -eq 1"),
        ("FilterEvents", "", "Start-BpfProgram $burst -Command nobody", "-Filter",
            "(Get-Command Watch-BpfEvent).Parameters.ContainsKey('Filter')"),
        ("ReadResults", "", "Measure-BpfEvent profile -By pid -Duration 100ms", "Get-BpfMapEntry counts",
            "$null = Start-BpfProgram profile; Start-Sleep 1; @(Get-BpfMapEntry counts).Count -gt 0"),
        ("ListVariableMaps", Started + Map, "Get-BpfVariable -InputObject (Get-BpfMap adv)", "Get-BpfMap *.bss, *.data, *.rodata",
            "@(Get-BpfMap *.bss, *.data, *.rodata | Get-BpfVariable).Name -contains 'threshold_ns'"),
        ("NameVariableOwner", "$first = Start-BpfProgram $burst; $second = Start-BpfProgram $burst; ", "Set-BpfVariable attempts 5",
            "-InputObject", "Set-BpfVariable -InputObject $second attempts 5; (Get-BpfVariable -InputObject $second attempts).Value -ge 5"),
        ("OpenMapById", "$map = New-BpfMap adv -KeyType u32 -ValueType u32 -Flags rdonly; ", "$map | Set-BpfMapEntry -Key 1 -Value 1",
            "Get-BpfMap -Id", "Get-BpfMap -Id $map.Id | Set-BpfMapEntry -Key 1 -Value 1; (Get-BpfMapEntry -Id $map.Id).value -eq 1"),
        ("NameStackMap", "$o = Start-BpfProgram profile -Frequency 999; Start-Sleep 1; $entry = Get-BpfMapEntry counts "
            + "| Select-Object -First 1; $o | Stop-BpfProgram; ", "$entry | Get-BpfStack", "Get-BpfStack NAME -StackId ID",
            "$null = Start-BpfProgram profile; @(Get-BpfStack stacks -StackId 0).Count -gt 0"), // the first map may still be there
        ("ListVariables", Started, "Get-BpfVariable runqlat no_such_variable", "Get-BpfVariable",
            "'threshold_ns' -in (Get-BpfVariable -InputObject (Get-BpfObject runqlat)).Name"),
    ];

    // Without a situation of their own, and the tests that run what is advised.
    private static readonly Dictionary<string, string> s_elsewhere = new()
    {
        ["None"] = "says nothing",
        ["Detach"] = "ExclusiveHookTests: hooks with one program at a time",
        ["CheckObject"] = "ObjectFeatureTests: an object that asks for what this kernel does not have",
        ["ShowMessages"] = "StartBpfProgramTests, BadInputTests: -Verbose shows libbpf's messages of a start that fails",
    };

    public static TheoryData<string> Situations => [.. s_situations.Select(situation => situation.Advice)];

    [Theory]
    [MemberData(nameof(Situations))]
    public void What_is_advised_can_be_done_and_helps(string advice)
    {
        using var folder = new TemporaryFolder();
        using var group = new CgroupFolder();
        Session.Set("folder", folder.Path);
        Session.Set("group", group.Path);
        Session.Set("cgroup", Repository.TestProgram("verdicts"));
        Session.Set("congestion", Repository.TestProgram("congestion_hook"));
        var (_, given, wrong, remedy, advised) = s_situations.Single(situation => situation.Advice == advice);
        Run(given).Succeeded();

        var error = Run(wrong).Error;
        Assert.Contains(remedy, error.ErrorDetails?.RecommendedAction ?? "no advice");

        var outcome = Run(advised).Succeeded();
        Assert.Contains(outcome.Output, item => item.BaseObject is true);
    }

    [Fact]
    public void Each_piece_of_advice_has_a_situation() =>
        Assert.Equal(Run("[enum]::GetNames([BpfPS.BpfAdvice])").Succeeded().Output.Select(name => $"{name}").Order(StringComparer.Ordinal),
            s_situations.Select(situation => situation.Advice).Concat(s_elsewhere.Keys).Order(StringComparer.Ordinal));

    [Fact]
    public void No_text_names_a_cmdlet_or_parameter_that_does_not_exist()
    {
        const string Parameters = "\"$($_.Name) $($_.Parameters.Keys) $(($_.Parameters.Values).Aliases)\"";
        var parameters = Run($"Get-Command -Module BpfPS | ForEach-Object {{ {Parameters} }}").Succeeded().Output
            .Select(line => $"{line}".Split(' ')).ToDictionary(words => words[0], words => words[1..].ToHashSet());
        var wrong = new List<string>();
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match command in Commands().Matches(File.ReadAllText(file)))
            {
                var (name, given) = (command.Groups[1].Value, command.Groups[2].Captures.Select(capture => capture.Value));
                if (!parameters.TryGetValue(name, out var known))
                {
                    wrong.Add($"{file}: {name}");
                }
                else
                {
                    wrong.AddRange(given.Where(parameter => !known.Contains(parameter)).Select(parameter => $"{file}: {name} {parameter}"));
                }
            }
        }

        Assert.Empty(wrong);
        Assert.NotEmpty(parameters);
    }

    // "Remove-BpfLink -Id 5 -Confirm" up to the end of the clause.
    [GeneratedRegex(@"\b([A-Z][a-z]+-Bpf[A-Z]\w*)(?=[^\w-])(?: (?:-([A-Z]\w+)\b|[A-Z]{2,}\b|\{\w+(?:\.\w+)*\}|[\w/$]+(?=[ .,""])))*")]
    private static partial Regex Commands();

    private sealed class CgroupFolder : IDisposable
    {
        public CgroupFolder() => Directory.CreateDirectory(Path);

        public string Path { get; } = $"{Root}/bpfps-advice-{Environment.ProcessId}";

        private static string Root =>
            File.ReadLines("/proc/mounts").Select(line => line.Split(' ')).First(words => words[2] == "cgroup2")[1];

        public void Dispose() => Directory.Delete(Path);
    }
}
