using System.Net;
using System.Net.NetworkInformation;

namespace BpfPS.Module.Tests.FilterRule;

/// <summary>The rules of xdpfilter. Whether packets arrive is asked of a neighbour in a network namespace.</summary>
public sealed class FilterRuleTests : KernelTest
{
    private const string Name = "bpfpsfr0";
    private const string Neighbour = "198.18.99.2";

    private readonly string? _connection = Environment.GetEnvironmentVariable("SSH_CONNECTION");

    public FilterRuleTests()
    {
        Machine.RequireProgram("ip");
        Environment.SetEnvironmentVariable("SSH_CONNECTION", null);
        Command.Run("ip", "link", "delete", Name);
        Command.Run("ip", "netns", "delete", Name);
        Command.Output("ip", "netns", "add", Name);
        Command.Output("ip", "link", "add", Name, "type", "veth", "peer", "name", "left0", "netns", Name);
        Command.Output("ip", "address", "add", "198.18.99.1/30", "dev", Name);
        Command.Output("ip", "link", "set", Name, "up");
        Command.Output("ip", "-n", Name, "address", "add", $"{Neighbour}/30", "dev", "left0");
        Command.Output("ip", "-n", Name, "link", "set", "left0", "up");
        Assert.True(SpinWait.SpinUntil(IsReached, TimeSpan.FromSeconds(15)), "the neighbour does not answer");
    }

    public override void Dispose()
    {
        Environment.SetEnvironmentVariable("SSH_CONNECTION", _connection);
        Session.Run($"Stop-BpfProgram -Path xdpfilter/{Name} -ErrorAction Ignore");
        Command.Run("ip", "link", "delete", Name);
        Command.Run("ip", "netns", "delete", Name);
        base.Dispose();
    }

    [Fact]
    public void A_rule_holds_without_the_session_until_it_is_removed()
    {
        Run($"Add-BpfFilterRule {Neighbour} -Interface {Name}").Succeeded();
        Assert.False(IsReached());
        Assert.Empty(Run("Get-BpfObject").Output);
        var rule = Run($"Get-BpfFilterRule {Name}").Only;
        Assert.Equal((Name, "Source", $"{Neighbour}/32", "Deny"),
            (rule.Get("Interface"), $"{rule.Get("Kind")}", rule.Get("Match"), $"{rule.Get("Action")}"));
        Assert.True(rule.Get<ulong>("Packets") > 0);

        Run($"Get-BpfFilterRule | Remove-BpfFilterRule").Succeeded();
        Assert.True(IsReached());
        Assert.Empty(Run($"Get-BpfFilterRule {Name}").Succeeded().Output);
    }

    [Fact]
    public void A_rule_ends_by_itself()
    {
        Run($"Add-BpfFilterRule 198.18.0.0/15 -Interface {Name} -For 3s").Succeeded();
        Assert.False(IsReached());
        Assert.True(SpinWait.SpinUntil(IsReached, TimeSpan.FromSeconds(15)), "the rule did not end");
        Assert.Empty(Run($"Get-BpfFilterRule {Name}").Succeeded().Output);
    }

    [Fact]
    public void Allowing_a_longer_prefix_goes_before_denying_a_shorter_one()
    {
        Run($"Add-BpfFilterRule 198.18.0.0/15 -Interface {Name}").Succeeded();
        Run($"Add-BpfFilterRule {Neighbour} -Action Allow -Interface {Name}").Succeeded();

        Assert.True(IsReached());
        Run($"Remove-BpfFilterRule {Neighbour}/32 -Interface {Name}").Succeeded();
        Assert.False(IsReached());
    }

    [Theory]
    [InlineData("198.18.99.0/24")]
    [InlineData("-Destination 198.18.99.1")]
    [InlineData("-Port 22 -Protocol TCP")]
    [InlineData("-Port 22")]
    [InlineData("-Protocol tcp")]
    public void Who_would_lock_the_session_out_is_told_and_can_insist(string rule)
    {
        Environment.SetEnvironmentVariable("SSH_CONNECTION", "198.18.99.2 50000 198.18.99.1 22");

        Assert.Contains("SSH session", Assert.Single(Run($"Add-BpfFilterRule {rule} -Interface {Name}").Errors).Exception.Message);
        Assert.DoesNotContain(Run("Get-BpfFilterRule").Output, one => $"{one.Get("Match")}".StartsWith("TCP", StringComparison.Ordinal));
        Run($"Add-BpfFilterRule {rule} -Interface {Name} -Force").Succeeded();
        Assert.NotEmpty(Run($"Get-BpfFilterRule {Name}").Succeeded().Output);
    }

    [Theory]
    [InlineData("Add-BpfFilterRule 1.2.3 -Interface bpfpsfr0", "no address and no prefix")]
    [InlineData("Add-BpfFilterRule -Protocol NONE -Interface bpfpsfr0", "ip_protocol")]
    [InlineData("Add-BpfFilterRule 192.0.2.1 -Interface nosuch0", "nosuch0")]
    [InlineData("Get-BpfFilterRule nosuch0", "no packet filter")]
    [InlineData("Remove-BpfFilterRule 192.0.2.1 -Interface nosuch0", "no packet filter")]
    public void What_cannot_be_is_an_error_and_nothing_is_left(string script, string what)
    {
        Assert.Contains(what, Assert.Single(Run(script).Errors).Exception.Message);
        Assert.False(Directory.Exists($"/sys/fs/bpf/xdpfilter/{Name}"));
    }

    [Fact]
    public void What_if_starts_nothing()
    {
        Assert.Empty(Run($"Add-BpfFilterRule 192.0.2.1 -Interface {Name} -WhatIf").Succeeded().Output);
        Assert.False(Directory.Exists($"/sys/fs/bpf/xdpfilter/{Name}"));
    }

    private static bool IsReached()
    {
        using var ping = new Ping();
        return ping.Send(IPAddress.Parse(Neighbour), 700).Status == IPStatus.Success;
    }
}
