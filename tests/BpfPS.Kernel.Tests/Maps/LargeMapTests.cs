using System.Runtime.InteropServices;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>Maps that take many batches. They are made by bpftool and filled with libbpf's own call.</summary>
public unsafe partial class LargeMapTests : IClassFixture<NothingLeft>
{
    [Theory]
    [InlineData("hash", 200_000, 200_000)]
    [InlineData("hash", 250_000, 200_000)]
    [InlineData("lru_hash", 20_000, 3_000)]
    [InlineData("array", 100_000, 100_000)]
    public void Every_entry_is_read_once(string type, int room, int entries)
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["large"], "type", type, "key", "4", "value", "8", "entries", Bpftool.Text(room), "name", "large");
        var map = BpfMap.FromPin(pins["large"]);
        Fill(map, entries);
        var seen = new bool[entries];
        foreach (var entry in Live.Entries(map))
        {
            var key = BitConverter.ToUInt32(Bytes(Live.Get(entry, "key")!));
            Assert.False(seen[key], $"key {key} came twice");
            seen[key] = true;
            Assert.Equal(Value(key), BitConverter.ToUInt64(Bytes(Live.Get(entry, "value")!)));
        }

        Assert.Equal(-1, Array.IndexOf(seen, false));
    }

    [Theory]
    [InlineData(524_288)]
    [InlineData(614_400)]
    [InlineData(1_000_000)]
    public void Values_of_which_a_batch_would_not_fit_into_memory_are_read_all_the_same(int size)
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        // Flag 1, BPF_F_NO_PREALLOC: only what is there takes memory.
        Bpftool.Run("map", "create", pins["wide"], "type", "hash", "key", "4", "value", Bpftool.Text(size), "entries", "8192", "name",
            "wide", "flags", "1");
        var map = BpfMap.FromPin(pins["wide"]);
        using (var fd = map.OpenDescriptor())
        {
            var value = new byte[size];
            for (uint key = 0; key < 5; key++)
            {
                value[^1] = (byte)(key + 1);
                fixed (byte* pointer = value)
                {
                    Assert.Equal(0, bpf_map_update_elem(fd.Number, &key, pointer, 0));
                }
            }
        }
        var entries = Live.Entries(map);

        Assert.Equal([1, 2, 3, 4, 5], entries.Select(entry => (int)Live.Get<byte[]>(entry, "value")[^1]).Order());
        Assert.All(entries, entry => Assert.Equal(size, Live.Get<byte[]>(entry, "value").Length));
    }

    [Fact]
    public void Reading_can_be_ended_early_and_the_map_read_again()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["large"], "type", "hash", "key", "4", "value", "8", "entries", "100000", "name", "large");
        var map = BpfMap.FromPin(pins["large"]);
        Fill(map, 100_000);
        using (var reader = new BpfMapReader(map))
        {
            Assert.True(reader.TryRead(out _));
        }
        using (var reader = new BpfMapReader(map))
        {
            Assert.True(reader.TryRead(out _));
            reader.Cancel();
            var more = 0;
            while (reader.TryRead(out _))
            {
                more++;
            }
            Assert.InRange(more, 0, 99_000);
        }

        Assert.Equal(100_000, Live.Entries(map).Count);
    }

    [Fact]
    public void A_map_that_changes_while_it_is_read_has_every_entry_that_stays()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["large"], "type", "hash", "key", "4", "value", "8", "entries", "150000", "name", "large");
        var map = BpfMap.FromPin(pins["large"]);
        Fill(map, 100_000);
        var stop = false;
        var writer = new Thread(() =>
        {
            using var fd = map.OpenDescriptor();
            for (uint i = 0; !Volatile.Read(ref stop); i++)
            {
                var key = 100_000 + i % 40_000;
                ulong value = Value(key);
                _ = i / 40_000 % 2 == 0 ? bpf_map_update_elem(fd.Number, &key, &value, 0) : bpf_map_delete_elem(fd.Number, &key);
            }
        });
        writer.Start();
        var keys = Live.Entries(map).Select(entry => BitConverter.ToUInt32(Live.Get<byte[]>(entry, "key"))).ToArray();
        Volatile.Write(ref stop, true);
        writer.Join();

        Assert.Equal(100_000, keys.Where(key => key < 100_000).Distinct().Count());
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    private static byte[] Bytes(object value) => value is uint number ? BitConverter.GetBytes(number) : (byte[])value;

    private static ulong Value(uint key) => 0x1122334400000000ul ^ ((ulong)key * 2654435761);

    private static void Fill(BpfMap map, int entries)
    {
        using var fd = map.OpenDescriptor();
        var keys = Enumerable.Range(0, entries).Select(i => (uint)i).ToArray();
        var values = keys.Select(Value).ToArray();
        var count = (uint)entries;
        fixed (uint* key = keys)
        fixed (ulong* value = values)
        {
            Assert.Equal(0, bpf_map_update_batch(fd.Number, key, value, &count, 0));
        }
    }

    // Not through the engine: what fills the map must not be what reads it.
    [LibraryImport("libbpf.so.1")]
    private static partial int bpf_map_update_batch(int map, void* keys, void* values, uint* count, nint options);

    [LibraryImport("libbpf.so.1")]
    private static partial int bpf_map_update_elem(int map, void* key, void* value, ulong flags);

    [LibraryImport("libbpf.so.1")]
    private static partial int bpf_map_delete_elem(int map, void* key);
}
