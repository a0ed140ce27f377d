using System.Text.Json;

namespace BpfPS.Module.Tests.Map;

/// <summary>New-BpfMap. What was made, bpftool tells.</summary>
public sealed class NewBpfMapTests : KernelTest
{
    private readonly PinFolder _pins = new();

    public override void Dispose()
    {
        _pins.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData("-KeyType u32 -ValueType u64", "hash", 4, 8, 10240, 0)]
    [InlineData("-KeyType u32 -ValueType u64 -MaxEntries 7 -Flags no_prealloc", "hash", 4, 8, 7, 1)]
    [InlineData("-Type LRU_Hash -KeyType 'char[16]' -ValueType 'struct { u64 packets; u8 flags; }'", "lru_hash", 16, 16, 10240, 0)]
    [InlineData("-Type lruhash -KeySize 3 -ValueSize 5", "lru_hash", 3, 5, 10240, 0)]
    [InlineData("-Type array -ValueType u16 -MaxEntries 3 -Flags BPF_F_MMAPABLE", "array", 4, 2, 3, 0x400)]
    [InlineData("-Type percpu_array -ValueType u64 -MaxEntries 2", "percpu_array", 4, 8, 2, 0)]
    [InlineData("-Type lpm_trie -KeyType 'struct { u32 prefixlen; __be32 address; }' -ValueType u32", "lpm_trie", 8, 4, 10240, 1)]
    [InlineData("-Type queue -ValueType u32 -MaxEntries 9", "queue", 0, 4, 9, 0)]
    [InlineData("-Type bloom_filter -ValueSize 4", "bloom_filter", 0, 4, 10240, 0)]
    [InlineData("-Type ringbuf -MaxEntries 8192", "ringbuf", 0, 0, 8192, 0)]
    [InlineData("-Type prog_array -MaxEntries 4", "prog_array", 4, 4, 4, 0)]
    [InlineData("-KeyType u32 -ValueType u32 -Flags rdonly_prog, NO_PREALLOC", "hash", 4, 4, 10240, 0x81)]
    public void A_map_is_made_as_it_was_described_and_what_its_type_demands_is_filled_in(string definition, string type, int key, int value,
        int entries, int flags)
    {
        var map = Run($"New-BpfMap new_shown {definition}").Only;

        var shown = KernelWitness.Shown("map", map.Get("Id")!);
        Assert.Equal(("new_shown", type), (shown.GetProperty("name").GetString(), shown.GetProperty("type").GetString()));
        Assert.Equal((key, value, entries, flags),
            (shown.GetProperty("bytes_key").GetInt32(), shown.GetProperty("bytes_value").GetInt32(),
            shown.GetProperty("max_entries").GetInt32(), shown.GetProperty("flags").GetInt32()));
        Assert.Equal(("new_shown", type), (map.Get("Name"), map.Get("Type")));
        Assert.Equal(((uint)key, (uint)value, (uint)entries, (uint)flags),
            (map.Get("KeySize"), map.Get("ValueSize"), map.Get("MaxEntries"), map.Get("Flags")));
    }

    [Fact]
    public void Other_tools_see_the_types_that_were_given_in_C_words()
    {
        var id = Make("new_typed -KeyType 'struct { bpfps_ipv4_t address; u16 port; u8 protocol; }' "
            + "-ValueType 'struct { u64 packets; s32 delta[2]; char label[4]; enum { DOWN, UP = 2 } state; }'");
        KernelWitness.Set(id, "c000020101bb0600", "0700000000000000feffffff030000007765620002000000");

        var entry = JsonDocument.Parse(Command.Output("bpftool", "-j", "map", "dump", "id", $"{id}")).RootElement[0]
            .GetProperty("formatted");
        var ours = Run("$map | Get-BpfMapEntry").Only;

        Assert.Equal(6, entry.GetProperty("key").GetProperty("protocol").GetInt32());
        Assert.Equal(7, entry.GetProperty("value").GetProperty("packets").GetInt32());
        Assert.Equal([-2, 3], entry.GetProperty("value").GetProperty("delta").EnumerateArray().Select(number => number.GetInt32()));
        Assert.Equal("web", entry.GetProperty("value").GetProperty("label").GetString());
        Assert.Equal(System.Net.IPAddress.Parse("192.0.2.1"), ours.Get("address"));
        Assert.Equal("UP", $"{ours.Get("state")}");
    }

