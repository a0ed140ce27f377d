namespace BpfPS.Module.Tests.Pin;

/// <summary>Save-BpfProgramPin. bpftool tells which program a pin is of.</summary>
public sealed class SaveBpfProgramPinTests : KernelTest
{
    private readonly PinFolder _pins = new();
    private readonly uint _id;

    public SaveBpfProgramPinTests()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer; $program = $o.Programs[0]; $id = $program.Id");
        _id = (uint)Run("$id").Only.BaseObject;
    }

    public override void Dispose()
    {
        _pins.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData("Save-BpfProgramPin -Id $id {0}/it", "it")]
    [InlineData("Save-BpfProgramPin -Id $id -PinPath /sys/fs/bpf/{0}/deep/it", "deep/it")]
    [InlineData("$program | Save-BpfProgramPin -PinPath {0}/it", "it")]
    [InlineData("Save-BpfProgramPin -InputObject $program {0}/it", "it")]
    [InlineData("Get-BpfProgram -Id $id | Save-BpfProgramPin -PinPath {0}/", "types")]
    [InlineData("$o | Save-BpfProgramPin -PinPath {0}/", "types")]
    [InlineData("[pscustomobject]@{{ Id = $id }} | Save-BpfProgramPin -PinPath {0}/it", "it")]
    public void A_program_is_pinned_for_root_alone_and_stays_loaded_after_it_was_stopped(string save, string pin)
    {
        Assert.Empty(Run(string.Format(save, _pins.Name)).Succeeded().Output);
        Run("$o | Stop-BpfProgram").Succeeded();

        Assert.Equal(_id, Shown(pin));
        Assert.Equal("600 root root", Command.Output("stat", "-c", "%a %U %G", $"{_pins.Path}/{pin}").Trim());
        Assert.Equal("700 root root", Command.Output("stat", "-c", "%a %U %G", _pins.Path).Trim());
        Run($"Remove-BpfPin {_pins.Name} -Recurse").Succeeded();
        NothingIsLeft();
    }

    [Fact]
    public void It_stays_loaded_after_the_session_but_not_attached_and_its_variables_are_read_by_the_next()
    {
        uint id;
        using (var other = new Session())
        {
            id = (uint)other.Run($"$o = Start-BpfProgram $burst; $o | Save-BpfProgramPin -PinPath {_pins.Name}/it; "
                + "$o.Programs[0].Id").Only.BaseObject;
        }

        Assert.Equal(id, Shown("it"));
        Assert.DoesNotContain($"\"prog_id\":{id},", Command.Output("bpftool", "-j", "link", "list"));
        Assert.Equal(id, Run($"Get-BpfPin {_pins.Name} | ForEach-Object {{ Get-BpfProgram -Id $_.Id }}").Only.Get("Id"));
        Assert.NotEmpty(Run($"Get-BpfPin {_pins.Name} | Get-BpfVariable producer_pid").Succeeded().Output);
    }

    [Fact]
    public void PassThru_gives_the_pin()
    {
        var pin = Run($"$program | Save-BpfProgramPin -PinPath {_pins.Name}/it -PassThru").Only;

        Assert.Equal(($"{_pins.Path}/it", "Program", _id, "types"),
            (pin.Get("Path"), $"{pin.Get("Kind")}", pin.Get("Id"), pin.Get("Name")));
        Assert.Equal(("0600", "root"), (pin.Get("Mode"), pin.Get("Owner")));
    }

    [Fact]
    public void WhatIf_pins_nothing()
    {
        Assert.Contains($"{_pins.Name}/it", Session.Show($"$program | Save-BpfProgramPin -PinPath {_pins.Name}/it -WhatIf -PassThru"));

        Assert.False(_pins.Exists);
    }

    [Fact]
    public void A_place_that_is_taken_keeps_what_it_has_until_Force_replaces_it()
    {
        Given($"$other = Start-BpfProgram $burst; $other | Save-BpfProgramPin -PinPath {_pins.Name}/it");
        var other = Shown("it");

        var error = Run($"$program | Save-BpfProgramPin -PinPath {_pins.Name}/it")
            .FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists);
        Assert.Contains($"{_pins.Path}/it", error.Exception.Message);
        Assert.Equal(other, Shown("it"));

        Run($"$program | Save-BpfProgramPin -PinPath {_pins.Name}/it -Force").Succeeded();
        Assert.Equal(_id, Shown("it"));
        Assert.Equal(["it"], _pins.Entries); // and nothing beside it
    }

    [Fact]
    public void Force_does_not_replace_the_pin_of_something_else()
    {
        var map = _pins.Map("taken");

        Run($"$program | Save-BpfProgramPin -PinPath {map} -Force").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists);
        Run($"$program | Save-BpfProgramPin -PinPath {map}/below -Force").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists);
        Run($"$program | Save-BpfProgramPin -PinPath {_pins.Path} -Force").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists);

        Assert.Contains("\"taken\"", Command.Output("bpftool", "-j", "map", "show", "pinned", map));
        Assert.Equal(["taken"], _pins.Entries);
    }

    [Theory]
    [InlineData("/tmp/bpfps-pin")]
    [InlineData("../../../tmp/bpfps-pin")]
    [InlineData("bpfps-test.dotted/it")]
    public void A_place_that_cannot_be_is_one_error(string path)
    {
        Run($"$program | Save-BpfProgramPin -PinPath {path}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.False(Path.Exists("/tmp/bpfps-pin"));
    }

    [Fact]
    public void A_program_that_is_not_there_is_an_error_and_the_next_is_pinned()
    {
        var outcome = Run($"Save-BpfProgramPin -Id 4000000000, $id {_pins.Name}/");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 4000000000u);
        Assert.False(outcome.WasTerminated);
        Assert.Equal(_id, Shown("types"));
    }

    [Fact]
    public void What_is_no_program_is_an_error()
    {
        Assert.Contains("cannot be used as a program", Run($"Get-BpfTool runqlat | Save-BpfProgramPin -PinPath {_pins.Name}/")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).Exception.Message);
        Assert.Contains("cannot be used as a program", Run($"$o.Maps[0] | Save-BpfProgramPin -PinPath {_pins.Name}/")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).Exception.Message);

        Assert.False(_pins.Exists);
    }

    private uint Shown(string pin) =>
        System.Text.Json.JsonDocument.Parse(Command.Output("bpftool", "-j", "prog", "show", "pinned",
            $"{_pins.Path}/{pin}")).RootElement.GetProperty("id").GetUInt32();
}
