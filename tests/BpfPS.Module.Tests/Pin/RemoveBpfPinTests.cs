namespace BpfPS.Module.Tests.Pin;

/// <summary>Remove-BpfPin. The file system and bpftool tell what is left.</summary>
public sealed class RemoveBpfPinTests : KernelTest
{
    private readonly PinFolder _pins = new();

    public override void Dispose()
    {
        _pins.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData("Remove-BpfPin {0}/one")]
    [InlineData("Remove-BpfPin -Path /sys/fs/bpf/{0}/one")]
    [InlineData("Remove-BpfPin {0}/o*")]
    [InlineData("Get-BpfPin {0}/one | Remove-BpfPin")]
    [InlineData("'{0}/one' | Remove-BpfPin")]
    [InlineData("[pscustomobject]@{{ Path = '/sys/fs/bpf/{0}/one' }} | Remove-BpfPin")]
    [InlineData("Get-BpfMap -Path {0}/one | Remove-BpfPin")]
    [InlineData("Remove-BpfPin -InputObject (Get-BpfPin {0}/one)")]
    public void A_pin_goes_with_the_map_that_nothing_else_holds_and_the_others_stay(string remove)
    {
        _pins.Map("one");
        _pins.Map("two");
        var (one, two) = (Shown("one"), Shown("two"));

        Assert.Empty(Run(string.Format(remove, _pins.Name)).Succeeded().Output);

        Assert.Equal(["two"], _pins.Entries);
        Assert.True(SpinWait.SpinUntil(() => !KernelWitness.HasMap(one), TimeSpan.FromSeconds(5)));
        Assert.True(KernelWitness.HasMap(two));
    }

    [Fact]
    public void What_a_session_or_another_pin_holds_stays_in_the_kernel()
    {
        var held = Make("rmp_held -KeyType u32 -ValueType u32");
        Given($"$map | Save-BpfMapPin -PinPath {_pins.Name}/held");
        _pins.Map("one");
        Given($"Save-BpfMapPin -Path {_pins.Name}/one -PinPath {_pins.Name}/again");
        var twice = Shown("one");

        Run($"Remove-BpfPin {_pins.Name}/held, {_pins.Name}/one").Succeeded();

        Assert.Equal(["again"], _pins.Entries);
        Assert.True(KernelWitness.HasMap(held));
        Assert.Equal(twice, Shown("again"));
    }

