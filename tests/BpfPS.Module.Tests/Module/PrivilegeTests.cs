namespace BpfPS.Module.Tests.Module;

/// <summary>Without the privilege there is one clear error, and what needs none works.</summary>
public sealed class PrivilegeTests : KernelTest
{
    // To load takes CAP_BPF; to list, or to open by id, the kernel wants CAP_SYS_ADMIN (kernel/bpf/syscall.c).
    public PrivilegeTests() => Machine.RequireProgram("setpriv");

    [Theory]
    [InlineData("Start-BpfProgram runqlat", "CAP_BPF")]
    [InlineData("Watch-BpfEvent execsnoop", "CAP_BPF")]
    [InlineData("Get-BpfProgram", "CAP_SYS_ADMIN")]
    [InlineData("Get-BpfProgram runqlat, nosuch", "CAP_SYS_ADMIN")]
    [InlineData("Get-BpfProgram -Id 1", "CAP_SYS_ADMIN")]
    [InlineData("Get-BpfMap", "CAP_SYS_ADMIN")]
    [InlineData("Get-BpfMap hist, nosuch", "CAP_SYS_ADMIN")]
    [InlineData("Get-BpfMapEntry hist", "CAP_SYS_ADMIN")]
    [InlineData("Get-BpfStack stacks", "CAP_SYS_ADMIN")]
    [InlineData("Watch-BpfEvent -Id 1, 2", "CAP_SYS_ADMIN")]
    [InlineData("Start-BpfProgram runqlat, execsnoop, profile", "CAP_BPF")]
    public void The_error_is_one_ends_the_cmdlet_and_names_the_capability_and_what_grants_it(string command, string capability)
    {
        var result = Shell.RunWithoutPrivilege($$"""
            $Error.Clear()
            try { {{command}}; 'went on' } catch { 'ended' }
            $Error.Count
            $e = $Error[0]
            "$($e.FullyQualifiedErrorId -replace ',.*') $($e.CategoryInfo.Category)"
            $e.Exception.Message
            $e.ErrorDetails.RecommendedAction
            """).Succeeded();

        Assert.Equal(["ended", "1", "BpfPermissionDenied PermissionDenied"], result.Lines[..3]);
        Assert.Contains("EPERM", result.Lines[3]);
        Assert.Contains("user id 65534", result.Lines[3]);
        Assert.Contains(capability, result.Lines[3]);
        Assert.Contains("root", result.Lines[4]);
    }

    [Fact]
    public void What_needs_no_privilege_works()
    {
        var result = Shell.RunWithoutPrivilege($$"""
            (Get-BpfTool runqlat).Name
            (Get-BpfObject -FilePath '{{Repository.TestProgram("burst")}}').Programs[0].Name
            @(Get-BpfObject).Count
            """).Succeeded();

        Assert.Equal(["runqlat", "burst", "0"], result.Lines);
    }

    [Fact]
    public void WhatIf_needs_no_privilege()
    {
        Assert.Contains("What if: ", Shell.RunWithoutPrivilege("Start-BpfProgram runqlat -WhatIf").Succeeded().Output);
    }

    [Fact]
    public void A_capability_that_is_there_is_not_named_as_missing()
    {
        var result = Shell.RunWith("CAP_BPF", "try { Start-BpfProgram runqlat } catch { $_.Exception.Message }").Succeeded();

        Assert.Contains("lacks CAP_PERFMON", Assert.Single(result.Lines));
    }

    [Fact]
    public void With_the_two_capabilities_alone_a_program_is_started_by_another_user()
    {
        var result = Shell.RunWith("CAP_BPF CAP_PERFMON", $$"""
            $o = Start-BpfProgram '{{Repository.TestProgram("burst")}}'
            "$($o.State)"
            """).Succeeded();

        Assert.Equal(["Attached"], result.Lines);
    }

