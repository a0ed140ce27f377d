namespace BpfPS.Module.Tests.Module;

/// <summary>On a machine where bpffs is not mounted. Each test has its own mounts, which go with its processes.</summary>
public sealed class FileSystemTests : KernelTest
{
    private const string Unmounted = "while umount --lazy /sys/fs/bpf 2>/dev/null; do :; done; "
        + "! grep -q ' /sys/fs/bpf ' /proc/mounts || exit 9";
    private const string IsMounted = "\"mounted $([IO.File]::ReadAllText('/proc/mounts').Contains(' /sys/fs/bpf bpf '))\"";

    public FileSystemTests() => Machine.RequireProgram("unshare");

    [Fact]
    public void Pinning_mounts_bpffs()
    {
        var result = Shell.RunWithMounts(Unmounted, $"$o = Start-BpfProgram runqlat -Pin 3>$null; $o.PinPath; {IsMounted}",
            "Stop-BpfProgram -Path runqlat").Succeeded();

        Assert.Equal(["/sys/fs/bpf/runqlat", "mounted True"], result.Lines);
    }

    [Theory]
    [InlineData("New-BpfMap private_it -KeyType u32 -ValueType u32 -PinPath it")]
    [InlineData("New-BpfMap private_it -KeyType u32 -ValueType u32 | Save-BpfMapPin -PinPath it")]
    [InlineData("Start-BpfProgram runqlat -PinPath it")]
    public void A_pin_that_only_this_mount_namespace_has_is_told_as_that(string script)
    {
        const string Text = "3>&1 | Out-String -Width 400 -OutVariable text; \"$text\"";
        var result = Shell.RunWithMounts(Unmounted, $"$null = {script} {Text}").Succeeded();

        Assert.Contains("is mounted in this process's own mount namespace", result.Output);
        // Also where it covers the host's.
        Assert.Contains("is mounted in this process's own mount namespace",
            Shell.RunWithMounts("mount -t bpf bpf /sys/fs/bpf", $"$null = {script} {Text}").Succeeded().Output);
        // The same in a namespace whose bpffs is the host's.
        using var pins = new PinFolder();
        var shared = script.Replace("PinPath it", $"PinPath {pins.Name}/it", StringComparison.Ordinal);
        Assert.DoesNotContain("mount namespace", Shell.RunWithMounts("true", $"$null = {shared} {Text}").Succeeded().Output);
    }

    [Fact]
    public void Saving_a_pin_mounts_bpffs()
    {
        var result = Shell.RunWithMounts(Unmounted,
            "$o = Start-BpfProgram runqlat; $WarningPreference = 'Ignore'; "
                + $"($o.Maps | Where-Object Name -eq hist | Save-BpfMapPin -PinPath it -PassThru).Path; {IsMounted}").Succeeded();

        Assert.Equal(["/sys/fs/bpf/it", "mounted True"], result.Lines);
    }

    [Theory]
    [InlineData("Start-BpfProgram runqlat -Pin -WhatIf")]
    [InlineData("$o = Start-BpfProgram runqlat; $o.Maps[0] | Save-BpfMapPin -PinPath it -WhatIf")]
    public void With_WhatIf_nothing_is_mounted(string script)
    {
        var result = Shell.RunWithMounts(Unmounted, $"{script}; {IsMounted}").Succeeded();

        Assert.Contains("What if: ", result.Output);
        Assert.Equal("mounted False", result.Lines[^1]);
    }

    [Theory]
    [InlineData("Start-BpfProgram runqlat")]
    [InlineData("Get-BpfMap")]
    [InlineData("Get-BpfPin")]
    [InlineData("Get-BpfPin *")]
    [InlineData("Get-BpfMap -Path x*")]
    [InlineData("Watch-BpfEvent runqlat -Variable @{ threshold_ns = '1m' } -Duration 10ms")]
    public void What_pins_nothing_neither_mounts_nor_minds(string script)
    {
        var result = Shell.RunWithMounts(Unmounted, $"$x = {script}; {IsMounted}").Succeeded();

        Assert.Equal(["mounted False"], result.Lines);
    }

    [Fact]
    public void A_pin_that_is_looked_for_without_bpffs_is_an_error_that_says_how_to_mount_it()
    {
        var result = Shell.RunWithMounts(Unmounted,
            "try { Get-BpfMap -Path runqlat/hist -ErrorAction Stop } catch { $_.ErrorDetails.RecommendedAction }").Succeeded();

        Assert.Contains("mount -t bpf", Assert.Single(result.Lines));
    }

    [Fact]
    public void A_mount_that_is_refused_is_one_error_and_leaves_nothing()
    {
        // /sys/fs/bpf is hidden: there is no place to mount it at.
        var result = Shell.RunWithMounts("mount -t tmpfs none /sys/fs || exit 9",
            "try { Start-BpfProgram runqlat -Pin -ErrorAction Stop } catch { $_.FullyQualifiedErrorId -replace ',.*' }; "
                + "@(Get-BpfObject).Count").Succeeded();

        Assert.StartsWith("Bpf", result.Lines[0]);
        Assert.Equal("0", result.Lines[1]);
    }

    [Fact]
    public void Tracepoints_are_attached_without_tracefs_being_mounted()
    {
        var result = Shell.RunWithMounts("umount --lazy /sys/kernel/tracing 2>/dev/null; "
            + "umount --lazy /sys/kernel/debug/tracing 2>/dev/null; true", "(Start-BpfProgram execsnoop).LinkCount").Succeeded();

        Assert.Equal(["5"], result.Lines);
    }
}