    [Fact]
    public void A_map_of_maps_takes_maps_like_the_one_that_was_shown_to_it()
    {
        Given("$inner = New-BpfMap new_inner -Type array -ValueType u64 -MaxEntries 4; "
            + "$other = New-BpfMap new_other -KeyType u32 -ValueType u64");
        var id = Make("new_outer -Type hash_of_maps -KeyType u32 -InnerMap $inner -MaxEntries 2");

        Run("$map | Set-BpfMapEntry -Key 1 -Value $inner").Succeeded();
        Assert.Single(Run("$map | Set-BpfMapEntry -Key 2 -Value $other").Errors);

        Assert.Equal("hash_of_maps", KernelWitness.Shown("map", id).GetProperty("type").GetString());
        Assert.Single(KernelWitness.Entries(id));
    }

    [Fact]
    public void A_map_goes_with_the_session_that_made_it_and_not_with_another_one()
    {
        Make("new_kept -KeyType u32 -ValueType u32");
        using (var other = new Session())
        {
            other.Run("New-BpfMap new_passing -KeyType u32 -ValueType u32").Succeeded();
            Assert.Single(KernelWitness.Maps("new_passing"));
        }

        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("new_passing").Count == 0, TimeSpan.FromSeconds(5)));
        Assert.Single(KernelWitness.Maps("new_kept"));
    }

    [Fact]
    public void A_map_stays_when_the_variable_that_held_it_has_gone()
    {
        Run("New-BpfMap new_forgotten -KeyType u32 -ValueType u32 | Out-Null").Succeeded();
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Run("Set-BpfMapEntry new_forgotten 1 2").Succeeded();

        Assert.Equal(["01000000=02000000"], KernelWitness.Entries(Assert.Single(KernelWitness.Maps("new_forgotten"))));
    }

    [Theory]
    [InlineData("{0}/deep/it", "deep/it")]
    [InlineData("{0}/deep/", "deep/new_pinned")]
    [InlineData("/sys/fs/bpf/{0}/deep/it", "deep/it")]
    public void A_pinned_map_outlives_its_session_is_roots_alone_and_is_used_by_the_next(string path, string pin)
    {
        using (var other = new Session())
        {
            var map = other.Run($"New-BpfMap new_pinned -KeyType u32 -ValueType u64 -PinPath {string.Format(path, _pins.Name)} "
                + "| Set-BpfMapEntry -Key 1 -Value 42; Get-BpfMap new_pinned").Only;
            Assert.Equal(Assert.Single(KernelWitness.Maps("new_pinned")), map.Get("Id"));
        }

        Assert.Equal(["deep", pin], _pins.Entries);
        Assert.Equal("600 root root", Command.Output("stat", "-c", "%a %U %G", $"{_pins.Path}/{pin}").Trim());
        Assert.Equal("700 root root", Command.Output("stat", "-c", "%a %U %G", $"{_pins.Path}/deep").Trim());
        Assert.Equal(42UL, Run($"Get-BpfMapEntry -Path {_pins.Name}/{pin}").Only.Get("value"));
        Run($"Remove-BpfPin {_pins.Name} -Recurse").Succeeded();
        NothingIsLeft();
    }

    [Fact]
    public void The_map_of_a_pin_says_where_it_is()
    {
        Assert.Equal($"{_pins.Path}/it",
            Run($"New-BpfMap new_pinned -KeyType u32 -ValueType u64 -PinPath {_pins.Name}/it").Only.Get("Path"));
    }

    [Theory]
    [InlineData("{0}/taken", "BpfAlreadyExists")]
    [InlineData("{0}/taken/below", "BpfAlreadyExists")]
    [InlineData("/tmp/bpfps-pin", "BpfInvalidArgument")]
    [InlineData("{0}/dotted.name", "BpfInvalidArgument")]
    public void A_place_that_cannot_be_is_one_error_and_no_map_is_left(string path, string id)
    {
        var taken = _pins.Map("taken");

        Assert.StartsWith($"{id},",
            Run("New-BpfMap new_nowhere -KeyType u32 -ValueType u64 "
                + $"-PinPath {string.Format(path, _pins.Name)}").Error.FullyQualifiedErrorId);

        Assert.Empty(KernelWitness.Maps("new_nowhere"));
        Assert.Equal(["taken"], _pins.Entries);
        Assert.Contains("\"taken\"", Command.Output("bpftool", "-j", "map", "show", "pinned", taken));
    }

    [Fact]
    public void WhatIf_makes_neither_map_nor_pin()
    {
        var shown = Session.Show($"New-BpfMap new_whatif -KeyType u32 -ValueType u64 -PinPath {_pins.Name}/it -WhatIf");

        Assert.Contains($"Make map of type hash and pin it at {_pins.Name}/it", shown);
        Assert.Empty(KernelWitness.Maps("new_whatif"));
        Assert.False(_pins.Exists);
    }

    [Theory]
    [InlineData("new_wrong", "The type of the key is missing.", "C type")]
    [InlineData("new_wrong -KeyType u32", "The type of the value is missing.", "C type")]
    [InlineData("new_wrong -KeyType u32 -KeySize 4 -ValueType u32", "Both a type and a size", "Remove the size.")]
    [InlineData("new_wrong -KeyType u33 -ValueType u32", "u33", "")]
    [InlineData("new_wrong -KeyType 'struct { u32 a' -ValueType u32", "", "")]
    [InlineData("new_wrong -Type hashmap -KeyType u32 -ValueType u32", "Unknown map type 'hashmap'.", "lru_hash")]
    [InlineData("new_wrong -KeyType u32 -ValueType u32 -Flags quick", "Unknown map flag 'quick'.", "no_prealloc")]
    [InlineData("new_wrong -KeyType u32 -ValueType u32 -Flags 1", "Unknown map flag '1'.", "no_prealloc")]
    [InlineData("name_of_16_chars -KeyType u32 -ValueType u32", "is not a valid map name", "15")]
    [InlineData("'with space' -KeyType u32 -ValueType u32", "is not a valid map name", "15")]
    [InlineData("new_wrong -Type array -KeyType u64 -ValueType u32", "key of an array must be a u32", "-KeyType")]
    [InlineData("new_wrong -Type queue -KeyType u32 -ValueType u32", "have no keys", "")]
    [InlineData("new_wrong -Type ringbuf -MaxEntries 5000", "5000 bytes", "power of two")]
    [InlineData("new_wrong -Type array_of_maps", "needs a map as a template for its entries", "-InnerMap")]
    [InlineData("new_wrong -Type array -ValueType u32 -Flags no_prealloc", "NO_PREALLOC", "")]
    [InlineData("new_wrong -KeyType 'char[600]' -ValueType u32", "key of 600", "512")]
    [InlineData("new_wrong -KeyType u32 -ValueType u32 -Mode 0640", "nothing is to be pinned", "-PinPath")]
    public void What_cannot_be_made_is_one_error_that_says_why(string definition, string words, string way)
    {
        var before = KernelWitness.Maps("new_wrong");
        var error = Run($"New-BpfMap {definition}").Error;

        Assert.StartsWith("BpfInvalidArgument,", error.FullyQualifiedErrorId);
        Assert.Contains(words, error.Exception.Message);
        if (way.Length > 0)
        {
            Assert.Contains(way, error.ErrorDetails.RecommendedAction);
        }
        Assert.Equal(before, KernelWitness.Maps("new_wrong"));
    }

    [Theory]
    [InlineData("-KeyType nonsense -ValueType u32")]
    [InlineData("-Type nonsense -KeyType u32 -ValueType u32")]
    [InlineData("-KeyType u32 -ValueType u32 -Flags nonsense")]
    [InlineData("-KeyType u32 -ValueType u32 -Mode 0600")]
    [InlineData("-KeyType u32 -ValueType u32 -PinPath /tmp/nowhere")]
    public void What_goes_wrong_is_an_error_that_ErrorAction_rules(string definition)
    {
        var outcome = Run($"New-BpfMap new_wrong {definition} -ErrorAction SilentlyContinue -ErrorVariable wrong; $wrong.Count");

        Assert.Empty(outcome.Errors);
        Assert.Equal(1, outcome.Only.BaseObject);
    }

    [Fact]
    public void A_map_without_room_is_refused_when_it_is_typed()
    {
        Assert.Contains("ParameterArgumentValidationError",
            Run("New-BpfMap new_wrong -KeyType u32 -ValueType u32 -MaxEntries 0").Error.FullyQualifiedErrorId);
    }
}
