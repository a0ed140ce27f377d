using System.Collections;
using System.Net;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Native;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>Writing, looking up, taking and removing entries of maps that others made; bpftool sees what was written.</summary>
public sealed partial class WriteTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly PinDirectory _pins = new PinDirectory().Make();

    public void Dispose() => _pins.Dispose();

    [Theory]
    [InlineData("hash", "0")]
    [InlineData("lru_hash", "0")]
    [InlineData("array", "0")]
    public void What_is_set_is_what_bpftool_sees_and_what_bpftool_sets_is_found(string type, string flags)
    {
        Live.Require();
        var map = Foreign(type, 4, 8, flags);
        using var access = new BpfMapAccess(map);
        access.Set(1, "0x1122334455667788");
        access.Set(2, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 });
        access.Set(4, "01 02 03 04 05 06 07 08");
        Bpftool.Update(map.Id, [3, 0, 0, 0], [9, 0, 0, 0, 0, 0, 0, 9]);
        var witness = Bpftool.Dump(map.Id)
            .ToDictionary(entry => BitConverter.ToUInt32(entry.Key), entry => Convert.ToHexStringLower(entry.Value));

        Assert.Equal("8877665544332211", witness[1]);
        Assert.Equal("0102030405060708", witness[2]);
        Assert.Equal("0102030405060708", witness[4]);
        Assert.Equal("0900000000000009", Convert.ToHexStringLower(Live.Get<byte[]>(access.Find(3)!, "value")));
    }

    [Fact]
    public void A_map_that_another_program_loaded_with_types_is_written_by_its_members()
    {
        Live.Require();
        // libbpf, in another process, loads the object; nothing of it is ours.
        Bpftool.Run("prog", "loadall", BpfPS.Tests.Repository.TestProgram("types"), _pins["programs"], "pinmaps", _pins["maps"]);
        var map = BpfMap.FromPin(_pins["maps/by_struct"]);
        using var access = new BpfMapAccess(map);
        var key = new Hashtable { ["source"] = "192.0.2.9", ["target"] = IPAddress.Parse("198.51.100.8"), ["target_port"] = 53,
            ["protocol"] = "17" };
        access.Set(key, new Hashtable { ["packets"] = 3, ["bytes"] = 99.0, ["label"] = "written" });
        var formatted = Bpftool.Json("map", "dump", "id", Bpftool.Text(map.Id))[0].GetProperty("formatted");

        Assert.Equal((3UL, 99UL),
            (formatted.GetProperty("value").GetProperty("packets").GetUInt64(),
            formatted.GetProperty("value").GetProperty("bytes").GetUInt64()));
        var bytes = Assert.Single(Bpftool.Dump(map.Id)).Key;
        Assert.Equal([192, 0, 2, 9, 198, 51, 100, 8, 0, 0, 0, 53, 17], bytes[..13]);

        var entry = access.Find(key)!;
        entry.GetType().GetProperty("packets")!.SetValue(entry, 4UL);
        using (var writer = new BpfMapWriter(map))
        {
            writer.Write(entry);
            writer.Complete();
            Assert.Equal(1, writer.Written);
        }
        Assert.Equal(4UL, Bpftool.Json("map", "dump", "id", Bpftool.Text(map.Id))[0].GetProperty("formatted").GetProperty("value")
            .GetProperty("packets").GetUInt64());
        Assert.True(access.RemoveEntry(entry));
        Assert.Empty(Bpftool.Dump(map.Id));
        Assert.False(access.Remove(key));
    }

    [Fact]
    public void Modes_are_kept_and_say_why()
    {
        Live.Require();
        using var access = new BpfMapAccess(Foreign("hash", 4, 8));
        Assert.Equal(BpfErrorKind.NotFound, Assert.Throws<BpfException>(() => access.Set(1, 1, BpfUpdateMode.Exist)).Kind);
        access.Set(1, 1, BpfUpdateMode.NoExist);
        Assert.Equal(BpfErrorKind.AlreadyExists, Assert.Throws<BpfException>(() => access.Set(1, 2, BpfUpdateMode.NoExist)).Kind);
        access.Set(1, 3, BpfUpdateMode.Exist);

        Assert.Equal(3, Live.Get<byte[]>(access.Find(1)!, "value")[0]);
    }

    [Fact]
    public void A_value_for_one_CPU_leaves_those_of_the_others()
    {
        Live.Require();
        var map = Foreign("percpu_hash", 4, 8);
        using var access = new BpfMapAccess(map);
        access.Set(1, 5);
        access.Set(1, 7, cpu: CpuList.PossibleCount - 1);
        var witness = Bpftool.Json("map", "dump", "id", Bpftool.Text(map.Id))[0].GetProperty("values").EnumerateArray()
            .Select(cpu => BitConverter.ToUInt64(Bpftool.Bytes(cpu.GetProperty("value")))).ToArray();

        Assert.Equal([.. Enumerable.Repeat(5UL, CpuList.PossibleCount - 1), 7UL], witness);
        access.Set(1, Enumerable.Range(10, CpuList.PossibleCount).Select(n => (object)n).ToArray());
        Assert.Equal(10, Live.Get<byte[]>(access.Find(1)!, "cpu0")[0]);
        Assert.Equal(BpfErrorKind.InvalidArgument, Assert.Throws<BpfException>(() => access.Set(1, 5, cpu: CpuList.PossibleCount)).Kind);
        Assert.Contains("it has 1 elements, but must have 8", Assert.Throws<BpfException>(() => access.Set(1, new object[] { 1 })).Message,
            StringComparison.Ordinal);
        access.Set(1, new object[] { 1, 2, 3, 4, 5, 6, 7, 8 }); // one value: there are as many bytes in it
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Live.Get<byte[]>(access.Find(1)!, "cpu0"));
        using var numbers = new BpfMapAccess(BpfMap.Create(new BpfMapDefinition { Name = "numbers", Type = "percpu_array",
            ValueType = "u64", MaxEntries = 1, Session = _session }));
        Assert.Contains("values are specified for",
            Assert.Throws<BpfException>(() => numbers.Set(0, Enumerable.Repeat((object)1, CpuList.PossibleCount + 1).ToArray())).Message,
            StringComparison.Ordinal);
        BpfSession.StopAll(_session);
    }

    [Fact]
    public void A_trie_gives_the_entry_of_the_longest_prefix()
    {
        Live.Require();
        var map = Foreign("lpm_trie", 8, 8, "1");
        using var access = new BpfMapAccess(map);
        access.Set("10.0.0.0/8", 1);
        access.Set("10.1.0.0/16", 2);
        Bpftool.Update(map.Id, [24, 0, 0, 0, 10, 1, 2, 0], [3, 0, 0, 0, 0, 0, 0, 0]);

        Assert.Equal([3, 2, 1],
            new[] { "10.1.2.3", "10.1.3.4", "10.9.9.9" }.Select(address => (int)Live.Get<byte[]>(access.Find(address)!, "value")[0]));
        Assert.Equal(["10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8"],
            new[] { "10.1.2.3", "10.1.3.4", "10.9.9.9" }.Select(address => Live.Get<IPNetwork>(access.Find(address)!, "key").ToString()));
        Assert.Null(access.Find("192.0.2.1"));
        foreach (var nobody in (string[])["10.1/16", "010.0.0.0/8", "10.0.0.0/33", "1"])
        {
            Assert.Contains("is not an IPv4 prefix", Assert.Throws<BpfException>(() => access.Set(nobody, 9)).Message,
                StringComparison.Ordinal);
        }
        var found = access.Find("10.9.9.9")!;
        found.GetType().GetProperty("value")!.SetValue(found, new byte[] { 99, 0, 0, 0, 0, 0, 0, 0 });
        using (var writer = new BpfMapWriter(map))
        {
            writer.Write(found);
            writer.Complete();
        }
        Assert.Equal(99, Bpftool.Dump(map.Id).Single(entry => entry.Key[0] == 8).Value[0]);
        access.Set(new Hashtable { ["prefixlen"] = 12, ["data"] = new byte[] { 172, 16, 0, 0 } }, 5);
        Assert.True(access.Remove("172.16.0.0/12"));
        Assert.Equal(["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24"],
            Live.Entries(map).Select(entry => Live.Get<IPNetwork>(entry, "key").ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(3, map.Clear());
        Assert.Empty(Bpftool.Dump(map.Id));
    }

    [Theory]
    [InlineData("queue", new byte[] { 1, 2, 3 })]
    [InlineData("stack", new byte[] { 3, 2, 1 })]
    public void Queues_and_stacks_show_the_next_entry_and_give_them_in_their_order(string type, byte[] order)
    {
        Live.Require();
        var map = Foreign(type, 0, 4);
        using var access = new BpfMapAccess(map);
        Assert.Empty(Live.Entries(map));
        for (var i = 1; i <= 3; i++)
        {
            access.Set(null, i);
        }
        Assert.Equal(order[0], Live.Get<byte[]>(Assert.Single(Live.Entries(map)), "value")[0]);
        Assert.Equal(order[0], Live.Get<byte[]>(access.TakeAll().First(), "value")[0]);
        Assert.Equal(order[1..], access.TakeAll().Select(entry => Live.Get<byte[]>(entry, "value")[0]));
        Assert.Contains("have no keys", Assert.Throws<BpfException>(() => access.Set(1, 1)).Message, StringComparison.Ordinal);
        Assert.Equal(0, map.Clear());
    }

    [Fact]
    public void A_bloom_filter_tells_what_is_in_it()
    {
        Live.Require();
        using var access = new BpfMapAccess(Foreign("bloom_filter", 0, 4));
        access.Set(null, 77);

        Assert.NotNull(access.Find(77));
        Assert.Null(access.Find(78)); // with one entry in a filter for sixteen a false yes is out of the question
    }

    [Fact]
    public void Maps_of_maps_and_programs_give_the_things_themselves()
    {
        Live.Require();
        using var obj = Live.TestProgram("types");
        var inner = BpfMap.Create(new BpfMapDefinition { Name = "inner", Type = "array", ValueType = "u64", MaxEntries = 2,
            Session = _session });
        var outer = BpfMap.Create(new BpfMapDefinition { Name = "outer", Type = "hash_of_maps", KeyType = "u32", InnerMap = inner,
            Session = _session });
        try
        {
            using var access = new BpfMapAccess(outer);
            access.Set(5, inner);
            Assert.Equal(inner.Id, ((BpfMap)Live.Get(access.Find(5)!, "map")!).Id);
            Assert.Equal(inner.Id, BitConverter.ToUInt32(Assert.Single(Bpftool.Dump(outer.Id)).Value));
        }
        finally
        {
            BpfSession.StopAll(_session);
        }
    }

    [Fact]
    public void Interfaces_have_their_names_both_ways()
    {
        Live.Require();
        var map = Foreign("devmap", 4, 4);
        using var access = new BpfMapAccess(map);
        access.Set(2, "lo");

        Assert.Equal("lo", Live.Get(Assert.Single(Live.Entries(map)), "interface"));
        Assert.Equal((2u, 1u), Bpftool.Dump(map.Id).Where(entry => entry.Value.Length == 4)
            .Select(entry => (BitConverter.ToUInt32(entry.Key), BitConverter.ToUInt32(entry.Value))).Single());
        var error = Assert.Throws<BpfException>(() => access.Set(1, "no-such-if"));
        Assert.Contains("lo", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void The_kernels_own_structs_take_their_first_member_alone()
    {
        Live.Require();
        try
        {
            using var devices = new BpfMapAccess(BpfMap.Create(new BpfMapDefinition { Name = "devices", Type = "devmap", MaxEntries = 4,
                Session = _session }));
            devices.Set(1, "lo");
            Assert.Equal(("lo", null), (Live.Get(devices.Find(1)!, "interface"), Live.Get(devices.Find(1)!, "program")));
            var cpuMap = BpfMap.Create(new BpfMapDefinition { Name = "cpus", Type = "cpumap", Session = _session });
            using var cpus = new BpfMapAccess(cpuMap);
            cpus.Set(0, 192);
            Assert.Equal(192u, Live.Get(cpus.Find(0)!, "qsize"));
            Assert.Equal(1, cpuMap.Clear());
            Assert.Equal(0, cpuMap.Clear());
        }
        finally
        {
            BpfSession.StopAll(_session);
        }
    }

    [Fact]
    public void Addresses_are_taken_for_the_plain_types_that_other_programs_have()
    {
        Live.Require();
        var map = BpfMap.Create(new BpfMapDefinition { Name = "plain",
            KeyType = "struct { __be32 a; u32 b; u8 c[4]; u8 d[6]; u8 e[16]; u16 f; }", ValueType = "u32", Session = _session });
        try
        {
            using var access = new BpfMapAccess(map);
            access.Set(new Hashtable { ["a"] = IPAddress.Parse("10.1.2.3"), ["b"] = IPAddress.Parse("10.1.2.4"), ["c"] = "10.1.2.5",
                ["d"] = System.Net.NetworkInformation.PhysicalAddress.Parse("02005E100001"), ["e"] = "fe80::1" }, 1);

            Assert.Equal("0a0102030a0102040a01020502005e100001fe8000000000000000000000000000010000",
                Convert.ToHexStringLower(Assert.Single(Bpftool.Dump(map.Id)).Key));
        }
        finally
        {
            BpfSession.StopAll(_session);
        }
    }

    [Fact]
    public void A_type_for_one_side_is_kept_with_bytes_for_the_other()
    {
        Live.Require();
        try
        {
            var map = BpfMap.Create(new BpfMapDefinition { Name = "half", KeyType = "struct { u32 a; u32 b; }", ValueSize = 4,
                Session = _session });
            Assert.Equal((8u, 4u), (map.KeySize, map.ValueSize));
            Assert.Contains("struct", map.KeyType, StringComparison.Ordinal);
        }
        finally
        {
            BpfSession.StopAll(_session);
        }
    }

    [Fact]
    public void A_storage_of_processes_is_found_by_process_id()
    {
        Live.Require();
        var map = BpfMap.Create(new BpfMapDefinition { Name = "tasks", Type = "task_storage", ValueType = "u64", Session = _session });
        using var child = new Child("sleep", "60");
        try
        {
            using var access = new BpfMapAccess(map);
            access.Set(child.Id, 4711);
            Assert.Equal(4711UL, Live.Get(access.Find(child.Id)!, "value"));
            Assert.Equal(child.Id, Live.Get(Assert.Single(Live.Entries(map)), "pid"));
            Assert.True(access.Remove(child.Id));
            Assert.Empty(Live.Entries(map));
            Assert.Throws<BpfException>(() => access.Find(int.MaxValue));
            if (Environment.OSVersion.Version >= new Version(6, 9))
            {
                using var asked = new ManualResetEventSlim();
                using var known = new ManualResetEventSlim();
                var id = 0;
                var thread = new Thread(() =>
                {
                    id = gettid();
                    known.Set();
                    asked.Wait();
                });
                thread.Start();
                known.Wait();
                access.Set(id, 4712);
                var entry = Assert.Single(Live.Entries(map));
                asked.Set();
                thread.Join();
                Assert.Equal((id, 4712UL), (Live.Get(entry, "pid"), Live.Get(entry, "value")));
            }
            access.Set(child.Id, 1);
            // A thread that has ended keeps its entry until the kernel has let go of the thread.
            Assert.True(SpinWait.SpinUntil(() => Live.Entries(map).Count == 1, TimeSpan.FromSeconds(20)));
            Assert.Equal(1, map.Clear());
            Assert.Empty(Live.Entries(map));
        }
        finally
        {
            BpfSession.StopAll(_session);
        }
    }

    [Fact]
    public void A_full_map_stops_a_writer_which_says_how_many_were_written()
    {
        Live.Require();
        var map = Foreign("hash", 4, 8); // sixteen entries
        using var writer = new BpfMapWriter(map);
        var error = Assert.Throws<BpfException>(() =>
        {
            for (var i = 0; i < 50; i++)
            {
                writer.Write(new Dictionary<string, object?> { ["key"] = i, ["value"] = i });
            }
            writer.Complete();
        });

        // The map has no types: the key is shown as its bytes.
        Assert.EndsWith("is full: it holds at most 16 entries. 16 entries were written before that. "
            + "The entry that failed has the key 10000000.", error.Message, StringComparison.Ordinal);
        Assert.Equal(16, Bpftool.Dump(map.Id).Length);
        Assert.Equal(16, writer.Written);
    }

    [Fact]
    public void A_slow_writers_entries_do_not_wait_for_more()
    {
        Live.Require();
        var map = Foreign("hash", 4, 8);
        using var writer = new BpfMapWriter(map);
        writer.Write(new Dictionary<string, object?> { ["key"] = 1, ["value"] = 1 });

        Assert.True(SpinWait.SpinUntil(() => Bpftool.Dump(map.Id).Length == 1, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void A_frozen_map_and_one_that_is_read_only_say_so()
    {
        Live.Require();
        var frozen = Foreign("array", 4, 8);
        frozen.Freeze();
        Assert.True(frozen.IsFrozen);
        Assert.Contains("is frozen", Assert.Throws<BpfException>(() => new BpfMapAccess(frozen).Set(0, 1)).Message,
            StringComparison.Ordinal);
        // BPF_F_RDONLY and BPF_F_WRONLY hold for the descriptor that made the map; who opens it by id is not bound by them.
        var readOnly = Made(BpfMapFlags.RDONLY);
        Assert.Contains("is open for reading only", Assert.Throws<BpfException>(() => new BpfMapAccess(readOnly).Set(0, 1)).Message,
            StringComparison.Ordinal);
        var writeOnly = Made(BpfMapFlags.WRONLY);
        new BpfMapAccess(writeOnly).Set(0, 1);
        Assert.Contains("is open for writing only", Assert.Throws<BpfException>(() => new BpfMapAccess(writeOnly).Find(0)).Message,
            StringComparison.Ordinal);
        Assert.Contains("is open for writing only", Assert.Throws<BpfException>(() => Live.Entries(writeOnly)).Message,
            StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(Bpftool.Dump(writeOnly.Id)).Value[0]);
        BpfSession.StopAll(_session);

        BpfMap Made(BpfMapFlags flags) =>
            BpfMap.Create(new BpfMapDefinition { Name = "one_way", Type = "array", ValueType = "u64", MaxEntries = 1, Flags = flags,
            Session = _session });
    }

    [Fact]
    public void A_map_that_a_process_has_in_its_memory_is_not_frozen_and_the_error_says_how_to_find_the_process()
    {
        Live.Require();
        const int Room = 4096;
        var map = Foreign("array", 4, 8, "0x400"); // BPF_F_MMAPABLE
        nint memory;
        using (var fd = map.OpenDescriptor())
        {
            memory = Libc.mmap(0, Room, Libc.ProtectionRead | Libc.ProtectionWrite, Libc.MapShared, fd.Number, 0);
            Assert.NotEqual(-1, memory);
        }
        try
        {
            var error = Assert.Throws<BpfException>(map.Freeze);

            Assert.Contains("a process has it mapped into its memory", error.Message, StringComparison.Ordinal);
            Assert.Equal(BpfErrno.EBUSY, error.Errno);
            var command = error.Remedy!.Split("run: sudo ")[1];
            Assert.Contains($"/proc/{Environment.ProcessId}/maps", Command.Run("sh", "-c", command).Output.Split('\n'));
            Assert.Equal(0, Bpftool.Json("map", "show", "id", Bpftool.Text(map.Id)).GetProperty("frozen").GetInt32());
        }
        finally
        {
            Assert.Equal(0, Libc.munmap(memory, Room));
        }

        map.Freeze();

        Assert.Equal(1, Bpftool.Json("map", "show", "id", Bpftool.Text(map.Id)).GetProperty("frozen").GetInt32());
    }

    [Theory]
    [InlineData("hash")]
    [InlineData("percpu_hash")]
    [InlineData("lru_hash")]
    public void Clearing_a_large_hash_takes_no_time_to_speak_of(string type)
    {
        Live.Require();
        Bpftool.Run("map", "create", _pins["large"], "type", type, "key", "4", "value", "8", "entries", "200000", "name", "large");
        var map = BpfMap.FromPin(_pins["large"]);
        using (var writer = new BpfMapWriter(map))
        {
            for (var i = 0; i < 100_000; i++)
            {
                writer.Write(new Dictionary<string, object?> { ["key"] = i, [type == "percpu_hash" ? "cpu0" : "value"] = i });
            }
            writer.Complete();
        }
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var cleared = map.Clear();

        // Asking for the first key again and again would take minutes.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
        Assert.True(type == "lru_hash" ? cleared > 50_000 : cleared == 100_000, $"{cleared}");
        Assert.Empty(Live.Entries(map));
    }

    [System.Runtime.InteropServices.LibraryImport("libc")]
    private static partial int gettid();

    private readonly Guid _session = Guid.NewGuid();

    private int _made;

    private BpfMap Foreign(string type, int key, int value, string flags = "0")
    {
        var pin = _pins[$"map{++_made}"];
        Bpftool.Run("map", "create", pin, "type", type, "key", Bpftool.Text(key), "value", Bpftool.Text(value), "entries", "16", "name",
            "foreign", "flags", flags);
        return BpfMap.FromPin(pin);
    }
}
