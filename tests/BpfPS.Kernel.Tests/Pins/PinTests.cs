using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Pins;

/// <summary>Single pins.</summary>
public class PinTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void A_map_that_is_pinned_outlives_its_object()
    {
        Live.Require();
        using var pins = new PinDirectory();
        uint id;
        using (var obj = Live.TestProgram("types"))
        {
            var map = obj.Map("by_number");
            id = map.Id;
            Live.Getppid();

            var pin = map.Pin(pins["deep/numbers"]);
            Assert.Equal((pins["deep/numbers"], BpfPinKind.Map, id, "by_number", "hash"), (pin.Path, pin.Kind, pin.Id, pin.Name, pin.Type));
            Assert.Equal(("root", "0600"), (pin.Owner, pin.Mode));
            Assert.Equal("700 600", Command.Output("stat", "-c", "%a", pins["deep"], pin.Path).Trim().Replace('\n', ' '));
        }
        Assert.Equal(id, Bpftool.Json("map", "show", "pinned", pins["deep/numbers"]).GetProperty("id").GetUInt32());
        Assert.Equal("key=16909060 value=1234605616436508552",
            Assert.Single(Live.Entries(BpfMap.FromPin(pins["deep/numbers"]))).ToString());
    }

    [Fact]
    public void Pins_are_listed_with_what_they_keep()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["a_map"], "type", "array", "key", "4", "value", "4", "entries", "1", "name", "pinned_array");
        Bpftool.Run("prog", "load", Repository.TestProgram("nobtf"), pins["b_program"]);
        Directory.CreateDirectory(pins["inner"]);
        using var obj = BpfObjectStarter.Start(Repository.TestProgram("burst"), new BpfStartOptions { PinPath = pins["inner/burst"] });
        var listed = BpfPin.List(pins.Path).ToArray();

        Assert.Equal(
            [
                (pins["a_map"], BpfPinKind.Map, "pinned_array", "array"), (pins["b_program"], BpfPinKind.Program, "nobtf", "socket_filter"),
                (pins["inner/burst/events"], BpfPinKind.Map, "events", "ringbuf"),
                    (pins["inner/burst/link_burst"], BpfPinKind.Link, "burst",
                    Bpftool.Json("link", "show", "pinned", pins["inner/burst/link_burst"]).GetProperty("type").GetString()!),
            ],
            listed.Select(pin => (pin.Path, pin.Kind, pin.Name, pin.Type)));
        Assert.Equal(
            [
                Bpftool.Json("map", "show", "pinned", pins["a_map"]).GetProperty("id").GetUInt32(),
                    Bpftool.Json("prog", "show", "pinned", pins["b_program"]).GetProperty("id").GetUInt32(),
                obj.Map("events").Id, Bpftool.Json("link", "show", "pinned", pins["inner/burst/link_burst"]).GetProperty("id").GetUInt32(),
            ],
            listed.Select(pin => pin.Id));
    }

    [Fact]
    public void The_kernels_own_files_in_the_root_are_no_pins()
    {
        Live.Require();
        BpfFileSystem.Mount();

        Assert.True(File.Exists($"{BpfFileSystem.Root}/maps.debug"), "the kernel has no such files, so this tests nothing");
        Assert.DoesNotContain(BpfPin.List(BpfFileSystem.Root), pin => pin.Path.EndsWith(".debug", StringComparison.Ordinal));
    }

    [Fact]
    public void A_pin_of_another_kind_is_a_clear_error()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("prog", "load", Repository.TestProgram("nobtf"), pins["program"]);
        Bpftool.Run("map", "create", pins["map"], "type", "array", "key", "4", "value", "4", "entries", "1", "name", "m");

        Assert.Equal($"'{pins["program"]}' is a pin of a program, not of a map.",
            Assert.Throws<BpfException>(() => BpfMap.FromPin(pins["program"])).Message);
        Assert.Equal($"'{pins["map"]}' is a pin of a map, not of a program.",
            Assert.Throws<BpfException>(() => BpfProgram.FromPin(pins["map"])).Message);
        Assert.Equal("nobtf", BpfProgram.FromPin(pins["program"]).Name);
    }

    [Fact]
    public void A_pin_that_is_not_there_is_a_clear_error()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        foreach (var look in (Action[])[() => BpfMap.FromPin(pins["none"]), () => BpfProgram.FromPin(pins["none"]), () =>
            BpfPin.Get(pins["none"]), () => BpfPin.Remove(pins["none"])])
        {
            var error = Assert.Throws<BpfException>(look);
            Assert.Equal((BpfErrorKind.NotFound, BpfErrno.ENOENT, $"There is no pin at '{pins["none"]}'."),
                (error.Kind, error.Errno, error.Message));
        }
    }

    [Fact]
    public void A_file_that_is_no_pin_is_a_clear_error() =>
        AssertNoPin("/etc/passwd");

    [Fact]
    public void A_directory_is_no_pin() => AssertNoPin(BpfFileSystem.Root);

    [Fact]
    public void A_pins_place_that_is_taken_is_refused()
    {
        Live.Require();
        using var pins = new PinDirectory();
        using var obj = Live.TestProgram("types");
        obj.Map("by_number").Pin(pins["taken"]);
        var error = Assert.Throws<BpfException>(() => obj.Map("array").Pin(pins["taken"]));

        Assert.Equal((BpfErrorKind.AlreadyExists, $"'{pins["taken"]}' already exists."), (error.Kind, error.Message));
        Assert.Equal("by_number", BpfMap.FromPin(pins["taken"]).Name);
    }

    [Fact]
    public void One_pin_can_be_removed_alone()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["one"], "type", "array", "key", "4", "value", "4", "entries", "1", "name", "m");
        Bpftool.Run("map", "create", pins["two"], "type", "array", "key", "4", "value", "4", "entries", "1", "name", "m");

        Assert.Equal([pins["one"]], BpfPin.Remove(pins["one"]).Select(pin => pin.Path));
        Assert.Equal([pins["two"]], Directory.GetFiles(pins.Path));
    }

    private static void AssertNoPin(string path)
    {
        Live.Require();
        Assert.Contains(path, Assert.Throws<BpfException>(() => BpfMap.FromPin(path)).Message, StringComparison.Ordinal);
        Assert.Contains(path, Assert.Throws<BpfException>(() => BpfPin.Get(path)).Message, StringComparison.Ordinal);
    }
}
