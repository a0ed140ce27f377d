using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

public class PerCpuRecordTests
{
    [Fact]
    public void There_is_a_property_for_each_CPU_and_totals_of_the_numbers_come_first()
    {
        var btf = new BtfBuilder();
        var value = btf.Struct("small", 3, new Member("a", btf.Int("unsigned char", 1), 0),
            new Member("text", btf.Array(btf.Int("char", 1), 2), 8));
        // The kernel rounds each CPU's value up to eight bytes.
        var entry = Entry(btf, value, 3, [200, 97, 0, 0xee, 0xee, 0xee, 0xee, 0xee, 2, 98, 0, 0, 0, 0, 0, 0, 100, 99, 0, 0, 0, 0, 0, 0]);

        Assert.Equal(["key", "sum", "minimum", "maximum", "cpu0", "cpu1", "cpu2"], Decoded.Names(entry.GetType()));
        Assert.Equal(new object[] { (byte)200, (byte)2, (byte)100 }, Cpus(entry, 3).Select(cpu => Decoded.Get(cpu, "a")));
        Assert.Equal(["a", "b", "c"], Cpus(entry, 3).Select(cpu => Decoded.Get(cpu, "text")));
        // 302 has no room in the byte that it is the sum of.
        Assert.Equal([302UL, 2UL, 200UL],
            new[] { "sum", "minimum", "maximum" }.Select(total => Decoded.Get<ulong>(Decoded.Get(entry, total)!, "a")));
        Assert.Equal(["a"], Decoded.Names(Decoded.Get(entry, "sum")!.GetType()));
    }

    [Fact]
    public void A_number_has_numbers_for_totals()
    {
        var btf = new BtfBuilder();
        var entry = Entry(btf, btf.Int("int", 4, signed: true), 2, [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);

        Assert.Equal((-1, 3), (Decoded.Get<int>(entry, "cpu0"), Decoded.Get<int>(entry, "cpu1")));
        Assert.Equal((2L, -1L, 3L),
            (Decoded.Get<long>(entry, "sum"), Decoded.Get<long>(entry, "minimum"), Decoded.Get<long>(entry, "maximum")));
    }

    [Fact]
    public void Reals_arrays_and_structs_within_are_totalled_in_their_place()
    {
        var btf = new BtfBuilder();
        var u16 = btf.Int("unsigned short", 2);
        var inner = btf.Struct("inner", 8, new Member("real", btf.Float("double", 8), 0));
        var value = btf.Struct("outer", 16, new Member("slots", btf.Array(u16, 4), 0), new Member("inner", inner, 64));
        var entry = Entry(btf, value, 2,
            [1, 0, 2, 0, 3, 0, 4, 0, .. BitConverter.GetBytes(1.5), 10, 0, 20, 0, 30, 0, 0xff, 0xff, .. BitConverter.GetBytes(-0.5)]);
        var sum = Decoded.Get(entry, "sum")!;

        Assert.Equal([11UL, 22, 33, 65539], Decoded.Get<ulong[]>(sum, "slots"));
        Assert.Equal(1.0, Decoded.Get(Decoded.Get(sum, "inner")!, "real"));
        Assert.Equal(-0.5, Decoded.Get(Decoded.Get(Decoded.Get(entry, "minimum")!, "inner")!, "real"));
    }

    [Fact]
    public void Totals_follow_a_value_that_is_changed_and_cannot_be_set()
    {
        var btf = new BtfBuilder();
        var entry = Entry(btf, btf.Int("unsigned long long", 8), 2, [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
        entry.GetType().GetProperty("cpu1")!.SetValue(entry, 40UL);

        Assert.Equal(41UL, Decoded.Get(entry, "sum"));
        Assert.False(entry.GetType().GetProperty("sum")!.CanWrite);
    }

    [Fact]
    public void Text_has_no_totals()
    {
        var btf = new BtfBuilder();
        var entry = Entry(btf, btf.Array(btf.Int("char", 1), 8), 2, [97, 0, 0, 0, 0, 0, 0, 0, 98, 0, 0, 0, 0, 0, 0, 0]);

        Assert.Equal(["key", "cpu0", "cpu1"], Decoded.Names(entry.GetType()));
        Assert.Equal(("a", "b"), (Decoded.Get(entry, "cpu0"), Decoded.Get(entry, "cpu1")));
    }

    private static IEnumerable<object> Cpus(BpfRecord entry, int count) =>
        Enumerable.Range(0, count).Select(cpu => Decoded.Get(entry, $"cpu{cpu}")!);

    private static unsafe BpfRecord Entry(BtfBuilder btf, uint value, int cpus, byte[] values)
    {
        var made = RecordClasses.ForEntry(RecordClasses.Numbers(typeof(uint), 4, 1, "key"), RecordClasses.Part(btf.Parse(), value, "value"),
            cpus);
        using var key = new GuardedBytes([1, 0, 0, 0]);
        using var all = new GuardedBytes(values);
        return made.Decode(key.Address, all.Address, values.Length);
    }
}