    [Fact]
    public void A_directory_with_pins_is_removed_with_Recurse_only()
    {
        _pins.Map("one");
        Given($"New-BpfMap rmp_deep -KeyType u32 -ValueType u32 -PinPath {_pins.Name}/deep/deeper/it | Out-Null");

        var error = Run($"Remove-BpfPin {_pins.Name}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument, _pins.Name);
        Assert.Contains("-Recurse", error.ErrorDetails.RecommendedAction);
        Assert.Equal(["deep", "deep/deeper", "deep/deeper/it", "one"], _pins.Entries);

        Run($"Remove-BpfPin {_pins.Name} -Recurse").Succeeded();
        Assert.False(_pins.Exists);
        NothingIsLeft();
    }

    [Fact]
    public void A_directory_that_is_empty_is_removed()
    {
        Directory.CreateDirectory($"{_pins.Path}/empty");

        Run($"Remove-BpfPin {_pins.Name}/empty").Succeeded();

        Assert.Empty(_pins.Entries);
    }

    [Fact]
    public void The_pins_of_a_started_object_go_and_its_program_is_detached()
    {
        using (var other = new Session())
        {
            other.Run($"Start-BpfProgram runqlat -PinPath {_pins.Name}").Succeeded();
        }
        Assert.Contains("hist", _pins.Entries);
        Assert.NotEmpty(KernelWitness.Maps("hist"));

        var removed = Run($"Remove-BpfPin {_pins.Name} -Recurse -PassThru").Succeeded().Output;

        Assert.Contains("Link", removed.Select(pin => $"{pin.Get("Kind")}"));
        Assert.Contains("hist", removed.Select<string>("Name"));
        Assert.False(_pins.Exists);
        NothingIsLeft();
    }

    [Fact]
    public void Pins_of_programs_maps_and_links_are_removed_alike_and_PassThru_gives_them()
    {
        Given($"$o = Start-BpfProgram $types; $o | Save-BpfProgramPin -PinPath {_pins.Name}/program; "
            + $"$o | Save-BpfLinkPin -PinPath {_pins.Name}/link; "
            + $"$o.Maps | Where-Object Name -eq array | Save-BpfMapPin -PinPath {_pins.Name}/map; $o | Stop-BpfProgram");
        Assert.Equal(["link", "map", "program"], _pins.Entries);

        var removed = Run($"Get-BpfPin {_pins.Name} | Remove-BpfPin -PassThru").Succeeded().Output;

        Assert.Equal(["Link link", "Map map", "Program program"],
            removed.Select(pin => $"{pin.Get("Kind")} {Path.GetFileName(pin.Get<string>("Path"))}").Order(StringComparer.Ordinal));
        Assert.Empty(_pins.Entries);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("Remove-BpfPin {0}/one -WhatIf -PassThru")]
    [InlineData("Remove-BpfPin {0} -Recurse -WhatIf -PassThru")]
    [InlineData("Get-BpfPin {0} | Remove-BpfPin -WhatIf")]
    public void WhatIf_names_the_place_and_removes_nothing(string remove)
    {
        _pins.Map("one");

        Assert.Contains($"on target \"{_pins.Path}", Session.Show(string.Format(remove, _pins.Name)));

        Assert.Equal(["one"], _pins.Entries);
        Assert.True(KernelWitness.HasMap(Shown("one")));
    }

    [Theory]
    [InlineData("Remove-BpfPin {0}/nosuch, {0}/one")]
    [InlineData("'{0}/nosuch', '{0}/one' | Remove-BpfPin")]
    public void A_pin_that_is_not_there_is_an_error_and_the_next_is_removed(string remove)
    {
        _pins.Map("one");

        var outcome = Run(string.Format(remove, _pins.Name));

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, $"{_pins.Name}/nosuch");
        Assert.False(outcome.WasTerminated);
        Assert.Empty(_pins.Entries);
        Assert.Empty(Run($"Remove-BpfPin {_pins.Name}/nosuch*").Succeeded().Output);
    }

    [Fact]
    public void Nothing_outside_of_bpffs_is_removed()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "mine");
        Directory.CreateDirectory(_pins.Path);

        foreach (var path in (string[])[file, folder.Path, $"/sys/fs/bpf/../../../{file}", "/sys/fs/bpf", "/sys/fs/bpf/.", ".", "/"])
        {
            Run($"Remove-BpfPin {path} -Recurse").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument, path);
        }

        Assert.Equal("mine", File.ReadAllText(file));
        Assert.True(_pins.Exists);
    }

    [Fact]
    public void What_another_session_pinned_is_removed_by_this_one()
    {
        using (var other = new Session())
        {
            other.Run($"New-BpfMap rmp_theirs -KeyType u32 -ValueType u32 -PinPath {_pins.Name}/it").Succeeded();
        }
        Assert.Single(KernelWitness.Maps("rmp_theirs"));

        Run($"Get-BpfPin {_pins.Name} | Where-Object Name -eq rmp_theirs | Remove-BpfPin").Succeeded();

        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("rmp_theirs").Count == 0, TimeSpan.FromSeconds(5)));
        Assert.Empty(_pins.Entries);
    }

    private uint Shown(string pin) =>
        System.Text.Json.JsonDocument.Parse(Command.Output("bpftool", "-j", "map", "show", "pinned",
            $"{_pins.Path}/{pin}")).RootElement.GetProperty("id").GetUInt32();
}
