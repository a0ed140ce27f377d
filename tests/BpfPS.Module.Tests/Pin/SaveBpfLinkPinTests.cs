namespace BpfPS.Module.Tests.Pin;

/// <summary>Save-BpfLinkPin. bpftool tells which link a pin is of, and the program's counter whether it is attached.</summary>
public sealed class SaveBpfLinkPinTests : KernelTest
{
    private readonly PinFolder _pins = new();

    public override void Dispose()
    {
        _pins.Dispose();
        base.Dispose();
    }

    [Fact]
    public void A_link_that_one_session_pins_another_one_uses_and_removes()
    {
        uint map, program;
        using (var first = new Session())
        {
            first.Run($"$o = Start-BpfProgram $types -Variable $producer; $o | Save-BpfLinkPin -PinPath {_pins.Name}/it").Succeeded();
            map = (uint)first.Run("($o.Maps | Where-Object Name -eq types.bss).Id").Only.BaseObject;
            program = (uint)first.Run("$o.Programs[0].Id").Only.BaseObject;
        }
        Producer.Call();
        Assert.Equal(1, KernelWitness.Globals(map, ".bss")["calls"].GetInt32()); // still attached, with nobody there

        var pin = Run($"$pin = Get-BpfPin {_pins.Name}/it; $pin").Only;
        Assert.Equal("Link", $"{pin.Get("Kind")}");
        Assert.Equal(Shown("it"), pin.Get("Id"));
        Run("$pin | Set-BpfVariable calls 100").Succeeded();
        Producer.Call();
        Assert.Equal(101UL, Run("($pin | Get-BpfVariable calls).Value").Only.BaseObject);

        Run("$pin | Remove-BpfPin").Succeeded();
        NothingIsLeft();
        Assert.False(KernelWitness.HasProgram(program));
    }

    [Fact]
    public void Another_process_takes_it_over_under_a_name_of_its_own_and_ends_it()
    {
        Given($"$o = Start-BpfProgram $types -Variable $producer; $o | Save-BpfLinkPin -PinPath {_pins.Name}/mine; $o | Stop-BpfProgram");
        var id = Shown("mine");

        var taken = Shell.Run($"Get-BpfPin {_pins.Name}/mine | Save-BpfLinkPin -PinPath {_pins.Name}/theirs -PassThru | ForEach-Object Id; "
            + $"Remove-BpfPin {_pins.Name}/mine").Succeeded();
        Assert.Equal([$"{id}"], taken.Lines);
        Assert.Equal(id, Shown("theirs"));
        Assert.Equal(["theirs"], _pins.Entries);
        Assert.Single(KernelWitness.Programs("types"));

        Shell.Run($"Remove-BpfPin {_pins.Name} -Recurse").Succeeded();
        Assert.False(_pins.Exists);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("$o | Save-BpfLinkPin -PinPath {0}/it", "it")]
    [InlineData("$o | Save-BpfLinkPin -PinPath /sys/fs/bpf/{0}/deep/", "deep/types")]
    [InlineData("Save-BpfLinkPin -InputObject $o {0}/it", "it")]
    [InlineData("Get-BpfObject types | Save-BpfLinkPin -PinPath {0}/it", "it")]
    [InlineData("Save-BpfLinkPin -Id $link {0}/it", "it")]
    [InlineData("Save-BpfLinkPin -Id $link -PinPath {0}/it", "it")]
    public void A_link_is_pinned_for_root_alone_and_its_program_goes_on_after_it_was_stopped(string save, string pin)
    {
        Given("$o = Start-BpfProgram $types -Variable $producer");
        var program = (uint)Run("$o.Programs[0].Id").Only.BaseObject;
        var link = LinkOf(program);
        Session.Set("link", link);
        var map = Run("($o.Maps | Where-Object Name -eq types.bss).Id").Only.BaseObject;

        Assert.Empty(Run(string.Format(save, _pins.Name)).Succeeded().Output);
        Run("$o | Stop-BpfProgram").Succeeded();
        Producer.Call(2);

        Assert.Equal(link, Shown(pin));
        Assert.Equal(2, KernelWitness.Globals(map, ".bss")["calls"].GetInt32());
        Assert.Equal("600 root root", Command.Output("stat", "-c", "%a %U %G", $"{_pins.Path}/{pin}").Trim());
        Assert.Equal("700 root root", Command.Output("stat", "-c", "%a %U %G", Path.GetDirectoryName($"{_pins.Path}/{pin}")!).Trim());
    }

