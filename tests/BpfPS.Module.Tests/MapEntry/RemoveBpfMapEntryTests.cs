namespace BpfPS.Module.Tests.MapEntry;

/// <summary>Remove-BpfMapEntry. What is left, bpftool tells.</summary>
public sealed class RemoveBpfMapEntryTests : KernelTest
{
    private const string Filled = "1..3 | ForEach-Object { $map | Set-BpfMapEntry -Key $_ -Value $_ }";

    [Theory]
    [InlineData("Remove-BpfMapEntry rme_named -Key 1, 3")]
    [InlineData("Remove-BpfMapEntry RME_NAMED 1, '0x3'")]
    [InlineData("Remove-BpfMapEntry -Id $map.Id -Key 1, 3")]
    [InlineData("Remove-BpfMapEntry -Path {0}/it -Key 1, 3")]
    [InlineData("Remove-BpfMapEntry -InputObject $map -Key 1, 3")]
    [InlineData("Get-BpfMap rme_named | Remove-BpfMapEntry -Key 1, 3")]
    [InlineData("Get-BpfPin {0} | Remove-BpfMapEntry -Key 1, 3")]
    [InlineData("Get-BpfMapEntry rme_named | Where-Object value -ne 2 | Remove-BpfMapEntry")]
    [InlineData("Get-BpfMapEntry rme_named -Key 1, 3 | Remove-BpfMapEntry -Path {0}/it")]
    [InlineData("@{{ key = 1 }}, [pscustomobject]@{{ key = '3'; value = 99 }} | Remove-BpfMapEntry rme_named")]
    public void Entries_are_named_in_every_way(string remove)
    {
        using var pins = new PinFolder();
        var id = Make($"rme_named -KeyType u32 -ValueType u32 -PinPath {pins.Name}/it");
        Given(Filled);

        Assert.Empty(Run(string.Format(remove, pins.Name)).Succeeded().Output);

        Assert.Equal(["02000000=02000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("struct { bpfps_ipv4_t address; bpfps_port_t port; u16 pad; }", "@{ address = '192.0.2.1'; port = 443 }",
        "c000020101bb0000")]
    [InlineData("enum { DOWN, UP = 2 }", "up", "02000000")]
    [InlineData("bpfps_mac_t", "02:00:5e:10:00:ff", "02005e1000ff")]
    [InlineData("char[4]", "web", "77656200")]
    [InlineData("u64", "18446744073709551615", "ffffffffffffffff")]
    public void Keys_are_what_a_person_has(string type, string key, string bytes)
    {
        var id = Make($"rme_keys -KeyType '{type}' -ValueType u8");
        KernelWitness.Set(id, bytes, "01");
        KernelWitness.Set(id, new string('0', bytes.Length), "01");

        Run($"Remove-BpfMapEntry rme_keys -Key {key}").Succeeded();

        Assert.Equal([$"{new string('0', bytes.Length)}=01"], KernelWitness.Entries(id));
    }

    [Fact]
    public void A_prefix_removes_its_own_entry_and_no_longer_or_shorter_one()
    {
        var id = Make("rme_trie -Type lpm_trie -KeyType 'struct { u32 prefixlen; __be32 address; }' -ValueType u32");
        Given("'10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24' | ForEach-Object { Set-BpfMapEntry rme_trie $_ 1 }");

        Run("Remove-BpfMapEntry rme_trie 10.1.0.0/16").Succeeded();
        Run("Remove-BpfMapEntry rme_trie 10.1.2.3").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);

        Assert.Equal(["080000000a000000=01000000", "180000000a010200=01000000"], KernelWitness.Entries(id));
    }

    [Fact]
    public void A_key_that_is_not_there_is_an_error_for_that_one_and_the_others_are_removed()
    {
        var id = Make("rme_missing -KeyType u32 -ValueType u32");
        Given(Filled);

        var byKey = Run("Remove-BpfMapEntry rme_missing -Key 1, 99, 2");
        var error = byKey.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 99);
        var byEntry = Run("@{ key = 98 }, @{ key = 3 } | Remove-BpfMapEntry rme_missing");

