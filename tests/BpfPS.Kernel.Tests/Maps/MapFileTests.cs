using System.Globalization;
using System.Text.Json.Nodes;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>Maps as files: what was exported is restored to the byte, and what is no such file is refused.</summary>
public sealed class MapFileTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly Guid _session = Guid.NewGuid();
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"bpfps-test-{Guid.NewGuid():N}.json");

    public void Dispose()
    {
        BpfSession.StopAll(_session);
        File.Delete(_file);
    }

    [Theory]
    [InlineData("hash", "u32", "struct { u64 packets; char name[8]; }")]
    [InlineData("array", null, "u64")]
    [InlineData("percpu_hash", "u32", "u64")]
    [InlineData("percpu_array", null, "struct { u32 a; s16 b; }")]
    [InlineData("lpm_trie", "struct { u32 prefixlen; u8 address[4]; }", "u32")]
    [InlineData("devmap", null, null)]
    public void What_was_exported_is_what_a_new_map_has(string type, string? key, string? value)
    {
        Live.Require();
        var map = Make("first", type, key, value);
        using (var fd = map.OpenDescriptor())
        {
            Fill(map, type);
        }
        var saved = Export(map);
        var other = saved.Create(_session);
        saved.Restore(other);

        Assert.Equal(Raw(map), Raw(other));
        Assert.NotEmpty(Raw(other));
    }

    [Theory]
    [InlineData("queue")]
    [InlineData("stack")]
    [InlineData("bloom_filter")]
    public void What_the_kernel_does_not_show_whole_is_not_exported(string type)
    {
        Live.Require();
        var map = Make("first", type, null, "u32");
        using var access = new BpfMapAccess(map);
        access.Set(null, 1);

        Assert.Equal(BpfErrorKind.NotSupported, Assert.Throws<BpfException>(() => BpfMapFile.Export([map], _file)).Kind);
        Assert.False(File.Exists(_file));
        Assert.Equal(BpfErrorKind.NotSupported, Assert.Throws<BpfException>(() => new BpfMapWatcher(map)).Kind);
    }

    [Fact]
    public void Nothing_is_written_where_an_index_or_the_room_is_too_small()
    {
        Live.Require();
        var map = Make("first", "hash", "u32", "u64");
        using (var access = new BpfMapAccess(map))
        {
            access.Set(1, 11);
            access.Set(100, 12);
        }
        var saved = Export(map);
        var array = Make("array", "array", null, "u64", 3);
        var small = Make("small", "percpu_hash", "u32", "u64", 1);
        using (var access = new BpfMapAccess(array))
        {
            access.Set(0, 99);
        }

        Assert.Contains("has an entry with index 100", Assert.Throws<BpfException>(() => saved.Restore(array, clear: true)).Message,
            StringComparison.Ordinal);
        Assert.Equal(99UL, BitConverter.ToUInt64(Bpftool.Dump(array.Id)[0].Value));
        Assert.Contains("the type is hash in the file", Assert.Throws<BpfException>(() => saved.Restore(small)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"key":1,"KEY":2,"value":2}""", "has the member 'KEY' twice")]
    [InlineData("""{"key":1,"value":"\ud800"}""", "is not a valid export of maps")]
    [InlineData("""{"key":1,"value":2,"$bytes":5}""", "is not 12 bytes in hexadecimal")]
    [InlineData("""{"key":1,"value":2,"$bytes":"00"}""", "is not 12 bytes in hexadecimal")]
    [InlineData("""{"key":null,"value":2}""", "has no value ($null)")]
    [InlineData("""{"key":1,"value":18446744073709551616}""", "does not fit")]
    [InlineData("""{"key":1,"value":2,"more":3}""", "have no member 'more'")]
    [InlineData("""{"value":2}""", "has no member of the key")]
    [InlineData("7", "an entry is not an object")]
    [InlineData("""{"key":5,"value":2}""", "has two entries with the same key")]
    [InlineData("""{"key":1,"key":1,"value":2}""", "is not a valid export of maps")]
    [InlineData("""{"key":1,"value":2,"$bytes":"010000000300000000000000"}""", "'value' and $bytes contradict each other")]
    [InlineData("""{"key":2,"value":2,"$bytes":"010000000200000000000000"}""", "'key' and $bytes contradict each other")]
    [InlineData("""{"key":1,"more":2,"$bytes":"010000000200000000000000"}""", "'more' and $bytes contradict each other")]
    public void An_entry_that_is_none_is_a_clear_error_and_nothing_is_written(string entry, string why)
    {
        Live.Require();
        var map = Make("first", "hash", "u32", "u64");
        using (var access = new BpfMapAccess(map))
        {
            access.Set(5, 55);
        }
        Export(map);
        Change(root => root["maps"]![0]!["entries"]!.AsArray().Add("@"), text => text.Replace("\"@\"", entry, StringComparison.Ordinal));
        var target = Make("target", "hash", "u32", "u64");
        var error = Assert.Throws<BpfException>(() => BpfMapFile.Read(_file)[0].Restore(target));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Empty(Bpftool.Dump(target.Id));
    }

    [Fact]
    public void A_number_of_a_million_digits_is_refused_at_once()
    {
        Live.Require();
        var map = Make("first", "hash", "u32", "u64");
        Export(map);
        Change(
            root => root["maps"]![0]!["entries"]!.AsArray().Add("@"),
            text => text.Replace("\"@\"", $$"""{"key":1,"value":{{new string('1', 1_000_000)}}}""", StringComparison.Ordinal));

        Assert.True(Assert.Throws<BpfException>(() => BpfMapFile.Read(_file)[0].Restore(map)).Message.Length < 1000);
    }

    [Theory]
    [InlineData("""["x","y"]""")]
    [InlineData("""["key: u32 at 0","key: u32 at 0"]""")]
    [InlineData("""[5]""")]
    public void A_layout_that_is_none_is_a_clear_error(string members)
    {
        Live.Require();
        Export(Make("first", "hash", "u32", "u64"));
        Change(root => root["maps"]![0]!["key"]!["members"] = "@", text => text.Replace("\"@\"", members, StringComparison.Ordinal));

        Assert.Equal(BpfErrorKind.InvalidData, Assert.Throws<BpfException>(() => BpfMapFile.Read(_file)).Kind);
    }

    [Fact]
    public void What_is_no_regular_file_is_not_read() =>
        Assert.Contains("is not a regular file", Assert.Throws<BpfException>(() => BpfMapFile.Read("/dev/zero")).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("hash", 4000000000, "would take")]
    [InlineData("percpu_array", 2000000000, "would take")]
    [InlineData("hash", 100, null)]
    public void A_size_that_this_machine_does_not_have_is_refused_before_the_kernel_tries(string type, uint entries, string? why)
    {
        Live.Require();
        Export(Make("first", type, type == "hash" ? "u32" : null, "u64"));
        Change(root => root["maps"]![0]!["max_entries"] = entries, text => text);
        var saved = Assert.Single(BpfMapFile.Read(_file));
        var free = Free();

        var error = Record.Exception(() => saved.Create(_session));

        Assert.Equal(why is null, error is null);
        Assert.Contains(why ?? "", error?.Message ?? "", StringComparison.Ordinal);
        Assert.InRange(free - Free(), long.MinValue, 1 << 20); // KiB: nothing was allocated meanwhile
    }

    [Fact]
    public void The_maps_of_an_object_that_need_more_memory_than_there_is_are_refused_before_the_kernel_tries()
    {
        Live.Require();
        var error = Assert.Throws<BpfException>(() => BpfObjectStarter.Start(BpfPS.Tests.Repository.Tool("runqlat"), new BpfStartOptions
        {
            MapSizes = new Dictionary<string, uint> { ["stacks"] = 2_000_000_000 }, Session = _session,
        }));

        Assert.Contains("The maps of the object would take", error.Message, StringComparison.Ordinal);
        Assert.Equal((int)BpfErrno.ENOMEM, (int)error.Errno);
    }

    /// <summary>The machine's free memory in KiB.</summary>
    private static long Free() => long.Parse(File.ReadLines("/proc/meminfo")
        .Single(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    private BpfMap Make(string name, string type, string? key, string? value, uint entries = 4) =>
        BpfMap.Create(new BpfMapDefinition { Name = name, Type = type, KeyType = key, ValueType = value, MaxEntries = entries,
            Session = _session });

    private static void Fill(BpfMap map, string type)
    {
        // By bpftool: what is exported is not what the engine wrote.
        var key = type == "lpm_trie" ? new byte[] { 24, 0, 0, 0, 10, 1, 2, 0 } : [1, 0, 0, 0];
        byte[] value = type == "devmap" ? [.. BitConverter.GetBytes(Loopback()), .. new byte[map.ValueSize - sizeof(int)]]
            : [.. Enumerable.Range(1, (int)map.ValueSize).Select(i => (byte)i)];
        Bpftool.Update(map.Id, key, value);
    }

    private static int Loopback() => int.Parse(File.ReadAllText("/sys/class/net/lo/ifindex"), CultureInfo.InvariantCulture);

    private BpfSavedMap Export(BpfMap map)
    {
        BpfMapFile.Export([map], _file);
        return Assert.Single(BpfMapFile.Read(_file));
    }

    private static string Raw(BpfMap map) => string.Join('\n', Bpftool.Json("map", "dump", "id", Bpftool.Text(map.Id)).EnumerateArray()
        .Select(entry => entry.TryGetProperty("formatted", out _)
            ? $"{entry.GetProperty("key")}{(entry.TryGetProperty("value", out var value) ? value : entry.GetProperty("values"))}"
            : entry.ToString()).Order(StringComparer.Ordinal));

    private void Change(Action<JsonNode> change, Func<string, string> text)
    {
        var root = JsonNode.Parse(File.ReadAllText(_file))!;
        change(root);
        File.WriteAllText(_file, text(root.ToJsonString()));
    }
}
