namespace BpfPS.Module.Tests.Module;

/// <summary>
/// A privilege that one hook of an object asks for, and the others do not: one error that names it, and nothing is left attached.
/// </summary>
public sealed class HookPrivilegeTests : KernelTest
{
    public HookPrivilegeTests() => Machine.RequireProgram("setpriv");

    [Theory]
    [InlineData("count_raw_tracepoint, count_xdp", "-Interface lo -XdpMode Generic")]
    [InlineData("count_raw_tracepoint, count_tc", "-Interface lo -Direction Ingress")]
    [InlineData("count_raw_tracepoint, count_cgroup_skb", "-Cgroup /")]
    [InlineData("count_raw_tracepoint, count_sysctl", "-Cgroup /")]
    [InlineData("count_raw_tracepoint, count_sk_lookup", "")]
    [InlineData("count_raw_tracepoint, count_sk_msg", "")]
    public void Another_user_with_the_two_capabilities_of_BPF_is_told_which_is_missing(string programs, string options) =>
        Check(Shell.RunWith("CAP_BPF CAP_PERFMON", Script(programs, options)));

    [Theory]
    [InlineData("count_tracepoint, count_xdp", "-Interface lo -XdpMode Generic")]
    [InlineData("count_tracepoint, count_tc", "-Interface lo -Direction Ingress")]
    public void Root_without_the_capability_of_networks_is_told_so(string programs, string options) =>
        Check(Shell.RunWithout("CAP_NET_ADMIN CAP_SYS_ADMIN", Script(programs, options)));

    // The same process could go on with what it has left: the first program of each is one that it may attach.
    private static string Script(string programs, string options) => $$"""
        $Error.Clear()
        try { Start-BpfProgram '{{Repository.TestProgram("hooks")}}' -Program {{programs}} {{options}} -ErrorAction Stop; 'started' }
        catch { 'refused' }
        $Error.Count
        "$($Error[0].CategoryInfo.Category)"
        $Error[0].Exception.Message
        $Error[0].ErrorDetails.RecommendedAction
        @(Get-BpfObject).Count
        @([IO.Directory]::GetFiles('/proc/self/fd').ForEach({
            try { [IO.FileInfo]::new($_).LinkTarget } catch { }
        }).Where({ $_ -match 'bpf[-_](link|prog)' })).Count
        """;

    private static void Check(ShellResult result)
    {
        var lines = result.Succeeded().Lines;
        Assert.Equal(["refused", "1", "PermissionDenied"], lines[..3]);
        Assert.Contains("EPERM", lines[3]);
        Assert.Contains("lacks CAP_NET_ADMIN", lines[3]);
        Assert.Contains("root", lines[4]);
        Assert.Equal(["0", "0"], lines[5..]);
    }
}
