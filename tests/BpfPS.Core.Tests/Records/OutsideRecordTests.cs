using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

/// <summary>Structs whose members lie outside of them: damaged or made to do harm. A decoder for one would read foreign memory.</summary>
public class OutsideRecordTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    [InlineData(0xfffffff8)]
    public void A_member_that_ends_outside_is_refused(uint offset)
    {
        var btf = new BtfBuilder();
        Refuses(btf, btf.Struct("outside", 4, new Member("member", btf.Int("int", 4), offset)));
    }

    [Fact]
    public void An_array_that_ends_outside_is_refused()
    {
        var btf = new BtfBuilder();
        Refuses(btf, btf.Struct("outside", 8, new Member("text", btf.Array(btf.Int("char", 1), 9), 0)));
    }

    [Fact]
    public void A_bit_field_that_ends_outside_is_refused()
    {
        var btf = new BtfBuilder();
        Refuses(btf, btf.Struct("outside", 1, new Member("bits", btf.Int("unsigned int", 4), 4, 5)));
    }

    [Fact]
    public void A_bit_field_whose_end_is_more_than_32_bits_can_count_is_refused()
    {
        var btf = new BtfBuilder();
        Refuses(btf, btf.Struct("outside", 8, new Member("bits", btf.Int("unsigned int", 4, bits: 16), 0xfffffff8)));
    }

    [Fact]
    public void A_bit_field_in_an_anonymous_struct_far_outside_is_refused()
    {
        var btf = new BtfBuilder();
        var inner = btf.Struct("", 8, new Member("bits", btf.Int("unsigned int", 4), 0, 16));
        Refuses(btf, btf.Struct("outside", 8, new Member("", inner, 0xfffffff8)));
    }

    [Fact]
    public void A_bit_field_of_the_old_kind_whose_own_offset_leads_outside_is_refused()
    {
        var btf = new BtfBuilder();
        Refuses(btf, btf.Struct("outside", 4, new Member("bits", btf.Int("unsigned int", 4, bits: 8, offset: 200), 0)));
    }

    [Fact]
    public void A_member_of_an_anonymous_struct_that_leads_outside_is_refused()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("int", 4);
        var inner = btf.Struct("", 8, new Member("a", number, 0), new Member("b", number, 32));
        Refuses(btf, btf.Struct("outside", 4, new Member("", inner, 0)));
    }

    [Fact]
    public void A_struct_larger_than_any_record_is_refused()
    {
        var btf = new BtfBuilder();
        Refuses(btf, btf.Struct("huge", 0xc0000000, new Member("text", btf.Array(btf.Int("char", 1), 0x7fffffff), 0xfffffff8)));
    }

    [Fact]
    public void A_variable_that_ends_outside_of_its_section_is_left_out()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("unsigned int", 4);
        var (inside, outside, short_, far) = (btf.Variable("inside", number), btf.Variable("outside", number),
            btf.Variable("short_room", number), btf.Variable("far", number));
        var section = btf.Section(".data", 8, (inside, 4, 4), (outside, 8, 4), (short_, 0, 2), (far, 0xfffffffe, 4));

        Assert.Equal(["inside"], RecordClasses.Part(btf.Parse(), section, "value").Fields.Select(field => field.Name));
    }

    [Fact]
    public void An_event_of_no_members_is_an_object_without_members()
    {
        var btf = new BtfBuilder();
        var type = btf.Struct("nothing", 0);

        Assert.Equal("", Decoded.Event(btf.Parse(), type).ToString());
    }

    private static void Refuses(BtfBuilder btf, uint type)
    {
        var types = btf.Parse();
        Assert.Throws<BtfFormatException>(() => RecordClasses.ForEvent(types, type));
    }
}
