using System.Net;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>
/// Types of maps that are read entry by entry, in their own way, or not at all. bpftool makes them and tells what is in them.
/// </summary>
public class MapKindTests : IClassFixture<NothingLeft>
{
    [Theory]
    [InlineData("lpm_trie", 8, "1")]
    [InlineData("hash", 8, "0")]
    [InlineData("lru_hash", 8, "0")]
    [InlineData("percpu_hash", 8, "0")]
    [InlineData("lru_percpu_hash", 8, "0")]
    [InlineData("hash", 7, "1")]
    [InlineData("percpu_hash", 3, "0")]
    public void Maps_with_keys_have_the_entries_that_bpftool_sees(string type, int valueSize, string flags)
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["kind"], "type", type, "key", "8", "value", Bpftool.Text(valueSize), "entries", "1000", "name",
            "kind", "flags", flags);
        var map = BpfMap.FromPin(pins["kind"]);
        for (byte i = 1; i <= 20; i++)
        {
            // For a trie: 32 bits of prefix, and the prefix.
            Bpftool.Update(map.Id, [32, 0, 0, 0, 10, i, 0, i], [.. Enumerable.Range(i, valueSize).Select(n => (byte)n)]);
        }
        var witness = Bpftool.Json("map", "dump", "id", Bpftool.Text(map.Id)).EnumerateArray()
            .Select(entry => $"{Convert.ToHexStringLower(Bpftool.Bytes(entry.GetProperty("key")))} = "
            + (entry.TryGetProperty("value", out var value) ? Convert.ToHexStringLower(Bpftool.Bytes(value))
                : string.Join(',', entry.GetProperty("values").EnumerateArray()
                    .Select(cpu => Convert.ToHexStringLower(Bpftool.Bytes(cpu.GetProperty("value")).AsSpan(0, valueSize))))));
        var ours = Live.Entries(map)
            .Select(entry => $"{Key(Live.Get(entry, "key"))} = " + string.Join(',', Values(entry).Select(Convert.ToHexStringLower)));

        Assert.Equal(witness.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
        Assert.Equal(20, Live.Entries(map).Count);
    }

    private static string Key(object? key) =>
        Convert.ToHexStringLower(key is IPNetwork prefix ? [(byte)prefix.PrefixLength, 0, 0, 0, .. prefix.BaseAddress.GetAddressBytes()]
        : (byte[])key!);

    private static IEnumerable<byte[]> Values(BpfRecord entry) =>
        entry.GetType().GetProperties().Where(property => property.Name != "key").Select(property => (byte[])property.GetValue(entry)!);

    [Theory]
    [InlineData("hash")]
    [InlineData("lru_hash")]
    [InlineData("percpu_hash")]
    [InlineData("lpm_trie")]
    public void A_map_without_entries_has_none(string type)
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["empty"], "type", type, "key", "8", "value", "8", "entries", "10", "name", "empty", "flags",
            type == "lpm_trie" ? "1" : "0");

        Assert.Empty(Live.Entries(BpfMap.FromPin(pins["empty"])));
    }

    [Fact]
    public void A_ring_buffer_is_an_error_that_says_where_its_events_are()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        var error = Assert.Throws<BpfException>(() => new BpfMapReader(obj.Map("events")));

        Assert.Equal(BpfErrorKind.NotSupported, error.Kind);
        Assert.Equal(BpfAdvice.WatchEvents, error.Advice);
    }

    [Fact]
    public void Only_a_ring_buffer_and_a_perf_buffer_have_events()
    {
        Live.Require();
        using var obj = Live.TestProgram("types");
        var error = Assert.Throws<BpfException>(() => new BpfEventStream(obj.Map("by_number")));

        Assert.Equal((BpfErrorKind.NotSupported, "'by_number' is a map of type hash. Only ring buffers and perf buffers have events."),
            (error.Kind, error.Message));
    }

    [Theory]
    [InlineData("prog_array", 4, 4)]
    [InlineData("devmap", 4, 4)]
    [InlineData("devmap_hash", 4, 4)]
    [InlineData("cpumap", 4, 4)]
    [InlineData("sockhash", 4, 8)]
    [InlineData("sockmap", 4, 8)]
    [InlineData("reuseport_sockarray", 4, 8)]
    public void A_map_of_kernel_objects_that_nobody_has_filled_is_empty(string type, int keySize, int valueSize) =>
        Assert.Empty(Entries(type, keySize, valueSize));

    [Theory]
    [InlineData("perf_event_array", 4, 4)]
    [InlineData("cgroup_array", 4, 4)]
    [InlineData("xskmap", 4, 4)]
    public void A_map_of_kernel_objects_that_the_kernel_shows_nobody_is_a_clear_error(string type, int keySize, int valueSize)
    {
        var error = Assert.Throws<BpfException>(() => Entries(type, keySize, valueSize));

        Assert.Equal(BpfErrorKind.NotSupported, error.Kind);
        Assert.Contains("'special'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stack_map_is_addresses_by_id()
    {
        Live.Require();
        using var busy = new Child("sh", "-c", "while :; do :; done");
        using var obj = Live.Tool("profile", ("frequency", 999), ("pid", busy.Id));
        Assert.True(SpinWait.SpinUntil(() => Bpftool.Dump(obj.Map("stacks").Id).Length > 0, TimeSpan.FromSeconds(60)),
            "no stack was taken");
        busy.Dispose(); // no more stacks come: what follows reads the same
        var stacks = Live.Entries(obj.Map("stacks"));
        var witness = Bpftool.Dump(obj.Map("stacks").Id).ToDictionary(entry => BitConverter.ToUInt32(entry.Key), entry => entry.Value);

        Assert.NotEmpty(stacks);
        Assert.Equal(witness.Keys.Order(), stacks.Select(entry => Live.Get<uint>(entry, "key")).Order());
        Assert.All(stacks, entry =>
            Assert.Equal(witness[Live.Get<uint>(entry, "key")], Live.Get<ulong[]>(entry, "addresses").SelectMany(BitConverter.GetBytes)));
    }

    private static List<BpfRecord> Entries(string type, int keySize, int valueSize)
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["special"], "type", type, "key", Bpftool.Text(keySize), "value", Bpftool.Text(valueSize),
            "entries", "4", "name", "special");
        return Live.Entries(BpfMap.FromPin(pins["special"]));
    }
}
