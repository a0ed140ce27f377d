namespace BpfPS.Module.Tests.Feature;

public sealed class GetBpfFeatureTests : KernelTest
{
    [Theory]
    [InlineData("-MapType lpm_trie, LruHash", "lpm_trie lru_hash")]
    [InlineData("-ProgramType SchedCls, XDP", "sched_cls xdp")]
    [InlineData("-AttachType fentry, 'tcx/ingress', TraceIter", "trace_fentry tcx_ingress trace_iter")]
    [InlineData("-MapType hash -AttachType tp_btf", "hash trace_raw_tp")]
    [InlineData("-Category MapType -Name *trie*", "lpm_trie")]
    [InlineData("nosuch*", "")]
    public void Features_are_named_in_every_way(string parameters, string names)
    {
        Assert.Equal(names.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Run($"Get-BpfFeature {parameters}").Succeeded().Output.Select<string>("Name"));
    }

    [Fact]
    public void Without_parameters_every_category_but_the_long_lists_is_there_and_each_row_says_why_it_is_not_yes()
    {
        var rows = Run("Get-BpfFeature").Succeeded().Output;

        Assert.Equal(Run("[Enum]::GetNames([BpfFeatureCategory])").Output.Select(name => $"{name}")
            .Except(["Helper", "KernelFunction", "Object"]).Order(), rows.Select(row => $"{row.Get("Category")}").Distinct().Order());
        Assert.All(rows, row => Assert.True($"{row.Get("Support")}" == "Yes" || row.Get("Reason") is string { Length: > 10 }, $"{row}"));
        Assert.Equal(rows.Count, rows.Select(row => (row.Get("Category"), row.Get("Name"))).Distinct().Count());
        NothingIsLeft();
    }

    [Fact]
    public void The_row_of_a_type_of_program_has_its_helpers()
    {
        var helpers = Run("Get-BpfFeature -ProgramType xdp").Only.Get<IReadOnlyList<string>>("Helpers");

        Assert.Contains("redirect_map", helpers);
        Assert.Contains("map_lookup_elem", helpers);
        Assert.DoesNotContain("override_return", helpers);
        Assert.DoesNotContain("sys_bpf", helpers);
    }

    [Fact]
    public void A_helper_has_a_row_for_each_type_of_program_or_for_those_that_are_named()
    {
        Assert.Equal(Run("Get-BpfFeature -Category ProgramType").Output.Select<string>("Name"),
            Run("Get-BpfFeature -Helper redirect_map").Succeeded().Output.Select<string>("ProgramType"));
        Assert.Equal(["xdp Yes", "tracing No"],
            Run("Get-BpfFeature -Helper bpf_redirect_map -ProgramType xdp, tracing "
                + "| ForEach-Object { \"$($_.ProgramType) $($_.Support)\" }").Succeeded().Output.Select(row => $"{row}"));
    }

    [Fact]
    public void A_name_that_is_none_is_one_error_that_says_which_are_near_and_the_others_go_on()
    {
        var outcome = Run("Get-BpfFeature -MapType lpm_tree, hash");

        var error = outcome.FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Assert.Contains("lpm_trie", error.ErrorDetails.RecommendedAction);
        Assert.Equal("hash", Assert.Single(outcome.Output).Get("Name"));
    }

    [Fact]
    public void A_plain_name_that_no_category_has_is_an_error_and_a_wildcard_is_not()
    {
        var outcome = Run("Get-BpfFeature hash, nosuch, nosuch*");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.NotEmpty(outcome.Output);
        Assert.Contains("-Category Helper", Run("Get-BpfFeature bpf_map_lookup_elem").Error.ErrorDetails.RecommendedAction,
            StringComparison.Ordinal);
        Assert.Contains("lpm_trie", Session.Complete("Get-BpfFeature lpm").Select(result => result.CompletionText));
    }

    [Fact]
    public void Kernel_functions_are_those_that_bpftool_finds_tagged()
    {
        var types = System.Text.Json.JsonDocument.Parse(Command.Output("bpftool", "-j", "btf", "dump", "file",
            "/sys/kernel/btf/vmlinux")).RootElement.GetProperty("types").EnumerateArray()
            .ToDictionary(type => type.GetProperty("id").GetUInt32());
        var tagged = types.Values.Where(type =>
            type.GetProperty("kind").GetString() == "DECL_TAG" && type.GetProperty("name").GetString() == "bpf_kfunc")
            .Select(type => types[type.GetProperty("type_id").GetUInt32()].GetProperty("name").GetString()!).Distinct()
                .Order(StringComparer.Ordinal).ToArray();
        Machine.Require(tagged.Length > 0, "this kernel's BTF does not tag its functions");

        Assert.Equal(tagged, Run("Get-BpfFeature -Category KernelFunction").Succeeded().Output.Select<string>("Name"));
    }