    [Fact]
    public void A_map_that_the_session_made_is_found_by_its_name_and_id_with_one_capability_and_has_its_types()
    {
        var result = Shell.RunWith("CAP_BPF", """
            $map = New-BpfMap made -KeyType u32 -ValueType 'struct { u32 hits; u32 last; }'
            Set-BpfMapEntry made -Key 7 -Value @{ hits = 3; last = 9 }
            Set-BpfMapEntry -Id $map.Id -Key 8 -Value @{ hits = 4; last = 9 }
            (Get-BpfMapEntry made | Sort-Object key).hits -join ','
            "$((Get-BpfMap made).KeyType) $((Get-BpfMap -Id $map.Id).Name)"
            Remove-BpfMapEntry made -Key 7
            @(Get-BpfMapEntry made).Count
            Clear-BpfMap made
            Get-BpfMap made | Remove-BpfMap
            try { Get-BpfMap made -ErrorAction Stop } catch { $_.CategoryInfo.Category }
            """).Succeeded();

        Assert.Equal(["3,4", "u32 made", "1", "PermissionDenied"], result.Lines);
    }

    [Fact]
    public void A_list_is_of_what_the_session_has_open_and_says_so_once()
    {
        var result = Shell.RunWith("CAP_BPF CAP_PERFMON", $$"""
            $o = Start-BpfProgram '{{Repository.TestProgram("burst")}}'
            "$((Get-BpfProgram -WarningVariable said 3>$null).Name) $($said.Count) $("$said" -match 'CAP_SYS_ADMIN')"
            "$((Get-BpfMap e*, * -WarningVariable said 3>$null | Select-Object -Unique).Name -contains 'events') $($said.Count)"
            "$((Get-BpfLink -WarningVariable said 3>$null).ProgramName) $($said.Count)"
            "$((Get-BpfProgram burst -WarningVariable said).Id -eq $o.Programs[0].Id) $($said.Count)"
            "$(($o | Get-BpfMap -WarningVariable said).Count -gt 0) $($said.Count)"
            "$(@(Get-BpfMap zz* -WarningVariable said 3>$null).Count) $($said.Count)"
            try { Get-BpfProgram nosuch -ErrorAction Stop } catch { "$($_.CategoryInfo.Category)" }
            try { Get-BpfProgram -Id 1 -ErrorAction Stop } catch { "$($_.CategoryInfo.Category)" }
            Get-BpfLink burst | Remove-BpfLink -WarningVariable said 3>$null
            try { Get-BpfLink } catch { "$($_.CategoryInfo.Category)" } # nothing of its own is left
            """).Succeeded();

        Assert.Equal(["burst 1 True", "True 1", "burst 1", "True 0", "True 0", "0 1", "PermissionDenied", "PermissionDenied",
            "PermissionDenied"], result.Lines);
    }

    [Fact]
    public void Pins_that_may_not_be_read_are_passed_over_and_said_once()
    {
        using var pins = new PinFolder();
        Run($"New-BpfMap shown -KeyType u32 -ValueType u32 -PinPath {pins.Name}/open/shown -Mode 0644 | Out-Null; "
            + $"New-BpfMap hidden -KeyType u32 -ValueType u32 -PinPath {pins.Name}/open/hidden | Out-Null; "
            + $"New-BpfMap deep -KeyType u32 -ValueType u32 -PinPath {pins.Name}/closed/deep | Out-Null").Succeeded();
        var mode = File.GetUnixFileMode("/sys/fs/bpf");
        try
        {
            File.SetUnixFileMode("/sys/fs/bpf", (UnixFileMode)0b1_111_111_111);
            File.SetUnixFileMode(pins.Path, (UnixFileMode)0b111_101_101);
            File.SetUnixFileMode($"{pins.Path}/open", (UnixFileMode)0b111_101_101);
            var result = Shell.RunWith("CAP_BPF", $$"""
                $Error.Clear()
                (Get-BpfPin {{pins.Path}} -WarningVariable said 3>$null).Name
                "$($said.Count) $($Error.Count)"
                "$said"
                $VerbosePreference = 'Continue'
                @(Get-BpfPin {{pins.Path}} 3>$null 4>&1 | Where-Object { "$_" -like '*is not listed*' }).Count
                """).Succeeded();

            Assert.Equal(["shown", "1 0"], result.Lines[..2]);
            Assert.StartsWith("2 pins or directories are not listed; Get-BpfPin -Verbose names them. The first: ", result.Lines[2],
                StringComparison.Ordinal);
            Assert.Equal("2", result.Lines[3]);
        }
        finally
        {
            File.SetUnixFileMode("/sys/fs/bpf", mode);
        }
    }
}
