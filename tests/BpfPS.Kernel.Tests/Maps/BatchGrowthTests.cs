using System.Numerics;
using System.Runtime.InteropServices;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>
/// Hash maps of which one bucket holds more than a batch: the kernel refuses to give a part of a bucket (ENOSPC), and the
/// batch has to grow. The hash is without a seed (BPF_F_ZERO_SEED), so that the keys of a bucket are known.
/// </summary>
public sealed unsafe partial class BatchGrowthTests : IClassFixture<NothingLeft>
{
    private const int Buckets = 16384;
    private const int FullBucket = 500;
    private const int NoSpace = 28; // ENOSPC

    [Theory]
    [InlineData(1_000_000, 16, 40)] // a batch of 16 becomes one of 64
    [InlineData(4_000_000, 4, 18)] // twice: 4, 16, 64
    [InlineData(4_000_000, 4, 4)] // as many as fit: not at all
    public void A_bucket_of_more_entries_than_a_batch_has_is_read_whole(int valueSize, int batch, int entries)
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        var map = Make(pins, valueSize);
        // Before it, in it and behind it.
        uint[] keys = [.. Keys(3, 2), .. Keys(FullBucket, entries), .. Keys(FullBucket + 200, 2)];
        Fill(map, keys, valueSize);
        Assert.Equal(entries > batch ? -NoSpace : 0, FirstBatchFrom(map, valueSize, batch));

        var read = Live.Entries(map)
            .ToDictionary(entry => BitConverter.ToUInt32(Live.Get<byte[]>(entry, "key")), entry => Live.Get<byte[]>(entry, "value"));

        Assert.Equal(keys.Order(), read.Keys.Order());
        Assert.All(read, entry =>
            Assert.Equal((valueSize, (byte)entry.Key, (byte)~entry.Key), (entry.Value.Length, entry.Value[0], entry.Value[^1])));
    }

    [Theory]
    [InlineData(8, 9000)] // more than the 8192 entries that are deleted at once
    [InlineData(4_000_000, 18)]
    public void A_bucket_of_more_entries_than_are_deleted_at_once_is_cleared_whole(int valueSize, int entries)
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        var map = Make(pins, valueSize);
        uint[] keys = [.. Keys(3, 2), .. Keys(FullBucket, entries), .. Keys(FullBucket + 200, 2)];
        Fill(map, keys, valueSize);

        Assert.Equal(keys.Length, map.Clear());
        Assert.Empty(Bpftool.Json("map", "dump", "id", Bpftool.Text(map.Id)).EnumerateArray());
    }

    // Flag 1, BPF_F_NO_PREALLOC: only what is there takes memory; 64, BPF_F_ZERO_SEED.
    private static BpfMap Make(PinDirectory pins, int valueSize)
    {
        Bpftool.Run("map", "create", pins["colliding"], "type", "hash", "key", "4", "value", Bpftool.Text(valueSize), "entries",
            Bpftool.Text(Buckets), "name", "colliding", "flags", "65");
        return BpfMap.FromPin(pins["colliding"]);
    }

    /// <summary>The first keys that fall into a bucket.</summary>
    private static IEnumerable<uint> Keys(int bucket, int count) =>
        Enumerable.Range(0, int.MaxValue).Select(number => (uint)number).Where(key => Hash(key) % Buckets == bucket).Take(count);

    /// <summary>jhash2() of one word, include/linux/jhash.h, without a seed.</summary>
    private static uint Hash(uint key)
    {
        const uint start = 0xdeadbeef + (1 << 2);
        var (a, b, c) = (start + key, start, start);
        c ^= b; // __jhash_final()
        c -= BitOperations.RotateLeft(b, 14);
        a ^= c;
        a -= BitOperations.RotateLeft(c, 11);
        b ^= a;
        b -= BitOperations.RotateLeft(a, 25);
        c ^= b;
        c -= BitOperations.RotateLeft(b, 16);
        a ^= c;
        a -= BitOperations.RotateLeft(c, 4);
        b ^= a;
        b -= BitOperations.RotateLeft(a, 14);
        c ^= b;
        c -= BitOperations.RotateLeft(b, 24);
        return c;
    }

    private static void Fill(BpfMap map, uint[] keys, int valueSize)
    {
        using var fd = map.OpenDescriptor();
        var value = new byte[valueSize];
        foreach (var key in keys)
        {
            (value[0], value[^1]) = ((byte)key, (byte)~key);
            fixed (byte* pointer = value)
            {
                Assert.Equal(0, bpf_map_update_elem(fd.Number, &key, pointer, 0));
            }
        }
    }

    /// <summary>
    /// What the kernel says to a batch of that many entries that begins at the full bucket: the witness that it does not fit.
    /// </summary>
    private static int FirstBatchFrom(BpfMap map, int valueSize, int entries)
    {
        using var fd = map.OpenDescriptor();
        var (keys, values, place, count) = (new byte[4 * entries], new byte[valueSize * entries], (ulong)FullBucket, (uint)entries);
        fixed (byte* key = keys, value = values)
        {
            return bpf_map_lookup_batch(fd.Number, &place, &place, key, value, &count, 0);
        }
    }

    // Not through the engine: what fills the map must not be what reads it.
    [LibraryImport("libbpf.so.1")]
    private static partial int bpf_map_update_elem(int map, void* key, void* value, ulong flags);

    [LibraryImport("libbpf.so.1")]
    private static partial int bpf_map_lookup_batch(int map, void* from, void* to, void* keys, void* values, uint* count, nint options);
}