    [Fact]
    public void Each_link_of_a_tool_of_several_programs_has_a_pin_of_its_programs_name()
    {
        Given("$o = Start-BpfProgram runqlat");
        var programs = Run("$o.Programs")
            .Succeeded().Output.ToDictionary(program => program.Get<string>("Name"), program => program.Get<uint>("Id"));

        Run($"$o | Save-BpfLinkPin -PinPath {_pins.Name}/").Succeeded();

        Assert.NotEmpty(_pins.Entries);
        Assert.All(_pins.Entries, pin => Assert.Equal(LinkOf(programs[pin]), Shown(pin)));
        Run("$o | Stop-BpfProgram").Succeeded();
        Assert.All(_pins.Entries, pin => Assert.True(KernelWitness.HasProgram(programs[pin])));
        Run($"Remove-BpfPin {_pins.Name} -Recurse").Succeeded();
        NothingIsLeft();
    }

    [Fact]
    public void PassThru_gives_the_pin()
    {
        Given("$o = Start-BpfProgram $types");

        var pin = Run($"$o | Save-BpfLinkPin -PinPath {_pins.Name}/it -PassThru").Only;

        Assert.Equal(($"{_pins.Path}/it", "Link", "types"), (pin.Get("Path"), $"{pin.Get("Kind")}", pin.Get("Name")));
        Assert.Equal(Shown("it"), pin.Get("Id"));
        Assert.Equal(KernelWitness.Shown("link", Shown("it")).GetProperty("type").GetString(), pin.Get("Type"));
    }

    [Fact]
    public void WhatIf_pins_nothing()
    {
        Given("$o = Start-BpfProgram $types");

        Assert.Contains($"{_pins.Name}/it", Session.Show($"$o | Save-BpfLinkPin -PinPath {_pins.Name}/it -WhatIf -PassThru"));

        Assert.False(_pins.Exists);
    }

    [Fact]
    public void Force_replaces_the_pin_of_another_link_and_detaches_what_nothing_else_holds()
    {
        Given($"$old = Start-BpfProgram $burst; $old | Save-BpfLinkPin -PinPath {_pins.Name}/it; $old | Stop-BpfProgram; "
            + "$o = Start-BpfProgram $types");
        var old = Shown("it");
        Assert.Single(KernelWitness.Programs("burst"));

        Run($"$o | Save-BpfLinkPin -PinPath {_pins.Name}/it").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists);
        Assert.Equal(old, Shown("it"));

        Run($"$o | Save-BpfLinkPin -PinPath {_pins.Name}/it -Force").Succeeded();
        Assert.Equal(LinkOf((uint)Run("$o.Programs[0].Id").Only.BaseObject), Shown("it"));
        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Programs("burst").Count == 0, TimeSpan.FromSeconds(5)));
        Assert.Equal(["it"], _pins.Entries);
    }

    [Fact]
    public void Force_does_not_replace_the_pin_of_something_else()
    {
        var map = _pins.Map("taken");
        Given("$o = Start-BpfProgram $types");

        Run($"$o | Save-BpfLinkPin -PinPath {map} -Force").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists);

        Assert.Contains("\"taken\"", Command.Output("bpftool", "-j", "map", "show", "pinned", map));
        Assert.Equal(["taken"], _pins.Entries);
    }

    [Fact]
    public void A_link_that_is_not_there_is_an_error_and_the_next_is_pinned()
    {
        Given("$o = Start-BpfProgram $types");
        var link = LinkOf((uint)Run("$o.Programs[0].Id").Only.BaseObject);

        var outcome = Run($"Save-BpfLinkPin -Id 4000000000, {link} {_pins.Name}/");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 4000000000u);
        Assert.False(outcome.WasTerminated);
        Assert.Equal(link, Shown("types"));
    }

    [Theory]
    [InlineData("$o.Maps[0]")]
    [InlineData("Get-BpfTool runqlat")]
    [InlineData("Get-BpfPin {0}/map")]
    public void What_is_no_link_is_an_error(string thing)
    {
        _pins.Map("map");
        Given("$o = Start-BpfProgram $types");

        Assert.Contains("cannot be used as a link", Run($"{string.Format(thing, _pins.Name)} | Save-BpfLinkPin -PinPath {_pins.Name}/")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).Exception.Message);

        Assert.Equal(["map"], _pins.Entries);
    }

    private uint Shown(string pin) =>
        BpftoolJson.Answer("link", "show", "pinned", $"{_pins.Path}/{pin}").GetProperty("id").GetUInt32();

    private static uint LinkOf(uint program) =>
        System.Text.Json.JsonDocument.Parse(Command.Output("bpftool", "-j", "link", "list")).RootElement.EnumerateArray()
            .Single(link => link.TryGetProperty("prog_id", out var id) && id.GetUInt32() == program).GetProperty("id").GetUInt32();
}
