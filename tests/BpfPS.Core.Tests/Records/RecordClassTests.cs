using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

/// <summary>When two structs are the same class.</summary>
public class RecordClassTests
{
    [Fact]
    public void The_same_layout_from_two_objects_is_the_same_class()
    {
        var plain = Class(btf =>
            btf.Struct("same", 8, new Member("a", btf.Int("int", 4, signed: true), 0), new Member("b", btf.Int("unsigned int", 4), 32)));
        var shifted = Class(btf =>
        {
            btf.Float("double", 8); // other type numbers, and the members' types the other way round
            var unsigned = btf.Typedef("__u32", btf.Int("unsigned int", 4));
            return btf.Struct("same", 8, new Member("a", btf.Int("int", 4, signed: true), 0), new Member("b", unsigned, 32));
        });

        Assert.Same(plain.Type, shifted.Type);
        Assert.Same(plain, shifted);
    }

    [Fact]
    public void Another_layout_of_the_same_name_is_another_class()
    {
        Func<BtfBuilder, uint>[] layouts =
        [
            btf => btf.Struct("other", 8, new Member("a", btf.Int("int", 4, signed: true), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Int("unsigned int", 4), 0)),
            btf => btf.Struct("other", 8, new Member("b", btf.Int("int", 4, signed: true), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Int("int", 4, signed: true), 32)),
            btf => btf.Struct("other", 8, new Member("a", btf.Typedef("bpfps_errno_t", btf.Int("int", 4, signed: true)), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Typedef("bpfps_user_stack_t", btf.Int("int", 4, signed: true)), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Typedef("bpfps_kernel_stack_t", btf.Int("int", 4, signed: true)), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Array(btf.Int("char", 1), 4), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Array(btf.Int("char", 1), 5), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Int("int", 4, signed: true), 0, 7)),
            btf => btf.Struct("other", 8, new Member("a", btf.Int("int", 4, signed: true), 0, 8)),
            btf => btf.Struct("other", 8, new Member("a", btf.Int("int", 4, signed: true), 1, 8)),
            btf => btf.Struct("other", 8, new Member("a", btf.Enum("e", 4, false, ("A", 1)), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Enum("e", 4, false, ("A", 2)), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Enum("e", 4, false, ("B", 1)), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Struct("in", 4, new Member("x", btf.Int("int", 4), 0)), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Struct("in", 4, new Member("y", btf.Int("int", 4), 0)), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Array(btf.Int("int", 4), 0), 0)),
            btf => btf.Struct("other", 8, new Member("a", btf.Array(btf.Int("int", 4), 2), 0)),
        ];
        var types = layouts.Select(layout => Class(layout).Type).ToArray();

        Assert.Equal(layouts.Length, types.Distinct().Count());
        Assert.Equal(layouts.Length, types.Select(type => type.FullName).Distinct().Count());
    }

    [Fact]
    public void Classes_made_at_once_by_many_threads_are_one()
    {
        var types = Enumerable.Range(0, 32).AsParallel().WithDegreeOfParallelism(8)
            .Select(_ => Class(btf => btf.Struct("at_once", 4, new Member("a", btf.Int("int", 4), 0))).Type).ToArray();

        Assert.Single(types.Distinct());
    }

    [Fact]
    public void An_entry_has_the_members_of_key_and_value_side_by_side()
    {
        var btf = new BtfBuilder();
        var one = btf.Int("unsigned char", 1);
        var key = btf.Struct("flow", 2, new Member("port", one, 0), new Member("count", one, 8));
        var value = btf.Struct("counts", 3, new Member("packets", one, 0), new Member("Count", one, 8), new Member("value_count", one, 16));
        var types = btf.Parse();
        var made = RecordClasses.ForEntry(RecordClasses.Part(types, key, "key"), RecordClasses.Part(types, value, "value"));
        var entry = (BpfMapEntry)Entry(made, [1, 2], [3, 4, 5]);

        Assert.Equal("port=1 count=2", RecordText.Key(entry));
        Assert.Equal("packets=3 value_Count=4 value_value_count=5", RecordText.Value(entry));
    }

    [Fact]
    public void Plain_keys_and_values_are_called_key_and_value()
    {
        var btf = new BtfBuilder();
        var (number, text) = (btf.Typedef("__u16", btf.Int("unsigned short", 2)), btf.Array(btf.Int("char", 1), 3));
        var types = btf.Parse();
        var entry = (BpfMapEntry)Entry(RecordClasses.ForEntry(RecordClasses.Part(types, number, "key"),
            RecordClasses.Part(types, text, "value")), [1, 2], [97, 98, 0]);

        Assert.Equal((object)(ushort)0x0201, Decoded.Get(entry, "key"));
        Assert.Equal("ab", Decoded.Get(entry, "value"));
        Assert.Equal(("513", "ab"), (RecordText.Key(entry), RecordText.Value(entry)));
    }

    [Fact]
    public void A_struct_that_stands_for_an_address_is_one_value()
    {
        var btf = new BtfBuilder();
        var address = btf.Typedef("bpfps_ipv6_t", btf.Struct("", 16, new Member("bytes", btf.Array(btf.Int("unsigned char", 1), 16), 0)));
        var part = RecordClasses.Part(btf.Parse(), address, "key");

        Assert.Equal(["key"], part.Fields.Select(field => field.Name));
        Assert.Equal(16u, part.Size);
    }

    [Fact]
    public void Without_BTF_keys_and_values_are_bytes_or_numbers()
    {
        var entry = Entry(RecordClasses.ForEntry(RecordClasses.Numbers(typeof(uint), 4, 1, "key"), RecordClasses.Bytes(3, "value")),
            [1, 0, 0, 0], [0xab, 0, 0xcd]);
        var stack = Entry(RecordClasses.ForEntry(RecordClasses.Bytes(1, "key"), RecordClasses.Numbers(typeof(ulong), 8, 2, "addresses")),
            [7], [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);

        Assert.Equal("key=1 value=ab00cd", entry.ToString());
        Assert.Equal(new ulong[] { 1, 2 }, Decoded.Get(stack, "addresses"));
    }

    [Fact]
    public void Globals_are_members_by_their_names()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("unsigned int", 4);
        var section = btf.Section(".bss", 8, (btf.Variable("second", number), 4, 4), (btf.Variable("first", number, linkage: 0), 0, 4));
        var types = btf.Parse();
        var entry = Entry(RecordClasses.ForEntry(RecordClasses.Numbers(typeof(uint), 4, 1, "key"),
            RecordClasses.Part(types, section, "value")), [0, 0, 0, 0], [1, 0, 0, 0, 2, 0, 0, 0]);

        Assert.Equal("key=0 second=2 first=1", entry.ToString());
    }

    [Fact]
    public void Members_can_be_set()
    {
        var made = Class(btf => btf.Struct("settable", 1, new Member("a", btf.Int("unsigned char", 1), 0)));
        var record = Decoded.Event(made, 1);
        made.Type.GetProperty("a")!.SetValue(record, (byte)9);

        Assert.Equal("a=9", record.ToString());
    }

    private static RecordClass Class(Func<BtfBuilder, uint> type)
    {
        var btf = new BtfBuilder();
        var id = type(btf);
        return RecordClasses.ForEvent(btf.Parse(), id);
    }

    private static BpfRecord Entry(RecordClass made, byte[] key, byte[] value)
    {
        using var first = new GuardedBytes(key);
        using var second = new GuardedBytes(value);
        return made.Decode(first.Address, second.Address, value.Length);
    }
}
