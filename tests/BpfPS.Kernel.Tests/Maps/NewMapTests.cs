using BpfPS.Btf;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Maps;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>Maps made from C words: the kernel takes the types, bpftool shows them, and clang lays them out alike.</summary>
public sealed class NewMapTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly Guid _session = Guid.NewGuid();

    public void Dispose() => BpfSession.StopAll(_session);

    [Fact]
    public void Other_tools_see_the_types()
    {
        Live.Require();
        var map = BpfMap.Create(new BpfMapDefinition { Name = "flows", KeyType = "struct flow { bpfps_ipv4_t address; u16 port; u16 pad; }",
            ValueType = "struct { u64 packets; enum colour { RED, BLUE = 7 } colour; char label[8]; }", Session = _session });
        using var access = new BpfMapAccess(map);
        access.Set(new Dictionary<string, object?> { ["address"] = "192.0.2.1", ["port"] = 443 }, new Dictionary<string,
            object?> { ["packets"] = 5, ["colour"] = "BLUE", ["label"] = "web" });
        var formatted = Bpftool.Json("map", "dump", "id", Bpftool.Text(map.Id))[0].GetProperty("formatted");

        Assert.Equal(443, formatted.GetProperty("key").GetProperty("port").GetInt32());
        Assert.Equal((5, "BLUE"),
            (formatted.GetProperty("value").GetProperty("packets").GetInt32(),
            formatted.GetProperty("value").GetProperty("colour").ToString()));
        Assert.Equal("struct flow", BpfMap.FromId(map.Id).KeyType);
    }

    [Fact]
    public void A_map_goes_with_its_session()
    {
        Live.Require();
        var map = BpfMap.Create(new BpfMapDefinition { Name = "passing", KeyType = "u32", ValueType = "u32", Session = _session });
        Assert.True(Bpftool.List("map").ContainsKey(map.Id));
        BpfSession.StopAll(_session);

        Assert.True(SpinWait.SpinUntil(() => !Bpftool.List("map").ContainsKey(map.Id), TimeSpan.FromSeconds(5)));
        Assert.Equal(BpfErrorKind.Vanished, Assert.Throws<BpfException>(() => Live.Entries(map)).Kind);
    }

    [Theory]
    [InlineData("struct { u8 a; u64 b; u16 c; }")]
    [InlineData("struct { u8 a; struct { u32 x; u8 y; } in[3]; u16 tail; }")]
    [InlineData("struct { u32 a : 3; u32 b : 30; u64 c : 40; u8 d : 2; u8 e; }")]
    [InlineData("struct { u8 a; u32 b; u64 c; } __attribute__((packed))")]
    [InlineData("struct { union { u64 whole; u8 bytes[12]; }; s16 x; }")]
    [InlineData("struct { char name[16]; bool yes; void *where; double real; u16 m[2][3]; }")]
    [InlineData("struct { u8 a : 4; u16 b : 12; u32 c : 1; u32 : 0; u32 d : 5; }")]
    [InlineData("struct { long long a; unsigned char b; signed char c; unsigned short d; unsigned int e; }")]
    public void Clang_lays_a_struct_out_alike(string type)
    {
        Live.Require();
        using var folder = new TemporaryFile($$"""
            typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32;
            typedef unsigned long long u64; typedef short s16; typedef _Bool bool;
            typedef {{type.Replace("struct {", "struct {", StringComparison.Ordinal)}} probe_t;
            probe_t probe __attribute__((section(".data")));
            char LICENSE[] __attribute__((section("license"))) = "GPL";
            """);
        var theirs = BpfObjectSpec.Read(BpfCompiler.Compile(folder.Path).FilePath).Types;
        var variable = theirs.All.OfType<BtfVariable>().Single(known => known.Name == "probe");
        var writer = new BtfWriter();
        var (id, size) = CTypeParser.Parse(type, writer);
        var ours = BtfTypes.Parse(writer.ToArray());

        Assert.Equal(theirs.SizeOf(variable.Type), size);
        Assert.Equal(Offsets(theirs, variable.Type), Offsets(ours, id));
    }

    [Fact]
    public void What_a_type_demands_is_filled_in_for_every_type_that_can_be_made()
    {
        Live.Require();
        foreach (var kind in MapKind.All.Where(kind => kind.Name != "struct_ops"))
        {
            var hasKey = kind.Name.Contains("hash", StringComparison.Ordinal) && kind.Name is not "devmap_hash" and not "sockhash";
            var definition = new BpfMapDefinition
            {
                Name = "made",
                Type = kind.Name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant(),
                KeyType = hasKey ? "u32" : kind.Name == "lpm_trie" ? "struct { u32 prefixlen; u8 data[4]; }" : null,
                ValueType = kind.Name is "array" or "percpu_array" or "hash" or "lru_hash" or "percpu_hash" or "lru_percpu_hash"
                    or "lpm_trie" or "queue" or "stack" or "bloom_filter" || kind.Name.EndsWith("storage", StringComparison.Ordinal) ? "u64"
                    : null,
                InnerMap = kind.Name.EndsWith("_of_maps", StringComparison.Ordinal)
                    ? BpfMap.Create(new BpfMapDefinition { Name = "inner", Type = "array", ValueType = "u32", Session = _session }) : null,
                Session = _session,
            };
            if (kind.Name is "cgroup_storage" or "percpu_cgroup_storage")
            {
                definition = definition with { ValueType = null, ValueSize = 8 };
            }
            using var fd = MapMaker.Create(definition);
            Assert.Equal(kind.Name, BpfMap.FromDescriptor(fd, new MapSource(0, null, null)).Type);
        }
    }

    [Theory]
    [InlineData("hash", "u32", null, "The type of the value is missing.")]
    [InlineData("hash", null, "u32", "The type of the key is missing.")]
    [InlineData("queue", "u32", "u32", "Entries of a queue have no keys.")]
    [InlineData("array", "u64", "u32", "the key of an array must be a u32")]
    [InlineData("array_of_maps", null, null, "needs a map as a template for its entries")]
    [InlineData("no such type", "u32", "u32", "Unknown map type 'no such type'.")]
    [InlineData("hash", "u8[1024]", "u32", "is too large")]
    public void What_cannot_be_made_is_a_clear_error(string type, string? key, string? value, string why)
    {
        Live.Require();
        var error = Assert.Throws<BpfException>(() =>
            BpfMap.Create(new BpfMapDefinition { Name = "bad", Type = type, KeyType = key, ValueType = value, Session = _session }));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.True(error.Remedy is not null || error.Advice != BpfAdvice.None);
    }

    private static string[] Offsets(BtfTypes types, uint id) => [.. Members(types, id, 0)];

    private static IEnumerable<string> Members(BtfTypes types, uint id, uint offset) => types.Resolve(id) is not BtfComposite composite ? []
        : composite.Members.SelectMany(member =>
            Members(types, types.Resolve(member.Type) is BtfArray array ? array.Element : member.Type, offset + member.BitOffset)
            .Prepend($"{member.Name} at {offset + member.BitOffset} of "
                + $"{(member.BitFieldSize != 0 ? member.BitFieldSize : types.SizeOf(member.Type) * 8)}"));

    private sealed class TemporaryFile : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("bpfps-test-").FullName;

        public TemporaryFile(string source)
        {
            Path = System.IO.Path.Combine(_folder, "probe.bpf.c");
            File.WriteAllText(Path, source);
        }

        public string Path { get; }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
