using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Maps;

namespace BpfPS.Core.Tests.Objects;

public class EventTypeFinderTests
{
    private readonly BtfBuilder _btf = new();
    private readonly uint _number;

    public EventTypeFinderTests() => _number = _btf.Int("int", 4, signed: true);

    [Fact]
    public void The_value_in_the_maps_definition_names_the_struct()
    {
        var (events, others) = (Struct("event"), Struct("other"));
        Maps(("events", Definition(events)), ("others", Definition(others)));

        Assert.Equal((events, others), (Find("events"), Find("others")));
        Assert.Null(Find("none"));
    }

    [Fact]
    public void The_stream_variable_of_bpfps_h_names_the_struct_of_its_own_map()
    {
        var (one, two) = (Struct("one"), Struct("two"));
        Stream("events", one);
        Stream("others", two);

        Assert.Equal((one, two), (Find("events"), Find("others")));
        Assert.Null(Find("event"));
    }

    [Fact]
    public void A_forward_declaration_stands_for_the_struct_of_its_name()
    {
        var whole = Struct("event");
        Stream("events", _btf.Forward("event"));

        Assert.Equal(whole, Find("events"));
    }

    [Fact]
    public void A_gadgets_variable_names_map_and_struct()
    {
        var wanted = Struct("event");
        Struct("other");
        _btf.Variable("gadget_tracer_exec___events___event", _number);
        _btf.Variable("gadget_tracer_broken___events", _number);

        Assert.Equal(wanted, Find("events"));
        Assert.Null(Find("others"));
    }

    [Fact]
    public void Unused_pointers_name_structs_for_no_map_in_particular()
    {
        var (one, other) = (Struct("event"), Struct("other"));
        _btf.Variable("unused", _btf.Pointer(_btf.Reference(BtfKind.Const, "", one)));
        _btf.Variable("_unused_other", _btf.Pointer(other));
        _btf.Variable("unused_again", _btf.Pointer(one));
        _btf.Variable("unused_number", _btf.Pointer(_number));

        Assert.Null(Find("whatever"));
        Assert.Equal([one, other], EventTypeFinder.Declared(_btf.Parse()));
    }

    [Fact]
    public void The_map_goes_before_the_stream_before_the_gadget()
    {
        var (by_map, by_stream, by_gadget) = (Struct("by_map"), Struct("by_stream"), Struct("by_gadget"));
        _btf.Variable("unused", _btf.Pointer(Struct("by_unused")));
        _btf.Variable("gadget_tracer_t___c___by_gadget", _number);
        _btf.Variable("gadget_tracer_t___b___by_gadget", _number);
        _btf.Variable("gadget_tracer_t___a___by_gadget", _number);
        Stream("a", by_stream);
        Stream("b", by_stream);
        Maps(("a", Definition(by_map)));

        Assert.Equal((by_map, by_stream, by_gadget, (uint?)null), (Find("a"), Find("b"), Find("c"), Find("d")));
    }

    [Fact]
    public void A_name_that_the_kernel_cut_is_found_by_its_beginning()
    {
        var (map, stream) = (Struct("event"), Struct("other"));
        Maps(("a_map_with_a_long_name", Definition(map)));
        Stream("a_stream_with_a_long_name", stream);

        Assert.Equal((map, stream), (Find("a_map_with_a_lo"), Find("a_stream_with_a")));
        // Shorter than the kernel cuts: another map's name.
        Assert.Null(Find("a_map_with"));
    }

    [Fact]
    public void A_value_that_is_no_struct_tells_nothing()
    {
        Maps(("events", Definition(_number)), ("others", _number), ("plain", _btf.Struct("", 8, new Member("value", _number, 0))));

        Assert.Null(Find("events"));
        Assert.Null(Find("others"));
        Assert.Null(Find("plain"));
    }

