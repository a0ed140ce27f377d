namespace BpfPS.Module.Tests.Probe;

/// <summary>Get-BpfProbe: what it takes and gives. What there is, the tests of the engine compare with other programs.</summary>
public sealed class GetBpfProbeTests : KernelTest
{
    [Theory]
    [InlineData("sched:sched_switch", "Tracepoint sched:sched_switch")]
    [InlineData("sched/sched_switch", "Tracepoint sched:sched_switch")]
    [InlineData("sched_switch", "Tracepoint sched:sched_switch")]
    [InlineData("openat -Kind Syscall", "Syscall openat")]
    [InlineData("newstat -Kind Syscall", "Syscall stat")]
    [InlineData("openat -Kind syscall, tracepoint", "Syscall openat")]
    [InlineData("vfs_read -Kind Function", "Function vfs_read")]
    [InlineData("page-faults", "PerfEvent page-faults")]
    [InlineData("PAGE-FAULTS", "PerfEvent page-faults")]
    [InlineData("sample, interval", "Timer sample|Timer interval")]
    [InlineData("* -Kind Timer", "Timer interval|Timer sample")]
    [InlineData("task_fil* -Kind Iterator", "Iterator task_file")]
    [InlineData("sched:sched_wakeup*, sched:sched_wakeup", "Tracepoint sched:sched_wakeup|Tracepoint sched:sched_wakeup_new")]
    [InlineData("sched_wakeup* -Kind Tracepoint", "Tracepoint sched:sched_wakeup|Tracepoint sched:sched_wakeup_new")]
    [InlineData("nosuch*", "")]
    public void Probes_are_named_in_every_way(string parameters, string names)
    {
        Assert.Equal(names.Split('|', StringSplitOptions.RemoveEmptyEntries),
            Run($"Get-BpfProbe {parameters}").Succeeded().Output.Select(probe => $"{probe}"));
    }

    [Fact]
    public void Without_a_name_every_kind_of_the_kernel_is_there_once()
    {
        var probes = Run("Get-BpfProbe").Succeeded().Output;

        Assert.Equal(["Function", "Iterator", "PerfEvent", "Syscall", "Timer", "Tracepoint"],
            probes.Select(probe => $"{probe.Get("Kind")}").Distinct().Order());
        Assert.Equal(probes.Count, probes.Select(probe => (probe.Get("Kind"), probe.Get("Name"))).Distinct().Count());
        Assert.All(probes, probe => Assert.Equal((bool)probe.Get("CanAttach")!, probe.Get("Reason") is null));
        NothingIsLeft();
    }

