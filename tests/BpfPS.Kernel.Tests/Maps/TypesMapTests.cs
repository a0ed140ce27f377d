using System.Net;
using System.Text;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>The maps of tests/bpf/types.bpf.c, read by us and by bpftool.</summary>
public class TypesMapTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void Numbers_are_those_that_bpftool_reads_and_writes()
    {
        Live.Require();
        using var obj = Filled();
        var map = obj.Map("by_number");
        for (byte i = 0; i < 50; i++)
        {
            Bpftool.Update(map.Id, [i, 0, 0xff, 0], [i, 1, 2, 3, 4, 5, 6, 0xff]);
        }

        Assert.Equal(Witness(map, bytes => BitConverter.ToUInt32(bytes), bytes => BitConverter.ToUInt64(bytes)),
            Ours(map, entry => Live.Get<uint>(entry, "key"), entry => Live.Get<ulong>(entry, "value")));
        Assert.Equal(0x1122334455667788ul,
            Live.Get(Live.Entries(map).Single(entry => Live.Get<uint>(entry, "key") == 0x01020304), "value"));
        Assert.Equal(51, Live.Entries(map).Count);
    }

    [Fact]
    public void Structs_are_those_that_bpftool_reads_and_writes()
    {
        Live.Require();
        using var obj = Filled();
        var map = obj.Map("by_struct");
        for (byte i = 1; i < 20; i++)
        {
            Bpftool.Update(map.Id, [10, 0, 0, i, 10, 0, 1, i, 0x1f, i, 0, 80, 17, 0, 0, i],
                [i, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0, 0x80, (byte)'n', (byte)('a' + i), 0, 0, 0, 0, 0, 1]);
        }

        Assert.Equal(Witness(map, Flow, Counts), Ours(map, OurFlow, OurCounts));
        Assert.Equal(["source", "target", "source_port", "target_port", "protocol", "padding", "packets", "bytes", "label"],
            Live.Entries(map)[0].GetType().GetProperties().Select(property => property.Name));
        Assert.Contains(Live.Entries(map), entry =>
            entry.ToString() == "source=192.0.2.1 target=198.51.100.7 source_port=443 "
                + "target_port=53031 protocol=6 padding=000000 packets=7 bytes=4242 label=flow");
    }

    [Fact]
    public void An_array_has_each_of_its_elements()
    {
        Live.Require();
        using var obj = Filled();
        var map = obj.Map("array");
        Bpftool.Update(map.Id, [7, 0, 0, 0], [1, 2, 3, 0xff]);

        Assert.Equal(Witness(map, bytes => BitConverter.ToUInt32(bytes), bytes => BitConverter.ToUInt32(bytes)),
            Ours(map, entry => Live.Get<uint>(entry, "key"), entry => Live.Get<uint>(entry, "value")));
        Assert.Equal([0, 0, 0, 33, 0, 0, 0, 0xff030201], Live.Entries(map).Select(entry => Live.Get<uint>(entry, "value")));
    }

    [Fact]
    public void An_LRU_map_is_read_like_a_hash()
    {
        Live.Require();
        using var obj = Filled();
        var map = obj.Map("recent");
        Bpftool.Update(map.Id, [9, 9, 9, 9], [.. new byte[16], .. "12345678"u8]);

        Assert.Equal(Witness(map, bytes => BitConverter.ToUInt32(bytes), Counts),
            Ours(map, entry => Live.Get<uint>(entry, "key"), OurCounts));
        Assert.Equal(["12345678", "recent"],
            Live.Entries(map).Select(entry => Live.Get<string>(entry, "label")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_CPUs_value_stands_at_its_number()
    {
        Live.Require();
        using var obj = Filled();
        var map = obj.Map("per_cpu");
        var entries = Live.Entries(map).ToDictionary(entry => Live.Get<uint>(entry, "key"));
        var witness = Bpftool.Json("map", "dump", "id", Bpftool.Text(map.Id)).EnumerateArray()
            .ToDictionary(entry => BitConverter.ToUInt32(Bpftool.Bytes(entry.GetProperty("key"))),
            entry => entry.GetProperty("values").EnumerateArray()
                .Select(value => (value.GetProperty("cpu").GetInt32(), Counts(Bpftool.Bytes(value.GetProperty("value"))))).ToDictionary());

        Assert.Equal(witness.Keys.Order(), entries.Keys.Order());
        foreach (var (key, cpus) in witness)
        {
            Assert.Equal(CpuList.PossibleCount, cpus.Count);
            Assert.All(cpus, cpu =>
            {
                var mine = Live.Get(entries[key], $"cpu{cpu.Key}")!;
                Assert.Equal(cpu.Value,
                    (Live.Get<ulong>(mine, "packets"), Live.Get<ulong>(mine, "bytes"), Live.Get<string>(mine, "label")));
            });
            var sum = Live.Get(entries[key], "sum")!;
            Assert.Equal((cpus.Values.Aggregate(0UL, (total, cpu) => total + cpu.Item1),
                cpus.Values.Aggregate(0UL, (total, cpu) => total + cpu.Item2)),
                (Live.Get<ulong>(sum, "packets"), Live.Get<ulong>(sum, "bytes")));
            Assert.Equal(cpus.Values.Max(cpu => cpu.Item2), Live.Get<ulong>(Live.Get(entries[key], "maximum")!, "bytes"));
        }
        // The one that ran the program.
        var ran = Enumerable.Range(0, CpuList.PossibleCount)
            .Single(cpu => Live.Get<string>(Live.Get(entries[1], $"cpu{cpu}")!, "label") == "cpu");
        Assert.Equal(((ulong)ran, 1000 + (ulong)ran),
            (Live.Get<ulong>(Live.Get(entries[1], $"cpu{ran}")!, "packets"), Live.Get<ulong>(Live.Get(entries[1], $"cpu{ran}")!, "bytes")));
    }

    [Fact]
    public void Global_variables_are_the_members_of_one_entry()
    {
        Live.Require();
        using var obj = Filled();
        var data = Assert.Single(Live.Entries(obj.Maps.Single(map => map.Name.EndsWith(".data", StringComparison.Ordinal))));
        var bss = Assert.Single(Live.Entries(obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal))));

        Assert.Equal((0x8182838485868788ul, (short)-515, true, "ready"),
            (Live.Get(data, "big"), Live.Get(data, "small"), Live.Get(data, "ready"), Live.Get(data, "motto")));
        Assert.Equal("x=1 y=-2 z=3", $"{Live.Get(data, "corner")}");
        Assert.Equal("TEMPERATURE_WARM", $"{Live.Get(data, "weather")}");
        Assert.Equal([[11, 12, 13], [21, 22, 23]], Live.Get<ushort[][]>(data, "grid"));
        Assert.Equal((1ul, true), (Live.Get(bss, "calls"), Live.Get(bss, "called")));
        // The name of the thread that made the call, as /proc has it.
        Assert.Equal(_comm, Live.Get<string>(bss, "caller"));
    }

    private string _comm = "";

    /// <summary>The object after one call, which fills its maps.</summary>
    private BpfObject Filled()
    {
        var obj = Live.TestProgram("types");
        _comm = File.ReadAllText("/proc/thread-self/comm").TrimEnd('\n');
        Live.Getppid();
        return obj;
    }

    private static (IPAddress, IPAddress, int, int, byte, string) Flow(byte[] bytes) =>
        (new IPAddress(bytes.AsSpan(0, 4)), new IPAddress(bytes.AsSpan(4, 4)),
        (bytes[8] << 8) | bytes[9], (bytes[10] << 8) | bytes[11], bytes[12], Convert.ToHexString(bytes.AsSpan(13)));

    private static (IPAddress, IPAddress, int, int, byte, string) OurFlow(BpfRecord entry) =>
        (Live.Get<IPAddress>(entry, "source"), Live.Get<IPAddress>(entry, "target"),
        Live.Get<ushort>(entry, "source_port"), Live.Get<ushort>(entry, "target_port"), Live.Get<byte>(entry, "protocol"),
            Convert.ToHexString(Live.Get<byte[]>(entry, "padding")));

    private static (ulong, ulong, string) Counts(byte[] bytes) =>
        (BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes, 8), Encoding.ASCII.GetString(bytes, 16, 8).Split('\0')[0]);

    private static (ulong, ulong, string) OurCounts(BpfRecord entry) =>
        (Live.Get<ulong>(entry, "packets"), Live.Get<ulong>(entry, "bytes"), Live.Get<string>(entry, "label"));

    private static string[] Witness<TKey, TValue>(BpfMap map, Func<byte[], TKey> key, Func<byte[], TValue> value) =>
        [.. Bpftool.Dump(map.Id).Select(entry => $"{key(entry.Key)} = {value(entry.Value)}").Order(StringComparer.Ordinal)];

    private static string[] Ours<TKey, TValue>(BpfMap map, Func<BpfRecord, TKey> key, Func<BpfRecord, TValue> value) =>
        [.. Live.Entries(map).Select(entry => $"{key(entry)} = {value(entry)}").Order(StringComparer.Ordinal)];
}
