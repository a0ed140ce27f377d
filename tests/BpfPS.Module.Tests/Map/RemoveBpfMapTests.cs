namespace BpfPS.Module.Tests.Map;

/// <summary>Remove-BpfMap.</summary>
public sealed class RemoveBpfMapTests : KernelTest
{
    [Fact]
    public void A_map_that_was_made_here_goes()
    {
        Run("New-BpfMap passing -KeyType u32 -ValueType u32 | Out-Null; New-BpfMap staying -KeyType u32 -ValueType u32 | Out-Null")
            .Succeeded();
        Assert.Single(KernelWitness.Maps("passing"));

        Assert.Empty(Run("Remove-BpfMap passing").Succeeded().Output);

        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("passing").Count == 0, TimeSpan.FromSeconds(5)));
        Assert.Single(KernelWitness.Maps("staying"));
        Run("Get-BpfMap sta* | Remove-BpfMap").Succeeded();
        NothingIsLeft();
    }

    [Fact]
    public void WhatIf_keeps_it()
    {
        Run("New-BpfMap passing -KeyType u32 -ValueType u32 | Remove-BpfMap -WhatIf").Succeeded();

        Assert.Single(KernelWitness.Maps("passing"));
    }

    [Fact]
    public void A_name_means_our_own_map_and_not_one_of_others_that_is_called_alike()
    {
        using var pins = new PinFolder();
        pins.Map("alike", "hash");
        var theirs = Assert.Single(KernelWitness.Maps("alike"));

        var error = Assert.Single(Run("Remove-BpfMap alike").Errors);
        Assert.Equal("BpfNotFound,BpfPS.Commands.RemoveBpfMapCommand", error.FullyQualifiedErrorId);
        Assert.Contains("is not one that this session made", error.Exception.Message, StringComparison.Ordinal);
        Assert.Empty(Run("Remove-BpfMap ali*").Errors);

        Run("New-BpfMap alike -KeyType u32 -ValueType u32 | Out-Null; Remove-BpfMap alike").Succeeded();
        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("alike").SequenceEqual([theirs]), TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void A_pin_keeps_what_is_let_go()
    {
        using var pins = new PinFolder();
        Run($"$m = New-BpfMap kept -KeyType u32 -ValueType u32; $m | Save-BpfMapPin -PinPath {pins.Path}/kept; $m | Remove-BpfMap")
            .Succeeded();

        Assert.Single(KernelWitness.Maps("kept"));
        Assert.Equal("kept", Run($"(Get-BpfMap -Path {pins.Path}/kept).Name").Only.BaseObject);
    }
}