    [Fact]
    public void A_struct_is_found_by_name_with_or_without_the_word_struct()
    {
        var wanted = Struct("event");
        var types = _btf.Parse();

        var structs = new ProgramStructs(types, null);
        Assert.Equal(wanted, structs.Named("event").Id);
        Assert.Equal(wanted, structs.Named("struct event").Id);
        var error = Assert.Throws<BpfException>(() => structs.Named("evil\u001b"));
        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.StartsWith(@"The program's type information has no struct 'evil\e', and ", error.Message, StringComparison.Ordinal);
        Assert.Contains("event", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_struct_without_a_tag_has_the_name_of_its_typedef()
    {
        var unnamed = _btf.Typedef("event_t", _btf.Struct("", 12, new Member("a", _number, 0)));
        _btf.Typedef("tagged_t", _btf.Struct("tagged", 16, new Member("a", _number, 0)));
        _btf.Typedef("bpfps_other_t", _btf.Struct("", 20, new Member("a", _number, 0)));
        _btf.Typedef("number_t", _number);
        var structs = new ProgramStructs(_btf.Parse(), null);

        var found = structs.Named("event_t");
        Assert.Equal((unnamed, 12u, "event_t"), (found.Id, found.Size, found.ToString()));
        Assert.Equal("event_t", found.MakeClass().Type.Name);
        Assert.Equal(["event_t", "struct tagged"], structs.OfSize(_ => true).Select(one => one.ToString()));
        Assert.Throws<BpfException>(() => structs.Named("number_t"));
    }

    [Fact]
    public void A_gadgets_variable_names_the_struct_of_up_to_three_iterators()
    {
        var wanted = Struct("line");
        _btf.Variable("gadget_iter_lines___line___one___two", _number);
        _btf.Variable("gadget_snapshotter_old___line___three", _number);
        _btf.Variable("gadget_iter_other___missing___four", _number);
        _btf.Variable("gadget_iter_broken___line", _number);
        var structs = new ProgramStructs(_btf.Parse(), null);

        Assert.Equal([wanted, wanted, wanted, null, null],
            new[] { "one", "two", "three", "line", "lines" }.Select(program => structs.OfIterator(program)?.Id));
        // Any other struct would be wrong.
        Assert.Contains("missing", Assert.Throws<BpfException>(() => structs.OfIterator("four")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_structs_of_a_size_are_found_by_their_size()
    {
        var only = _btf.Struct("only", 12, new Member("a", _number, 0));
        Struct("one");
        Struct("two");
        _btf.Union("union", 16);
        _btf.Struct("", 20);
        var types = _btf.Parse();

        Assert.Equal([only], OfSize(12));
        Assert.Equal(2, OfSize(4).Length);
        Assert.Empty(OfSize(16));
        Assert.Empty(OfSize(20));

        uint[] OfSize(uint wanted) => [.. new ProgramStructs(types, null).OfSize(size => size == wanted).Select(one => one.Id)];
    }

    [Fact]
    public void The_loss_counter_is_a_member_of_the_stream_in_its_section()
    {
        var stream = Stream("events", Struct("event"), lostAtBit: 64);
        _btf.Section(".bss", 40, (_btf.Variable("before", _number), 0, 4), (stream, 8, 24));
        var types = _btf.Parse();

        Assert.Equal((".bss", 16u), EventTypeFinder.StreamMember(types, "events", "lost"));
        Assert.Null(EventTypeFinder.StreamMember(types, "others", "lost"));
    }

    [Fact]
    public void A_stream_that_is_not_in_a_section_of_data_has_no_counter()
    {
        var stream = Stream("events", Struct("event"));
        _btf.Section(".rodata", 40, (stream, 8, 24));

        Assert.Null(EventTypeFinder.StreamMember(_btf.Parse(), "events", "lost"));
    }

    [Theory]
    [InlineData("events", "events", true)]
    [InlineData("events_of_all_kinds", "events_of_all_k", true)]
    [InlineData("events_of_all_k", "events_of_all_k", true)]
    [InlineData("events_of", "events", false)]
    [InlineData("events", "events_of", false)]
    [InlineData("Events", "events", false)]
    public void Names_match_whole_or_where_the_kernel_cuts(string full, string kernel, bool expected) =>
        Assert.Equal(expected, EventTypeFinder.IsNamed(full, kernel));

    private uint? Find(string map) => EventTypeFinder.Find(_btf.Parse(), map);

    private uint Struct(string name) => _btf.Struct(name, 4, new Member("a", _number, 0));

    /// <summary>What __type(value, T) writes: a pointer to T as a member.</summary>
    private uint Definition(uint value) =>
        _btf.Struct("", 16, new Member("type", _btf.Pointer(_number), 0), new Member("value", _btf.Pointer(value), 64));

    private void Maps(params (string Name, uint Definition)[] maps) =>
        _btf.Section(".maps", 0, [.. maps.Select(map => (_btf.Variable(map.Name, map.Definition), 0u, 16u)).ToArray()]);

    private uint Stream(string map, uint type, uint lostAtBit = 0) => _btf.Variable($"bpfps_stream_{map}", _btf.Struct("", 24,
        new Member("lost", _btf.Int("unsigned long", 8), lostAtBit),
            new Member("event", _btf.Pointer(_btf.Reference(BtfKind.Const, "", type)), 128)));
}
