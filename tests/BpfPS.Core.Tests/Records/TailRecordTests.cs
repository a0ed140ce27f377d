using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

/// <summary>Members that go to the end of the record.</summary>
public class TailRecordTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("one\0", new[] { "one" })]
    [InlineData("one\0\0three\0", new[] { "one", "", "three" })]
    [InlineData("one\0two", new[] { "one", "two" })]
    [InlineData("\0", new[] { "" })]
    [InlineData("\0\0", new[] { "", "" })]
    public void Strings_back_to_back_are_told_apart(string bytes, string[] expected)
    {
        var btf = new BtfBuilder();
        var strings = btf.Typedef("bpfps_strings_t", btf.Array(btf.Int("char", 1), 0));
        var type = btf.Struct("with_strings", 4, new Member("number", btf.Int("int", 4), 0), new Member("strings", strings, 32));

        Assert.Equal(expected, Decoded.Get(Decoded.Event(btf.Parse(), type, [1, 2, 3, 4, .. bytes.Select(c => (byte)c)]), "strings"));
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(6, 1)]
    [InlineData(7, 1)]
    [InlineData(10, 3)]
    public void A_flexible_array_has_as_many_elements_as_there_are_whole(int length, int expected)
    {
        var btf = new BtfBuilder();
        var type = btf.Struct("with_tail", 4, new Member("number", btf.Int("int", 4), 0),
            new Member("tail", btf.Array(btf.Int("unsigned short", 2), 0), 32));
        var bytes = Enumerable.Range(1, length).Select(i => (byte)i).ToArray();
        var tail = Decoded.Get<ushort[]>(Decoded.Event(btf.Parse(), type, bytes), "tail");

        Assert.Equal(Enumerable.Range(0, expected).Select(i => BitConverter.ToUInt16(bytes, 4 + 2 * i)), tail);
    }

    [Fact]
    public void A_flexible_array_of_structs_is_an_array_of_objects()
    {
        var btf = new BtfBuilder();
        var one = btf.Int("unsigned char", 1);
        var pair = btf.Struct("tail_pair", 2, new Member("a", one, 0), new Member("b", one, 8));
        var type = btf.Struct("with_pairs", 1, new Member("count", one, 0), new Member("pairs", btf.Array(pair, 0), 8));
        var pairs = Assert.IsAssignableFrom<Array>(Decoded.Get(Decoded.Event(btf.Parse(), type, 2, 3, 4, 5, 6), "pairs"));

        Assert.Equal(["a=3 b=4", "a=5 b=6"], pairs.Cast<object>().Select(p => $"{p}"));
    }

    [Fact]
    public void A_record_may_end_before_the_padding_behind_its_last_member()
    {
        var btf = new BtfBuilder();
        var type = btf.Struct("padded_tail", 8, new Member("number", btf.Int("int", 4), 0),
            new Member("flag", btf.Int("unsigned char", 1), 32),
            new Member("tail", btf.Array(btf.Int("unsigned char", 1), 0), 40));
        var made = RecordClasses.ForEvent(btf.Parse(), type);

        Assert.Equal(5, made.MinimumLength);
        Assert.Equal(new byte[] { 6, 7 }, Decoded.Get(Decoded.Event(made, 1, 2, 3, 4, 5, 6, 7), "tail"));
    }

    [Fact]
    public void A_flexible_array_in_an_inner_struct_goes_to_the_records_end()
    {
        var btf = new BtfBuilder();
        var one = btf.Int("unsigned char", 1);
        var inner = btf.Struct("inner_tail", 1, new Member("count", one, 0), new Member("tail", btf.Array(one, 0), 8));
        var type = btf.Struct("outer_tail", 2, new Member("first", one, 0), new Member("inner", inner, 8));

        Assert.Equal(new byte[] { 3, 4, 5 }, Decoded.Get(Decoded.Get(Decoded.Event(btf.Parse(), type, 1, 2, 3, 4, 5), "inner")!, "tail"));
    }

    [Fact]
    public void Flexible_arrays_in_an_array_of_structs_are_refused()
    {
        // gcc and clang allow it as an extension; each element's tail would begin in the next element.
        var btf = new BtfBuilder();
        var four = btf.Int("unsigned int", 4);
        var inner = btf.Struct("element_tail", 4, new Member("count", four, 0),
            new Member("tail", btf.Array(btf.Int("unsigned char", 1), 0), 32));
        var type = btf.Struct("array_of_tails", 12, new Member("elements", btf.Array(inner, 3), 0));
        var types = btf.Parse();

        Assert.Contains("to the end of the record", Assert.Throws<BtfFormatException>(() => RecordClasses.ForEvent(types, type)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_array_of_no_elements_within_a_global_is_no_obstacle()
    {
        // What BPFPS_EVENTS of bpfps.h makes for an event that ends in bpfps_strings_t.
        var btf = new BtfBuilder();
        var four = btf.Int("unsigned int", 4);
        var type = btf.Struct("tailed_event", 4, new Member("number", four, 0),
            new Member("strings", btf.Array(btf.Int("char", 1), 0), 32));
        var stream = btf.Struct("", 8, new Member("lost", four, 0), new Member("bpfps_whole", btf.Array(type, 0), 64));
        var section = btf.Section(".bss", 12, (btf.Variable("bpfps_stream_events", stream), 0, 8), (btf.Variable("calls", four), 8, 4));

        Assert.Contains("calls", RecordClasses.Part(btf.Parse(), section, "value").Fields.Select(field => field.Name));
    }

    [Fact]
    public void A_key_or_value_ends_where_the_map_says()
    {
        var btf = new BtfBuilder();
        var one = btf.Int("unsigned char", 1);
        var key = btf.Struct("key_with_tail", 2, new Member("a", one, 0), new Member("tail", btf.Array(one, 0), 8));
        var nested = btf.Struct("nested_key", 3, new Member("b", one, 0), new Member("inner", key, 8));
        var types = btf.Parse();
        var made = RecordClasses.ForEntry(RecordClasses.Part(types, key, "key"), RecordClasses.Part(types, nested, "value"));
        using var first = new GuardedBytes([1, 2]);
        using var second = new GuardedBytes([3, 4, 5]);

        Assert.Equal("a=1 b=3 inner={a=4}", made.Decode(first.Address, second.Address, 3).ToString());
    }
}
