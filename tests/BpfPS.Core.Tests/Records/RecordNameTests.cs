using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

public class RecordNameTests
{
    [Fact]
    public void Names_that_differ_only_in_case_are_told_apart()
    {
        var record = Of("value", "VALUE", "Value", "other");

        Assert.Equal(["value", "VALUE_2", "Value_3", "other"], Decoded.Names(record.GetType()));
        Assert.Equal([(byte)1, (byte)2, (byte)3],
            ((string[])["value", "VALUE_2", "Value_3"]).Select(name => Decoded.Get<byte>(record, name)));
    }

    [Fact]
    public void A_name_that_was_given_away_is_not_given_twice()
    {
        var record = Of("a", "A_2", "A", "a_2");

        Assert.Equal(4, Decoded.Names(record.GetType()).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal([1, 2, 3, 4], Decoded.Names(record.GetType()).Select(name => (int)Decoded.Get<byte>(record, name)));
    }

    [Theory]
    [InlineData("class")]
    [InlineData("Decode")]
    [InlineData("Origin")]
    [InlineData("ToString")]
    [InlineData("GetType")]
    [InlineData("Equals")]
    [InlineData("MemberwiseClone")]
    [InlineData("get_class")]
    [InlineData("_")]
    [InlineData("__")]
    [InlineData("PSObject")]
    [InlineData("größe")]
    [InlineData("a b;c@d{e}")]
    public void Names_that_mean_something_elsewhere_are_names_like_others(string name)
    {
        var record = Of("first", name, $"_{name}", "class", "last");

        Assert.Equal((object)(byte)2, Decoded.Get(record, name));
        Assert.Equal((object)(byte)5, Decoded.Get(record, "last"));
        Assert.Contains($"{name}=2", record.ToString(), StringComparison.Ordinal);
        Assert.Equal(5, Decoded.Names(record.GetType()).Length);
    }

    [Fact]
    public void Very_long_names_make_a_class_all_the_same()
    {
        var name = new string('n', 3000);
        var btf = new BtfBuilder();
        var one = btf.Int("unsigned char", 1);
        var inner = btf.Struct("", 1, new Member(name, one, 0));
        var colour = btf.Enum(name, 1, false, (name, 1));
        var type = btf.Struct(name, 3, new Member(name, one, 0), new Member("inner", inner, 8), new Member("colour", colour, 16));
        var record = Decoded.Event(btf.Parse(), type, 1, 2, 1);

        Assert.Equal((object)(byte)1, Decoded.Get(record, name));
        Assert.Equal((object)(byte)2, Decoded.Get(Decoded.Get(record, "inner")!, name));
        Assert.Equal(name, Decoded.Get(record, "colour")!.ToString());
    }

    [Fact]
    public void A_struct_is_called_by_its_tag_its_typedef_or_its_place()
    {
        var btf = new BtfBuilder();
        var one = btf.Int("unsigned char", 1);
        var nameless = btf.Struct("", 1, new Member("a", one, 0));
        var tagged = btf.Struct("named_by_tag", 2, new Member("place", nameless, 0));
        var typedef = btf.Typedef("named_by_typedef", nameless);
        var types = btf.Parse();

        Assert.Equal("BpfPS.Events.named_by_tag", RecordClasses.ForEvent(types, tagged).Type.FullName);
        Assert.Equal("BpfPS.Events.named_by_typedef", RecordClasses.ForEvent(types, typedef).Type.FullName);
        Assert.Equal("BpfPS.Structs.named_by_tag.place",
            RecordClasses.ForEvent(types, tagged).Type.GetProperty("place")!.PropertyType.FullName);
    }

    [Fact]
    public void An_enum_whose_names_are_empty_or_double_is_an_enum_or_a_clear_error()
    {
        foreach (var names in (string[][])[["", ""], ["A", "A"], ["A", "a"], ["value__", "B"]])
        {
            var btf = new BtfBuilder();
            var type = btf.Struct("with_enum", 1, new Member("colour", btf.Enum("damaged", 1, false, (names[0], 1), (names[1], 2)), 0));
            var types = btf.Parse();
            try
            {
                Assert.Equal(2L, Convert.ToInt64(Decoded.Get(Decoded.Event(types, type, 2), "colour"), null));
            }
            catch (BpfException)
            {
                // a clear error
            }
        }
    }

    private static BpfRecord Of(params string[] names)
    {
        var btf = new BtfBuilder();
        var one = btf.Int("unsigned char", 1);
        var type = btf.Struct("names", (uint)names.Length, [.. names.Select((name, index) => new Member(name, one, (uint)index * 8))]);
        return Decoded.Event(btf.Parse(), type, [.. names.Select((_, index) => (byte)(index + 1))]);
    }
}
