using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Pins;

public class ObjectPinTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void A_pinned_object_runs_on_without_us_and_bpftool_sees_it()
    {
        Live.Require();
        using var pins = new PinDirectory();
        uint ring, attempts, program;
        using (var obj = Pinned("burst", pins.Path))
        {
            Assert.Equal(pins.Path, obj.PinPath);
            ring = obj.Map("events").Id;
            attempts = obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal)).Id;
            program = obj.Programs.Single().Id;
        }
        Live.Getppid();

        Assert.Equal(["events", "link_burst"], Directory.GetFiles(pins.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(ring, Bpftool.Json("map", "show", "pinned", pins["events"]).GetProperty("id").GetUInt32());
        Assert.Equal([pins["link_burst"]], Bpftool.List("link").Values.Single(link => link.GetProperty("prog_id").GetUInt32() == program)
            .GetProperty("pinned").EnumerateArray().Select(pin => pin.GetString()));
        Assert.Equal(1ul, Bpftool.Globals(attempts, ".bss")["attempts"].GetUInt64());
        // Only its user may look at it.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(pins.Path));
    }

    [Fact]
    public void The_events_of_a_pinned_ring_have_their_type_and_their_losses()
    {
        const int Calls = 1_500_000; // more than the ring and the reader's memory hold
        Live.Require();
        using var pins = new PinDirectory();
        Pinned("burst", pins.Path).Dispose();
        using var stream = new BpfEventStream(BpfMap.FromPin(pins["events"]));
        for (var i = 0; i < Calls; i++)
        {
            Live.Getppid();
        }
        Assert.Equal("burst_event", stream.EventClass?.Name);
        var events = Live.ReadAll(stream);

        Assert.True(stream.Lost > 0,
            $"{events.Count} events, "
                + $"{stream.Lost?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "an unknown number"} lost");
        Assert.Equal((ulong)Calls, (ulong)events.Count + stream.Lost);
    }

    [Fact]
    public void Entries_of_a_pinned_map_have_their_types()
    {
        Live.Require();
        using var pins = new PinDirectory();
        Pinned("types", pins.Path).Dispose();
        Live.Getppid();
        var map = BpfMap.FromPin(pins["by_struct"]);

        Assert.Equal(("by_struct", "hash", "struct flow_key", "struct flow_value", pins["by_struct"]),
            (map.Name, map.Type, map.KeyType, map.ValueType, map.Path));
        Assert.Equal("source=192.0.2.1 target=198.51.100.7 source_port=443 target_port=53031 protocol=6 "
            + "padding=000000 packets=7 bytes=4242 label=flow", Assert.Single(Live.Entries(map)).ToString());
    }

    [Fact]
    public void Stacks_of_a_pinned_object_are_found()
    {
        Live.Require();
        using var pins = new PinDirectory();
        Start(Repository.TestProgram("stacks"), pins.Path).Dispose();
        using var stream = new BpfEventStream(BpfMap.FromPin(pins["events"]));
        Live.Getppid();
        var record = Assert.Single(Live.ReadUntil(stream, events => events.Count > 0));
        using var reader = new BpfStackReader();
        var stacks = reader.Read(record).ToArray();

        Assert.Equal([BpfStackStatus.Walked, BpfStackStatus.Walked, BpfStackStatus.NotWalked], stacks.Select(stack => stack.Status));
        Assert.Equal([BpfStackKind.Kernel, BpfStackKind.User, BpfStackKind.Kernel], stacks.Select(stack => stack.Kind));
        Assert.Contains(stacks[1].Frames, frame => frame.Function?.Contains("getppid", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Removing_the_pins_ends_the_program()
    {
        Live.Require();
        using var pins = new PinDirectory();
        var before = NothingLeft.Now();
        Pinned("types", pins.Path).Dispose();
        var expected = Directory.GetFiles(pins.Path).ToHashSet();
        var removed = BpfPin.Remove(pins.Path);

        Assert.Equal(expected, removed.Select(pin => pin.Path).ToHashSet());
        Assert.Equal(BpfPinKind.Link, removed.Single(pin => pin.Name == "types").Kind);
        Assert.False(Directory.Exists(pins.Path));
        Assert.Empty(NothingLeft.Leftovers(before));
        Assert.Equal(BpfErrorKind.NotFound, Assert.Throws<BpfException>(() => BpfPin.Remove(pins.Path)).Kind);
    }

    [Fact]
    public void An_object_that_samples_has_a_pin_for_each_CPU()
    {
        Live.Require();
        using var pins = new PinDirectory();
        Start(Repository.Tool("profile"), pins.Path).Dispose();

        Assert.Equal(CpuList.Online().Count, Directory.GetFiles(pins.Path, "link_sample*").Length);
    }

    [Fact]
    public void A_tool_of_several_programs_has_a_pin_for_each()
    {
        Live.Require();
        using var pins = new PinDirectory();
        using var obj = Start(Repository.Tool("execsnoop"), pins.Path);

        Assert.Equal(obj.Programs.Select(program => $"link_{program.Name}").Order(StringComparer.Ordinal),
            Directory.GetFiles(pins.Path, "link_*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        // Each link pin is of the program that it is named after.
        Assert.All(obj.Programs, program =>
            Assert.Equal(program.Id,
            Bpftool.Json("link", "show", "pinned", pins[$"link_{program.Name}"]).GetProperty("prog_id").GetUInt32()));
    }

    [Fact]
    public void A_relative_place_counts_from_the_root_and_missing_directories_are_made()
    {
        Live.Require();
        using var pins = new PinDirectory();
        var relative = Path.GetRelativePath(BpfFileSystem.Root, pins["a/b"]);
        using var obj = Pinned("burst", relative);

        Assert.Equal(pins["a/b"], obj.PinPath);
        Assert.True(File.Exists(pins["a/b/events"]));
    }

    [Theory]
    [InlineData("/tmp/bpfps-not-here")]
    [InlineData("with.dot")]
    [InlineData("fine/with.dot/below")]
    public void A_place_that_cannot_be_is_refused_before_anything_runs(string below)
    {
        Live.Require();
        using var pins = new PinDirectory();
        var before = NothingLeft.Now();
        var place = below[0] == '/' ? below : pins[below];
        var error = Assert.Throws<BpfException>(() => Pinned("burst", place));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(below[0] == '/' ? "is not a valid path for a pin"
            : "does not allow dots in names", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Remedy);
        Assert.False(Directory.Exists(pins.Path));
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void A_place_that_is_taken_is_refused_and_stays_as_it_is()
    {
        Live.Require();
        using var pins = new PinDirectory();
        using var first = Pinned("burst", pins.Path);
        var before = NothingLeft.Now();
        foreach (var taken in (string[])[pins.Path, pins["events"]])
        {
            var error = Assert.Throws<BpfException>(() => Pinned("types", taken));
            Assert.Equal((BpfErrorKind.AlreadyExists, BpfErrno.EEXIST, $"'{taken}' already exists."),
                (error.Kind, error.Errno, error.Message));
        }

        Assert.Equal(["events", "link_burst"], Directory.GetFiles(pins.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void A_link_that_leads_out_of_the_file_system_is_refused()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        File.CreateSymbolicLink(pins["out"], "/tmp");
        var error = Assert.Throws<BpfException>(() => Pinned("burst", pins["out/place"]));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        File.Delete(pins["out"]);
    }

    [Fact]
    public void What_fails_half_way_leaves_nothing()
    {
        Live.Require();
        using var pins = new PinDirectory();
        var before = NothingLeft.Now();
        using (var obj = Live.TestProgram("types"))
        {
            // In the way of a map that is not the first to be pinned; the check beforehand is passed by.
            Directory.CreateDirectory(pins["made/recent"]);
            var error = Assert.Throws<BpfException>(() => BpfObjectPins.Create(obj, pins["made"]));

            Assert.Equal(BpfErrorKind.AlreadyExists, error.Kind);
            Assert.Empty(Directory.GetFiles(pins["made"]));
            Assert.Null(obj.PinPath);
            Assert.Throws<BpfException>(() => BpfObjectPins.Create(obj, pins["new/deep/with.dot"]));
            Assert.False(Directory.Exists(pins["new"]), "directories that were made on the way are still there");
        }
        pins.Dispose();
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    private static BpfObject Pinned(string program, string path) => Start(Repository.TestProgram(program), path);

    private static BpfObject Start(string file, string path) => BpfObjectStarter.Start(file, new BpfStartOptions
    {
        PinPath = path,
        Variables = file == Repository.TestProgram(ObjectFile.NameOf(file))
            ? new Dictionary<string, object> { ["producer_pid"] = Environment.ProcessId } : new(),
    });
}