        Assert.False(byKey.WasTerminated);
        Assert.Contains("has no entry 99", error.Exception.Message);
        byEntry.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Fact]
    public void A_key_that_does_not_fit_is_an_error_for_that_one_and_the_others_are_removed()
    {
        var id = Make("rme_misfit -KeyType u8 -ValueType u32");
        Given(Filled);

        var error = Run("Remove-BpfMapEntry rme_misfit -Key 1, 257, 2").Error; // cut off, 257 would be 1

        Assert.StartsWith("BpfInvalidArgument,", error.FullyQualifiedErrorId);
        Assert.Contains("0 to 255", error.Exception.Message);
        Assert.Equal(["03=03000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Remove-BpfMapEntry rme_whatif -Key 1 -WhatIf")]
    [InlineData("Get-BpfMapEntry rme_whatif -Key 1 | Remove-BpfMapEntry -WhatIf")]
    public void WhatIf_names_the_entry_and_keeps_it(string remove)
    {
        var id = Make("rme_whatif -KeyType u32 -ValueType u32");
        Given(Filled);

        var shown = Session.Show(remove);

        Assert.Contains("Remove the entry 1\"", shown);
        Assert.Contains($"rme_whatif (hash, id {id})", shown);
        Assert.Equal(3, KernelWitness.Entries(id).Count);
    }

    [Theory]
    [InlineData("array", "1", "Clear-BpfMap")]
    [InlineData("percpu_array", "1", "Clear-BpfMap")]
    [InlineData("queue", "1", "Get-BpfMapEntry -Take")]
    [InlineData("bloom_filter", "1", "")]
    public void A_type_of_map_that_cannot_lose_entries_is_an_error_that_says_what_can_be_done(string type, string key, string way)
    {
        Make($"rme_cannot -Type {type} -ValueType u32 -MaxEntries 4");

        var error = Run($"Remove-BpfMapEntry rme_cannot -Key {key}").Error;

        Assert.StartsWith("BpfNotSupported,", error.FullyQualifiedErrorId);
        Assert.Contains("cannot have entries deleted", error.Exception.Message);
        if (way.Length > 0)
        {
            Assert.Contains(way, error.ErrorDetails.RecommendedAction);
        }
    }

    [Fact]
    public void A_frozen_map_and_one_that_is_read_only_say_so()
    {
        var frozen = Make("rme_frozen -KeyType u32 -ValueType u32");
        Given($"{Filled}; Lock-BpfMap rme_frozen");
        Assert.Contains("is frozen",
            Run("Remove-BpfMapEntry rme_frozen 1").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).Exception.Message);
        Assert.Equal(3, KernelWitness.Entries(frozen).Count);

        var readOnly = Make("rme_rdonly -KeyType u32 -ValueType u32 -Flags rdonly");
        KernelWitness.Set(readOnly, "01000000", "01000000");
        Assert.Contains("open for reading only",
            Run("$map | Remove-BpfMapEntry -Key 1").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).Exception.Message);
        Assert.Single(KernelWitness.Entries(readOnly));
    }

    [Theory]
    [InlineData("Remove-BpfMapEntry rme_wrong", "No entries are specified")]
    [InlineData("@{ key = 1 } | Remove-BpfMapEntry", "No map is specified")]
    [InlineData("@{ value = 1 } | Remove-BpfMapEntry rme_wrong", "no member of the key")]
    [InlineData("Get-BpfMapEntry rme_wrong -Key 1 | Remove-BpfMapEntry -Key 1", "cannot be used as a map")]
    [InlineData("Remove-BpfMapEntry -Key 1", "No map is specified")]
    public void What_is_not_said_whole_is_one_error_and_removes_nothing(string remove, string words)
    {
        var id = Make("rme_wrong -KeyType u32 -ValueType u32");
        Given(Filled);

        Assert.Contains(words, Run(remove).Error.Exception.Message);
        Assert.Equal(3, KernelWitness.Entries(id).Count);
    }

    [Theory]
    [InlineData("Remove-BpfMapEntry nosuch 1", "BpfNotFound", "nosuch")]
    [InlineData("Remove-BpfMapEntry -Id 4000000000 1", "BpfNotFound", 4000000000u)]
    [InlineData("Remove-BpfMapEntry -Path nosuch/map 1", "BpfNotFound", "nosuch/map")]
    public void A_map_that_is_not_there_is_one_error(string remove, string id, object target)
    {
        using var pins = new PinFolder();

        Run(remove).FailedWith(id, ErrorCategory.ObjectNotFound, target);
    }

    [Fact]
    public void A_name_that_two_maps_have_means_both()
    {
        var ids = new[] { Make("rme_alike -KeyType u32 -ValueType u32"), Make("rme_alike -KeyType u32 -ValueType u32") };
        Assert.All(ids, id => KernelWitness.Set(id, "01000000", "01000000"));

        Run("Remove-BpfMapEntry rme_alike 1").Succeeded();

        Assert.All(ids, id => Assert.Empty(KernelWitness.Entries(id)));
    }

    [Theory]
    [InlineData("Remove-BpfMapEntry rme_each_a, rme_each_b -Key 1, 3")]
    [InlineData("Remove-BpfMapEntry rme_each_* 1, 3")]
    [InlineData("Remove-BpfMapEntry -Id $a, $b -Key 1, 3")]
    [InlineData("Remove-BpfMapEntry -Path {0}/* -Key 1, 3")]
    [InlineData("@{{ key = 1 }}, @{{ key = 3 }} | Remove-BpfMapEntry rme_each_*")]
    public void Every_map_that_is_named_loses_its_entries(string remove)
    {
        using var pins = new PinFolder();
        var ids = new[] { Make($"rme_each_a -KeyType u32 -ValueType u32 -PinPath {pins.Name}/a"),
            Make($"rme_each_b -KeyType u32 -ValueType u32 -PinPath {pins.Name}/b") };
        Make("rme_each_ring -Type ringbuf"); // wildcards do not mean it
        Given($"$a, $b = {ids[0]}, {ids[1]}; 1..3 | ForEach-Object {{ Set-BpfMapEntry rme_each_a, rme_each_b $_ $_ }}");

        Run(string.Format(remove, pins.Name)).Succeeded();

        Assert.All(ids, id => Assert.Equal(["02000000=02000000"], KernelWitness.Entries(id)));
    }

    [Fact]
    public void A_key_that_one_of_the_maps_does_not_have_is_an_error_for_that_map()
    {
        var ids = new[] { Make("rme_some_a -KeyType u32 -ValueType u32"), Make("rme_some_b -KeyType u32 -ValueType u32") };
        Given("Set-BpfMapEntry rme_some_b 1 1");

        var error = Run("Remove-BpfMapEntry rme_some_a, rme_some_b 1").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 1);

        Assert.Contains("'rme_some_a' has no entry 1", error.Exception.Message);
        Assert.All(ids, id => Assert.Empty(KernelWitness.Entries(id)));
    }

    [Fact]
    public void Entries_of_a_map_that_went_are_an_error_and_those_of_the_next_are_removed()
    {
        var gone = Make("rme_gone -KeyType u32 -ValueType u32");
        Given($"{Filled}; $entry = Get-BpfMapEntry rme_gone -Key 1; Remove-BpfMap rme_gone");
        var left = Make("rme_left -KeyType u32 -ValueType u32");
        Given(Filled);
        Assert.True(SpinWait.SpinUntil(() => !KernelWitness.HasMap(gone), TimeSpan.FromSeconds(5)));

        var outcome = Run("$entry, (Get-BpfMapEntry rme_left -Key 2) | Remove-BpfMapEntry");

        outcome.FailedWith("BpfVanished", ErrorCategory.ObjectNotFound);
        Assert.Equal(["01000000=01000000", "03000000=03000000"], KernelWitness.Entries(left));
    }
}
