namespace BpfPS.Module.Tests.Pin;

public sealed class SaveBpfMapPinTests : KernelTest, IDisposable
{
    private readonly PinFolder _pins = new();

    public SaveBpfMapPinTests() => Given("$o = Start-BpfProgram $types; $map = $o.Maps | Where-Object Name -eq by_struct; $id = $map.Id");

    public override void Dispose()
    {
        _pins.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData("$map | Save-BpfMapPin -PinPath {0}/it")]
    [InlineData("Save-BpfMapPin -InputObject $map {0}/it")]
    [InlineData("Save-BpfMapPin -Id $id -PinPath /sys/fs/bpf/{0}/it")]
    [InlineData("Get-BpfMap -Id $id | Save-BpfMapPin -PinPath {0}/it")]
    public void A_map_is_pinned_and_outlives_its_program(string save)
    {
        Assert.Empty(Run(string.Format(save, _pins.Name)).Succeeded().Output);
        Run("$o | Stop-BpfProgram").Succeeded();

        Assert.Equal(["it"], _pins.Entries);
        Assert.Contains("\"by_struct\"", Command.Output("bpftool", "-j", "map", "show", "pinned", $"{_pins.Path}/it"));
        Assert.Equal("struct flow_key", Run($"Get-BpfMap -Path {_pins.Path}/it").Only.Get("KeyType"));
    }

    [Fact]
    public void A_path_that_ends_in_a_slash_is_a_folder_for_pins_by_name()
    {
        Run($"$o.Maps | Where-Object Name -like by_* | Save-BpfMapPin -PinPath {_pins.Name}/").Succeeded();

        Assert.Equal(["by_number", "by_struct"], _pins.Entries);
    }

    [Fact]
    public void A_map_is_pinned_by_name()
    {
        var pin = _pins.Map("unusual_name");

        Run($"Save-BpfMapPin unusual_name {_pins.Name}/again").Succeeded();
        Run($"Save-BpfMapPin -Path {pin} -PinPath {_pins.Name}/again2").Succeeded();

        Assert.Equal(["again", "again2", "unusual_name"], _pins.Entries);
    }

    [Fact]
    public void PassThru_gives_the_pin()
    {
        var pin = Run($"$map | Save-BpfMapPin -PinPath {_pins.Name}/it -PassThru").Only;

        Assert.Equal($"{_pins.Path}/it", pin.Get("Path"));
        Assert.Equal("Map", pin.Get("Kind")!.ToString());
        Assert.Equal("by_struct", pin.Get("Name"));
        Assert.Equal("hash", pin.Get("Type"));
        Assert.Equal(Run("$id").Only.BaseObject, pin.Get("Id"));
    }

    [Fact]
    public void WhatIf_pins_nothing()
    {
        Assert.Contains("What if: ", Session.Show($"$map | Save-BpfMapPin -PinPath {_pins.Name}/it -WhatIf"));

        Assert.False(_pins.Exists);
    }

    [Fact]
    public void A_place_that_is_taken_is_one_error_and_keeps_what_it_has()
    {
        var taken = _pins.Map("taken");

        var error = Run($"$map | Save-BpfMapPin -PinPath {taken}").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists);

        Assert.Contains(taken, error.Exception.Message);
        Assert.Equal("taken", Run($"Get-BpfMap -Path {taken}").Only.Get("Name"));
    }

    [Theory]
    [InlineData("/tmp/bpfps-pin")]
    [InlineData("/sys/fs/bpf/../../../tmp/bpfps-pin")]
    [InlineData("../../../tmp/bpfps-pin")]
    [InlineData("bpfps-test.dotted/it")]
    public void A_place_that_cannot_be_is_one_error(string path)
    {
        Run($"$map | Save-BpfMapPin -PinPath {path}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.False(Path.Exists("/tmp/bpfps-pin"));
        Assert.False(Path.Exists("/sys/fs/bpf/bpfps-test.dotted"));
    }

    [Fact]
    public void A_map_that_is_not_there_is_one_error()
    {
        Run($"Save-BpfMapPin nosuch {_pins.Name}/it").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Run($"Save-BpfMapPin -Id 4000000000 -PinPath {_pins.Name}/it").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 4000000000u);

        Assert.False(_pins.Exists);
    }
}
