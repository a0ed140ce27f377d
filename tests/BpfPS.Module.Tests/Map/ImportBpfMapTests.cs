using System.Text.Json.Nodes;

namespace BpfPS.Module.Tests.Map;

/// <summary>Import-BpfMap. bpftool tells whether what was restored is what was exported.</summary>
public sealed class ImportBpfMapTests : KernelTest
{
    private readonly TemporaryFolder _folder = new();

    public ImportBpfMapTests() => Session.Set("file", FilePath);

    private string FilePath => $"{_folder.Path}/maps.json";

    public override void Dispose()
    {
        _folder.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData("-KeyType u32 -ValueType u64", "01000000", "0102030405060708", "02000000", "ffffffffffffffff")]
    [InlineData("-Type array -ValueType 's16[3]' -MaxEntries 2", "00000000", "0100feff0300", "01000000", "ffff00000080")]
    [InlineData("-KeyType 'struct { bpfps_ipv4_t address; bpfps_port_t port; u16 pad; }' "
        + "-ValueType 'struct { bpfps_mac_t mac; bool open; enum { DOWN, UP = 2 } state; char label[4]; }'",
        "c000020101bb0000", "02005e1000ff01000200000077656200", "0000000000000100", "0000000000000001ffffffff61004142")]
    [InlineData("-Type lpm_trie -KeyType 'struct { u32 prefixlen; u8 address[16]; }' -ValueType u32",
        "2000000020010db8000000000000000000000000", "07000000", "0000000000000000000000000000000000000000", "08000000")]
    [InlineData("-KeyType 'struct { double real; unsigned __int128 large; }' "
        + "-ValueType 'struct { bpfps_time_t time; bpfps_duration_t length; s64 signed_one; }'",
        "000000000000f83f00000000000000000102030405060708090a0b0c0d0e0f10", "0100000000000000ffffffff00000000feffffffffffffff",
            "0000000000000080000000000000000000000000000000000000000000000000", "00000000000000000000000000000000ffffffffffffff7f")]
    // 2, -0, NaN, infinity
    [InlineData("-KeyType u32 -ValueType 'struct { double one; double other; }'", "01000000", "00000000000000400000000000000080",
        "02000000", "000000000000f8ff000000000000f07f")]
    [InlineData("-KeyType u32 -ValueType 'struct { float one; float other; }'", "01000000", "0000004000000080", "02000000",
        "0000c0ff000080ff")]
    [InlineData("-KeySize 3 -ValueSize 5", "010203", "0102030405", "ffffff", "0000000000")]
    public void A_map_is_made_anew_from_the_file_in_another_session_to_the_byte(string definition, string key, string value,
        string otherKey, string otherValue)
    {
        IReadOnlyList<string> entries;
        string shown;
        using (var first = new Session())
        {
            first.Set("file", FilePath);
            var id = first.Run($"$map = New-BpfMap imp_round {definition}; $map.Id").Only.BaseObject;
            KernelWitness.Set(id, key, value);
            KernelWitness.Set(id, otherKey, otherValue);
            entries = KernelWitness.Entries(id);
            shown = Description(id);
            first.Run("Export-BpfMap imp_round $file").Succeeded();
        }
        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("imp_round").Count == 0, TimeSpan.FromSeconds(5)));

        var made = Run("Import-BpfMap $file -Create -PassThru").Only.Get("Id")!;

        Assert.Equal([Assert.Single(KernelWitness.Maps("imp_round"))], [(uint)made]);
        Assert.Equal(2, entries.Count);
        Assert.Equal(entries, KernelWitness.Entries(made));
        Assert.Equal(shown, Description(made));
    }

    [Fact]
    public void Values_for_each_CPU_come_back_each_to_its_own()
    {
        var id = Make("imp_cpus -Type percpu_hash -KeyType u32 -ValueType u64");
        Given("$map | Set-BpfMapEntry -Key 1 -Value 5; $map | Set-BpfMapEntry -Key 1 -Value 7 -Cpu 0; Export-BpfMap imp_cpus $file; "
            + "Clear-BpfMap imp_cpus");

        Run("Import-BpfMap $file").Succeeded();

        var cpus = KernelWitness.Entries(id).Single()["01000000=".Length..].Split(',');
        Assert.Equal("0700000000000000", cpus[0]);
        Assert.All(cpus[1..], value => Assert.Equal("0500000000000000", value));
    }

    [Fact]
    public void The_maps_of_a_running_program_are_restored()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);
        var ids = Run("$o.Maps | Where-Object { $_.Name -in 'by_number', 'by_struct', 'recent', 'array', 'per_cpu' } | ForEach-Object Id")
            .Succeeded().Output.Select(id => id.BaseObject).ToArray();
        var before = ids.Select(KernelWitness.Entries).ToArray();
        Given("$o | Export-BpfMap -FilePath $file; $o | Clear-BpfMap");
        Assert.NotEqual(before, ids.Select(KernelWitness.Entries).ToArray());

        Run("Import-BpfMap $file").Succeeded();

        Assert.Equal(before, ids.Select(KernelWitness.Entries).ToArray());
    }

    [Fact]
    public void What_the_map_has_and_the_file_has_not_stays_and_goes_with_Clear()
    {
        var id = Make("imp_clear -KeyType u32 -ValueType u32");
        Given("Set-BpfMapEntry imp_clear 1 10; Export-BpfMap imp_clear $file; Set-BpfMapEntry imp_clear 1 99; "
            + "Set-BpfMapEntry imp_clear 2 20");

        Run("Import-BpfMap $file").Succeeded();
        Assert.Equal(["01000000=0a000000", "02000000=14000000"], KernelWitness.Entries(id));

        Run("Import-BpfMap $file -Clear").Succeeded();
        Assert.Equal(["01000000=0a000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Import-BpfMap $file -Map $map")]
    [InlineData("Import-BpfMap -FilePath $file -Name imp_source -Map $map")]
    [InlineData("Import-BpfMap $file IMP_s* -Map $map")]
    [InlineData("[System.IO.FileInfo]::new($file) | Import-BpfMap -Map $map")]
    [InlineData("Import-BpfMap $file -Map (Get-BpfMap imp_target)")]
    public void Another_map_than_the_one_of_that_name_is_given(string import)
    {
        var source = Make("imp_source -KeyType u32 -ValueType u32");
        Given("Set-BpfMapEntry imp_source 1 10; Export-BpfMap imp_source $file; Clear-BpfMap imp_source");
        var target = Make("imp_target -KeyType u32 -ValueType u32");

        Assert.Empty(Run(import).Succeeded().Output);

        Assert.Equal(["01000000=0a000000"], KernelWitness.Entries(target));
        Assert.Empty(KernelWitness.Entries(source));
    }

    [Theory]
    [InlineData("-KeyType u32 -ValueType 'struct { u32 packets; u64 bytes; }'", "packets: u64 at 0 in the file is u32 at 0 in the map")]
    [InlineData("-KeyType u32 -ValueType 'struct { u64 bytes; u64 packets; }'", "packets: u64 at 0 in the file is u64 at 8 in the map")]
    [InlineData("-KeyType u32 -ValueType 'struct { u64 packets; u64 octets; }'", "bytes: u64 at 8 is in the file but not in the map")]
    [InlineData("-KeyType u32 -ValueType 'struct { u64 packets; u64 bytes; u64 drops; }'",
        "drops: u64 at 16 is in the map but not in the file")]
    [InlineData("-KeyType u64 -ValueType 'struct { u64 packets; u64 bytes; }'",
        "key member key: u32 at 0 in the file is u64 at 0 in the map")]
    [InlineData("-KeyType s32 -ValueType 'struct { u64 packets; u64 bytes; }'", "key: u32 at 0 in the file is s32 at 0")]
    [InlineData("-Type percpu_hash -KeyType u32 -ValueType 'struct { u64 packets; u64 bytes; }'",
        "the type is hash in the file, but percpu_hash in the kernel")]
    [InlineData("-Type queue -ValueType u32", "the type is hash in the file, but queue in the kernel")]
    public void A_map_of_other_types_is_refused_with_what_differs_and_stays_as_it_is(string definition, string difference)
    {
        Make("imp_source -KeyType u32 -ValueType 'struct { u64 packets; u64 bytes; }'");
        Given("Set-BpfMapEntry imp_source 1 @{ packets = 10 }; Export-BpfMap imp_source $file");
        var file = File.ReadAllText(FilePath);
        var target = Make($"imp_target {definition}");
        var entries = definition.Contains("queue", StringComparison.Ordinal) ? [] : Prepared(target);

        var error = Run("Import-BpfMap $file -Map $map -Clear").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains(difference, error.Exception.Message);
        Assert.Contains("-Create", error.ErrorDetails.RecommendedAction);
        Assert.Equal(entries, definition.Contains("queue", StringComparison.Ordinal) ? [] : KernelWitness.Entries(target));
        Assert.Equal(file, File.ReadAllText(FilePath));
    }

    [Fact]
    public void Of_several_maps_one_that_does_not_fit_keeps_all_from_being_written()
    {
        var good = Make("imp_a_good -KeyType u32 -ValueType u32");
        Make("imp_b_bad -KeyType u32 -ValueType u32");
        Make("imp_c_new -KeyType u32 -ValueType u32");
        Given("Get-BpfMap imp_* | Set-BpfMapEntry -Key 1 -Value 10; Export-BpfMap imp_* $file; Clear-BpfMap imp_a_good; "
            + "Remove-BpfMap imp_b_bad, imp_c_new");
        var bad = Make("imp_b_bad -KeyType u32 -ValueType u64");
        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("imp_c_new").Count == 0, TimeSpan.FromSeconds(5)));

        var error = Run("Import-BpfMap $file -Create").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains("imp_b_bad", error.Exception.Message);
        Assert.Empty(KernelWitness.Entries(good));
        Assert.Empty(KernelWitness.Entries(bad));
        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("imp_c_new").Count == 0, TimeSpan.FromSeconds(5)),
            "A map that was made for nothing stays.");
        Run("Import-BpfMap $file imp_a_good, imp_c_new -Create").Succeeded(); // those that fit can be chosen
        Assert.Equal(["01000000=0a000000"], KernelWitness.Entries(good));
        Assert.Equal(["01000000=0a000000"], KernelWitness.Entries(Assert.Single(KernelWitness.Maps("imp_c_new"))));
    }

    [Theory]
    [InlineData("key", "4294967296", "0 to 4294967295")]
    [InlineData("value", "-1", "0 to 255")]
    [InlineData("value", "256", "0 to 255")]
    [InlineData("value", "\"many\"", "not a whole number")]
    [InlineData("valeu", "1", "'valeu'")]
    public void One_entry_that_does_not_fit_keeps_all_from_being_written(string member, string json, string words)
    {
        var id = Make("imp_entry -KeyType u32 -ValueType u8");
        Given("1..3 | ForEach-Object { Set-BpfMapEntry imp_entry $_ $_ }; Export-BpfMap imp_entry $file; Clear-BpfMap imp_entry; "
            + "Set-BpfMapEntry imp_entry 9 9");
        Change(root => root["maps"]![0]!["entries"]![2]![member] = JsonNode.Parse(json));

        Assert.Contains(words, Run("Import-BpfMap $file -Clear").Error.Exception.Message);

        Assert.Equal(["09000000=09"], KernelWitness.Entries(id));
    }

    [Fact]
    public void A_map_with_too_little_room_is_refused_before_it_is_touched()
    {
        Make("imp_large -KeyType u32 -ValueType u32");
        Given("1..3 | ForEach-Object { Set-BpfMapEntry imp_large $_ $_ }; Export-BpfMap imp_large $file");
        var small = Make("imp_small -KeyType u32 -ValueType u32 -MaxEntries 2");

        Assert.Contains("has 3 entries", Run("Import-BpfMap $file -Map $map").Error.Exception.Message);

        Assert.Empty(KernelWitness.Entries(small));
    }

    [Theory]
    [InlineData("Lock-BpfMap imp_b_second", "is frozen")]
    [InlineData("Remove-BpfMap imp_b_second; New-BpfMap imp_b_second -KeyType u32 -ValueType u32 -MaxEntries 1", "only has room for 1")]
    public void A_map_that_cannot_take_its_entries_is_found_before_the_first_entry_of_any_map_is_written(string change, string why)
    {
        var first = Make("imp_a_first -KeyType u32 -ValueType u32");
        Make("imp_b_second -KeyType u32 -ValueType u32");
        Given("foreach ($key in 1, 2) { Get-BpfMap imp_a_first, imp_b_second | Set-BpfMapEntry -Key $key -Value 10 }");
        Given($"Export-BpfMap imp_a_first, imp_b_second $file; Clear-BpfMap imp_a_first; {change}");

        Assert.Contains(why, Run("Import-BpfMap $file").Error.Exception.Message);

        Assert.Empty(KernelWitness.Entries(first));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("-Clear", 0)]
    [InlineData("", 2)]
    [InlineData("-Clear", 2)]
    public void What_only_the_kernel_rejects_undoes_the_whole_import(string clear, int place)
    {
        var hash = Make("imp_a_hash -KeyType u32 -ValueType u32");
        var cpus = Make("imp_b_cpus -Type percpu_array -ValueType u64 -MaxEntries 2");
        var trie = Make("imp_c_trie -Type lpm_trie -KeyType 'struct { u32 prefixlen; __be32 address; }' -ValueType u32");
        Make("imp_d_made -KeyType u32 -ValueType u32");
        Given("1, 2 | ForEach-Object { Set-BpfMapEntry imp_a_hash $_ 1 }; Set-BpfMapEntry imp_b_cpus 0 1; Set-BpfMapEntry imp_d_made 1 1; "
            + "'10.0.0.0/8', '10.1.0.0/16', '10.2.0.0/16' | ForEach-Object { Set-BpfMapEntry imp_c_trie $_ 1 }; "
            + "Export-BpfMap imp_?_* $file; Clear-BpfMap imp_a_hash, imp_c_trie; Remove-BpfMap imp_d_made; "
            + "Set-BpfMapEntry imp_a_hash 2 20; Set-BpfMapEntry imp_a_hash 3 30; Set-BpfMapEntry imp_b_cpus 0 5; "
            + "Set-BpfMapEntry imp_b_cpus 0 7 -Cpu 0; Set-BpfMapEntry imp_b_cpus 1 9; "
            + "Set-BpfMapEntry imp_c_trie 10.0.0.0/8 80; Set-BpfMapEntry imp_c_trie 10.9.0.0/16 90");
        // A prefix longer than an address: for the file these are bytes like any others.
        Change(root => root["maps"]!.AsArray().Single(map => $"{map!["name"]}" == "imp_c_trie")!["entries"]![place] =
            new JsonObject { ["$bytes"] = "ff0000000a00000001000000" });
        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("imp_d_made").Count == 0, TimeSpan.FromSeconds(5)));
        var before = ((uint[])[hash, cpus, trie]).Select(KernelEntries).ToArray();

        var outcome = Run($"Import-BpfMap $file -Create -PassThru {clear}");

        Assert.Contains("All maps have their former entries again.", outcome.Error.Exception.Message);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, ((uint[])[hash, cpus, trie]).Select(KernelEntries));
        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("imp_d_made").Count == 0, TimeSpan.FromSeconds(5)),
            "A map that was made for nothing stays.");
    }

    [Fact]
    public void A_full_map_undoes_the_whole_import()
    {
        var first = Make("imp_a_first -KeyType u32 -ValueType u32");
        var second = Make("imp_b_second -KeyType u32 -ValueType u32 -MaxEntries 3");
        Given("1, 2 | ForEach-Object { Set-BpfMapEntry imp_a_first, imp_b_second $_ 10 }; Export-BpfMap imp_a_first, imp_b_second $file; "
            + "Clear-BpfMap imp_a_first, imp_b_second; Set-BpfMapEntry imp_a_first 1 99; "
            + "7, 8 | ForEach-Object { Set-BpfMapEntry imp_b_second $_ 99 }");

        Assert.Contains("holds at most 3 entries", Run("Import-BpfMap $file").Error.Exception.Message);

        Assert.Equal(["01000000=63000000"], KernelWitness.Entries(first));
        Assert.Equal(["07000000=63000000", "08000000=63000000"], KernelWitness.Entries(second));
    }

    [Fact]
    public void A_name_with_wildcards_in_the_file_means_no_other_map()
    {
        var id = Make("imp_plain -KeyType u32 -ValueType u32");
        Given("Set-BpfMapEntry imp_plain 1 10; Export-BpfMap imp_plain $file; Clear-BpfMap imp_plain");
        Change(root => root["maps"]![0]!["name"] = "imp_pl*");

        Run("Import-BpfMap $file").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);

        Assert.Empty(KernelWitness.Entries(id));
    }

    [Fact]
    public void A_frozen_map_is_one_error()
    {
        var id = Make("imp_frozen -KeyType u32 -ValueType u32");
        Given("Set-BpfMapEntry imp_frozen 1 10; Export-BpfMap imp_frozen $file; Set-BpfMapEntry imp_frozen 1 99; Lock-BpfMap imp_frozen");

        Assert.Contains("is frozen", Run("Import-BpfMap $file").Error.Exception.Message);
        Assert.Contains("is frozen", Run("Import-BpfMap $file -Clear").Error.Exception.Message);

        Assert.Equal(["01000000=63000000"], KernelWitness.Entries(id));
    }

    [Fact]
    public void A_map_that_is_not_there_is_an_error_that_says_how_to_make_it()
    {
        Make("imp_missing -KeyType u32 -ValueType u32");
        Given("Export-BpfMap imp_missing $file; Remove-BpfMap imp_missing");
        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("imp_missing").Count == 0, TimeSpan.FromSeconds(5)));

        var error = Run("Import-BpfMap $file").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);

        Assert.Contains("'imp_missing'", error.Exception.Message);
        Assert.Contains("-Create", error.ErrorDetails.RecommendedAction);
        Assert.Empty(KernelWitness.Maps("imp_missing"));
    }

    [Fact]
    public void A_name_that_two_maps_have_is_an_error_that_names_both()
    {
        Make("imp_alike -KeyType u32 -ValueType u32");
        Given("Set-BpfMapEntry imp_alike 1 10; Export-BpfMap imp_alike $file; Clear-BpfMap imp_alike");
        Make("imp_alike -KeyType u32 -ValueType u32");
        var ids = KernelWitness.Maps("imp_alike");
        Assert.Equal(2, ids.Count);

        var error = Run("Import-BpfMap $file -Create").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.All(ids, id => Assert.Contains($"{id}", error.Exception.Message));
        Assert.Contains("-Map", error.ErrorDetails.RecommendedAction);
        Assert.All(ids, id => Assert.Empty(KernelWitness.Entries(id)));
    }

    [Fact]
    public void A_file_of_several_maps_and_one_map_to_restore_into_is_an_error()
    {
        Make("imp_one -KeyType u32 -ValueType u32");
        Make("imp_two -KeyType u32 -ValueType u32");
        Given("Export-BpfMap imp_* $file");

        Assert.Contains("-Name", Run("Import-BpfMap $file -Map $map")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void A_name_that_the_file_does_not_have_is_an_error_that_lists_those_it_has_and_the_others_are_restored()
    {
        var id = Make("imp_there -KeyType u32 -ValueType u32");
        Given("Set-BpfMapEntry imp_there 1 10; Export-BpfMap imp_there $file; Clear-BpfMap imp_there");

        var error = Run("Import-BpfMap $file nosuch, imp_there").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");

        Assert.Contains("imp_there", error.ErrorDetails.RecommendedAction);
        Assert.Equal(["01000000=0a000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Import-BpfMap $file -WhatIf")]
    [InlineData("Import-BpfMap $file -Clear -WhatIf -PassThru")]
    public void WhatIf_writes_nothing_and_clears_nothing(string import)
    {
        var id = Make("imp_whatif -KeyType u32 -ValueType u32");
        Given("Set-BpfMapEntry imp_whatif 1 10; Export-BpfMap imp_whatif $file; Set-BpfMapEntry imp_whatif 1 99");

        Assert.Contains("Restore 1 entries", Session.Show(import));

        Assert.Equal(["01000000=63000000"], KernelWitness.Entries(id));
    }

    [Fact]
    public void WhatIf_makes_no_map()
    {
        Make("imp_whatif -KeyType u32 -ValueType u32");
        Given("Export-BpfMap imp_whatif $file; Remove-BpfMap imp_whatif");
        Assert.True(SpinWait.SpinUntil(() => KernelWitness.Maps("imp_whatif").Count == 0, TimeSpan.FromSeconds(5)));

        Assert.Contains("Make map", Session.Show("Import-BpfMap $file -Create -WhatIf"));

        Assert.Empty(KernelWitness.Maps("imp_whatif"));
    }

    [Fact]
    public void A_file_that_is_missing_or_no_file_of_maps_is_one_error()
    {
        var path = _folder.Write("other.json", "{ \"format\": \"another\" }");
        Run("Import-BpfMap /nosuch/maps.json").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "/nosuch/maps.json");
        foreach (var content in (string[])["", "{", "[]", "5", "{}", "{ \"format\": \"another\" }",
            "{ \"format\": \"bpfps-maps\", \"version\": 1 }", "{ \"format\": \"bpfps-maps\", \"version\": 2, \"maps\": [] }"])
        {
            File.WriteAllText(path, content);
            var error = Run($"Import-BpfMap {path} -Create").FailedWith("BpfInvalidData", ErrorCategory.InvalidData, path);
            Assert.Contains(path, error.Exception.Message);
        }
    }

    /// <summary>A map's description without its id.</summary>
    private static string Description(object id)
    {
        var shown = KernelWitness.Shown("map", id);
        return string.Join(' ', ((string[])["name", "type", "bytes_key", "bytes_value", "max_entries", "flags"])
            .Select(property => shown.GetProperty(property).ToString()));
    }

    private static string KernelEntries(uint id) => string.Join(' ', KernelWitness.Entries(id));

    /// <summary>Puts an entry of zeros into a map, and gives what it has then.</summary>
    private static IReadOnlyList<string> Prepared(uint id)
    {
        var shown = KernelWitness.Shown("map", id);
        KernelWitness.Set(id, new string('0', shown.GetProperty("bytes_key").GetInt32() * 2),
            new string('0', shown.GetProperty("bytes_value").GetInt32() * 2));
        var entries = KernelWitness.Entries(id);
        Assert.Single(entries);
        return entries;
    }

    private void Change(Action<JsonNode> change)
    {
        var root = JsonNode.Parse(File.ReadAllText(FilePath))!;
        change(root);
        File.WriteAllText(FilePath, root.ToJsonString());
    }
}