    [Fact]
    public void Libbpf_has_a_row_that_tells_its_version_and_rows_for_what_it_lacks_that_name_the_version_that_has_it()
    {
        var rows = Run("Get-BpfFeature -Category LibBpf").Succeeded().Output;
        var version = System.Text.RegularExpressions.Regex.Match(Command.Output("bpftool", "version"),
            @"libbpf v(\d+\.\d+)").Groups[1].Value;
        // The witness for what is exported is the library's own table.
        var library = Directory.EnumerateFiles("/usr/lib", "libbpf.so.1", SearchOption.AllDirectories).First();
        var exported = Command.Output("nm", "-D", "--defined-only", library);

        Assert.Equal(version, rows[0].Get("Value"));
        Assert.All(rows.Skip(1), row =>
            Assert.Equal(exported.Contains($" {row.Get("Name")}@", StringComparison.Ordinal), $"{row.Get("Support")}" == "Yes"));
        Assert.All(rows.Where(row => $"{row.Get("Support")}" == "No"), row =>
            Assert.Contains($"requires libbpf {row.Get("Since")} or later", row.Get<string>("Reason")));
    }

    [Fact]
    public void Probing_shows_how_far_it_is()
    {
        using var shell = PowerShell.Create(System.Management.Automation.Runspaces.InitialSessionState.CreateDefault2());
        shell.AddCommand("Import-Module").AddParameter("Name", Path.Combine(Repository.Module, "BpfPS.psd1")).Invoke();
        shell.Commands.Clear();
        shell.AddScript("Get-BpfFeature -Category MapType").Invoke();

        Assert.Contains(shell.Streams.Progress, progress => progress.PercentComplete > 50);
        Assert.Equal(ProgressRecordType.Completed, shell.Streams.Progress[^1].RecordType);
    }

    /// <summary>
    /// "feature probe ... unprivileged" of bpftool as witness: where it says yes so do we, and its no for want of privilege is
    /// our "could not tell".
    /// </summary>
    [Fact]
    public void Without_privilege_what_cannot_be_told_is_unknown_and_names_the_capability()
    {
        Machine.RequireProgram("setpriv");
        var theirs = System.Text.Json.JsonDocument.Parse(Command.Output("bpftool", "-j", "feature", "probe", "kernel",
            "unprivileged")).RootElement;

        var result = Shell.RunWithoutPrivilege("Get-BpfFeature -Category ProgramType, MapType, AttachType "
            + "| ForEach-Object { \"$($_.Category)|$($_.Name)|$($_.Support)|$($_.Reason)\" }").Succeeded();

        var ours = result.Lines.Select(line => line.Split('|')).ToDictionary(row => $"{row[0]} {row[1]}");
        foreach (var (section, category, ending) in new[] { ("program_types", "ProgramType", "_prog_type"),
            ("map_types", "MapType", "_map_type") })
        {
            foreach (var row in theirs.GetProperty(section).EnumerateObject())
            {
                var mine = ours[$"{category} {row.Name["have_".Length..^ending.Length]}"];
                // bpftool has no third answer: it takes EPERM for a no.
                Assert.Equal((row.Name, row.Value.GetBoolean()), (row.Name, mine[2] == "Yes"));
                Assert.True(mine[2] != "Unknown" || mine[3].Contains("CAP_", StringComparison.Ordinal)
                    && mine[3].Contains("EPERM", StringComparison.Ordinal), mine[3]);
            }
        }
        Assert.All(ours.Values.Where(row => row[2] == "No"), row => Assert.DoesNotContain("EPERM", row[3]));
        Assert.Contains(ours.Values, row => row[2] == "Unknown");
    }

    [Fact]
    public void Capabilities_are_those_of_the_process()
    {
        Machine.RequireProgram("setpriv");

        Assert.Equal(["CAP_BPF"],
            Shell.RunWith("CAP_BPF", "Get-BpfFeature -Category Capability | Where-Object Support -eq Yes | ForEach-Object { $_.Name }")
            .Succeeded().Lines);
        Assert.Equal(["Unknown", "lacks CAP_NET_ADMIN", "Yes"], Shell.RunWith("CAP_BPF", """
            $xdp = Get-BpfFeature -ProgramType xdp
            "$($xdp.Support)"
            ($xdp.Reason -split 'process |, which')[1]
            "$((Get-BpfFeature -ProgramType socket_filter).Support)"
            """).Succeeded().Lines);
    }
}