    [Fact]
    public void A_plain_name_that_is_not_there_is_an_error_with_those_that_are_near_and_the_others_go_on()
    {
        var outcome = Run("Get-BpfProbe sched:sched_swich, page-faults");

        var error = outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "sched:sched_swich");
        Assert.Contains("sched:sched_switch", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal("page-faults", Assert.Single(outcome.Output).Get("Name"));
        Assert.Contains("openat", Run("Get-BpfProbe opnat -Kind Syscall").Error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Kind Usdt", "-FilePath")]
    [InlineData("-Kind UserFunction", "-ProcessId")]
    [InlineData("-Kind Syscall -FilePath libc", "-Kind UserFunction")]
    [InlineData("'[' ", "bracket")]
    public void Parameters_that_do_not_go_together_are_an_error_that_says_what_does(string parameters, string remedy)
    {
        var error = Run($"Get-BpfProbe {parameters}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains(remedy, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-FilePath libc", "libc.so")]
    [InlineData("-FilePath libc.so.6", "libc.so")]
    [InlineData("-ProcessId $PID", "libc.so")]
    public void Functions_of_files_are_found_by_the_files_path_name_or_process(string parameters, string file)
    {
        var probe = Run($"Get-BpfProbe malloc {parameters}").Succeeded().Output.First(probe =>
            $"{probe.Get("Path")}".Contains(file, StringComparison.Ordinal));

        Assert.Equal(("UserFunction", $"{probe.Get("Path")}:malloc"), ($"{probe.Get("Kind")}", probe.Get("Name")));
    }

    [Fact]
    public void A_process_is_taken_from_the_pipeline()
    {
        var expected = Run("Get-BpfProbe malloc -ProcessId $PID").Succeeded().Output.Select<string>("Name");

        Assert.Equal(expected, Run("Get-Process -Id $PID | Get-BpfProbe malloc").Succeeded().Output.Select<string>("Name"));
        Assert.NotEmpty(expected);
    }

    [Theory]
    [InlineData("-FilePath /etc/hostname", "BpfInvalidArgument", ErrorCategory.InvalidArgument)]
    [InlineData("-FilePath nosuchlibrary", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("-FilePath /nosuch/file", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("-ProcessId 2147483647", "BpfNotFound", ErrorCategory.ObjectNotFound)]
    public void A_file_or_process_that_has_no_probes_is_an_error(string parameters, string id, ErrorCategory category) =>
        Run($"Get-BpfProbe {parameters}").FailedWith(id, category);

    [Fact]
    public void Arguments_have_types_and_the_names_of_values()
    {
        var probe = Run("Get-BpfProbe irq:softirq_entry").Only;
        var argument = Assert.Single(probe.Get<IEnumerable<object>>("Arguments")!.Select(PSObject.AsPSObject));

        Assert.Equal(("vec", "unsigned int"), (argument.Get("Name"), argument.Get("Type")));
        // The kernel's own order of softirqs, which /proc/softirqs shows too.
        Assert.Equal(File.ReadLines("/proc/softirqs").Skip(1).Select(line => line.Split(':')[0].Trim()),
            argument.Get<IReadOnlyList<string>>("Names"));
        Assert.Equal(["int dfd", "const char *filename", "int flags", "umode_t mode"],
            Run("(Get-BpfProbe openat -Kind Syscall).Arguments | ForEach-Object ToString").Succeeded().Output.Select(text => $"{text}"));
        Assert.Equal("char prev_comm[16]", $"{Run("(Get-BpfProbe sched:sched_switch).Arguments[0].ToString()").Only}");
    }

    [Fact]
    public void A_probe_keeps_its_arguments_on_its_way_through_a_file_or_another_host()
    {
        var back = Run("$p = Get-BpfProbe irq:softirq_entry; [System.Management.Automation.PSSerializer]::Deserialize("
            + "[System.Management.Automation.PSSerializer]::Serialize($p)).Arguments[0].Names -join ' '").Only;

        Assert.StartsWith("HI TIMER", $"{back}", StringComparison.Ordinal);
        Assert.Contains("\"vec\"", $"{Run("Get-BpfProbe irq:softirq_entry | ConvertTo-Json -Depth 4").Only}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-BpfProbe sched:sched_sw", "sched:sched_switch", "sched:sched_wakeup")]
    [InlineData("Get-BpfProbe -Kind Syscall open", "openat", "sched:sched_switch")]
    [InlineData("Get-BpfProbe -Kind Function -Name vfs_rea", "vfs_read", "openat")]
    [InlineData("Get-BpfProbe vfs_rea", "vfs_read", "openat")]
    [InlineData("Get-BpfProbe -FilePath libc getaddrin", "getaddrinfo", "openat")]
    [InlineData("Get-BpfProbe -Kind PerfEvent ", "page-faults", "openat")]
    [InlineData("Get-BpfProbe -Kind Sys", "Syscall", "Timer")]
    public void Names_and_kinds_are_completed(string line, string offered, string notOffered)
    {
        var names = Session.Complete(line).Select(result => result.CompletionText).ToArray();

        Assert.Contains(offered, names);
        Assert.DoesNotContain(notOffered, names);
    }

    [Fact]
    public void The_table_shows_arguments_or_the_reason_and_the_list_the_names_of_values()
    {
        var table = Session.Show("Get-BpfProbe sched:sched_waking, page-faults, cpu-cycles");
        var list = Session.Show("Get-BpfProbe irq:softirq_entry | Format-List");

        Assert.Matches(@"Tracepoint\s+sched:sched_waking\s+tracepoint\s+comm, pid", table);
        Assert.Matches(@"PerfEvent\s+page-faults\s+perf_event", table);
        Assert.Contains("unsigned int vec: HI, TIMER", list, StringComparison.Ordinal);
        Assert.All(table.Split('\n'), line => Assert.True(line.Length <= 120, line));
    }
}
