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
}
