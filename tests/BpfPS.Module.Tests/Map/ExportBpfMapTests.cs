using System.Text.Json;

namespace BpfPS.Module.Tests.Map;

/// <summary>Export-BpfMap. The file is read as any JSON is.</summary>
public sealed class ExportBpfMapTests : KernelTest
{
    private readonly TemporaryFolder _folder = new();

    public ExportBpfMapTests() => Session.Set("file", FilePath);

    private string FilePath => $"{_folder.Path}/maps.json";

    public override void Dispose()
    {
        _folder.Dispose();
        base.Dispose();
    }

    [Fact]
    public void The_file_says_what_the_map_is_and_has_its_entries_by_the_names_of_their_members()
    {
        var id = Make("exp_flows -KeyType 'struct { bpfps_ipv4_t source; u16 port; u16 pad; }' "
            + "-ValueType 'struct { u64 packets; char label[8]; bool open; u8 raw[7]; }' -MaxEntries 9");
        KernelWitness.Set(id, "c0000201bb010000", "ffffffffffffffff77656200000000000101020304050607");

        Assert.Empty(Run("Export-BpfMap exp_flows $file").Succeeded().Output);

        var map = Assert.Single(Maps());
        Assert.Equal(("exp_flows", "hash", 9, 0),
            (map.GetProperty("name").GetString(), map.GetProperty("type").GetString(), map.GetProperty("max_entries").GetInt32(),
            map.GetProperty("map_flags").GetInt32()));
        Assert.Equal((8, 24),
            (map.GetProperty("key").GetProperty("size").GetInt32(), map.GetProperty("value").GetProperty("size").GetInt32()));
        Assert.Contains("packets: u64 at 0",
            map.GetProperty("value").GetProperty("members").EnumerateArray().Select(line => line.GetString()));
        var entry = Assert.Single(map.GetProperty("entries").EnumerateArray());
        Assert.Equal(("192.0.2.1", 443), (entry.GetProperty("source").GetString(), entry.GetProperty("port").GetInt32()));
        Assert.Equal((ulong.MaxValue, "web", true),
            (entry.GetProperty("packets").GetUInt64(), entry.GetProperty("label").GetString(), entry.GetProperty("open").GetBoolean()));
        Assert.False(entry.TryGetProperty("$bytes", out _)); // the members say it all
    }

    [Fact]
    public void An_entry_whose_members_do_not_say_all_of_its_bytes_has_them_as_well()
    {
        var id = Make("exp_hidden -KeyType u32 -ValueType 'struct { u32 number; char label[4]; }'");
        KernelWitness.Set(id, "01000000", "0500000061004142");

        Run("Export-BpfMap exp_hidden $file").Succeeded();

        var entry = Assert.Single(Maps().Single().GetProperty("entries").EnumerateArray());
        Assert.Equal("a", entry.GetProperty("label").GetString());
        Assert.Equal("010000000500000061004142", entry.GetProperty("$bytes").GetString());
    }

    [Theory]
    [InlineData("Export-BpfMap exp_one, exp_two $file")]
    [InlineData("Export-BpfMap EXP_* $file")]
    [InlineData("Export-BpfMap exp_*, exp_one -FilePath $file")]
    [InlineData("Get-BpfMap exp_* | Export-BpfMap -FilePath $file")]
    [InlineData("Export-BpfMap -Id $one.Id, $map.Id $file")]
    [InlineData("Export-BpfMap -InputObject $one, $map $file")]
    public void Several_maps_go_into_one_file(string export)
    {
        Make("exp_one -KeyType u32 -ValueType u32");
        Given("$one = $map; Set-BpfMapEntry exp_one 1 10");
        Make("exp_two -Type array -ValueType u32 -MaxEntries 2");

        Run(export).Succeeded();

        var maps = Maps().ToDictionary(map => map.GetProperty("name").GetString()!);
        Assert.Equal(["exp_one", "exp_two"], maps.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((1, 2),
            (maps["exp_one"].GetProperty("entries").GetArrayLength(), maps["exp_two"].GetProperty("entries").GetArrayLength()));
    }

    [Fact]
    public void Of_a_started_object_the_maps_that_hold_results_are_exported()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);

        Run("$o | Export-BpfMap -FilePath $file").Succeeded();

        Assert.Equal(["array", "by_number", "by_struct", "per_cpu", "recent"],
            Maps().Select(map => map.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_file_is_its_owners_alone_and_PassThru_gives_it()
    {
        Make("exp_own -KeyType u32 -ValueType u32");

        var file = Assert.IsType<FileInfo>(Run("Export-BpfMap exp_own $file -PassThru").Only.BaseObject);

        Assert.Equal(FilePath, file.FullName);
        Assert.Equal("600", Command.Output("stat", "-c", "%a", FilePath).Trim());
        Assert.Equal([FilePath], Directory.GetFiles(_folder.Path)); // and nothing beside it
    }

    [Fact]
    public void A_relative_path_counts_from_the_sessions_location()
    {
        Make("exp_relative -KeyType u32 -ValueType u32");

        Run($"[Environment]::CurrentDirectory = '/'; $ExecutionContext.SessionState.Path.SetLocation('{_folder.Path}') | Out-Null; "
            + "Export-BpfMap exp_relative maps.json; $ExecutionContext.SessionState.Path.SetLocation('/') | Out-Null").Succeeded();

        Assert.Single(Maps());
    }

    [Fact]
    public void A_file_that_is_there_is_replaced_with_Force_only()
    {
        Make("exp_force -KeyType u32 -ValueType u32");
        File.WriteAllText(FilePath, "mine");

        var error = Run("Export-BpfMap exp_force $file").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists, FilePath);
        Assert.Contains("-Force", error.ErrorDetails.RecommendedAction);
        Assert.Equal("mine", File.ReadAllText(FilePath));

        Run("Export-BpfMap exp_force $file -Force").Succeeded();
        Assert.Equal("exp_force", Assert.Single(Maps()).GetProperty("name").GetString());
    }

    [Fact]
    public void WhatIf_writes_nothing()
    {
        Make("exp_whatif -KeyType u32 -ValueType u32");

        Assert.Contains("exp_whatif (hash", Session.Show("Export-BpfMap exp_whatif $file -WhatIf"));

        Assert.False(File.Exists(FilePath));
    }

    [Theory]
    [InlineData("-Type array_of_maps -InnerMap (New-BpfMap exp_inner -Type array -ValueType u32 -MaxEntries 1)")]
    [InlineData("-Type prog_array")]
    [InlineData("-Type stack_trace")]
    [InlineData("-Type queue -ValueType u32")]
    [InlineData("-Type ringbuf")]
    public void A_map_of_what_belongs_to_this_kernel_is_an_error_and_the_file_that_was_there_stays(string type)
    {
        Make($"exp_foreign {type}");
        Make("exp_plain -KeyType u32 -ValueType u32");
        File.WriteAllText(FilePath, "mine");

        var error = Run("Export-BpfMap exp_plain, exp_foreign $file -Force").Error;

        Assert.StartsWith("BpfNotSupported,", error.FullyQualifiedErrorId);
        Assert.Contains("'exp_foreign'", error.Exception.Message);
        Assert.Equal("mine", File.ReadAllText(FilePath));
        Assert.Equal([FilePath], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_place_where_no_file_can_be_written_is_one_error()
    {
        Make("exp_nowhere -KeyType u32 -ValueType u32");

        foreach (var place in (string[])["/nosuch/folder/maps.json", "/proc/maps.json", $"{_folder.Path}/"])
        {
            var error = Run($"Export-BpfMap exp_nowhere {place}").Error;
            Assert.StartsWith("Bpf", error.FullyQualifiedErrorId);
            Assert.Contains(place.TrimEnd('/'), error.Exception.Message);
        }
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("Export-BpfMap nosuch $file", "BpfNotFound", "nosuch")]
    [InlineData("Export-BpfMap -Id 4000000000 $file", "BpfNotFound", 4000000000u)]
    public void A_map_that_is_not_there_is_one_error_and_no_file(string export, string id, object target)
    {
        Run(export).FailedWith(id, ErrorCategory.ObjectNotFound, target);

        Assert.Empty(Run("Export-BpfMap nosuch* $file").Succeeded().Output);
        Assert.False(File.Exists(FilePath));
    }

    [Fact]
    public void Two_maps_of_one_name_are_both_in_the_file_with_a_warning()
    {
        var ids = new[] { Make("exp_alike -KeyType u32 -ValueType u32"), Make("exp_alike -KeyType u32 -ValueType u32") };

        var warning = Assert.Single(Run("Export-BpfMap exp_alike $file").Succeeded().Warnings);

        Assert.All(ids, id => Assert.Contains($"{id}", warning));
        Assert.Equal(2, Maps().Count);
    }

    /// <summary>Whether this process has a file in the folder open, which has no name yet.</summary>
    private bool IsWriting() => Directory.GetFiles("/proc/self/fd")
        .Any(fd => new FileInfo(fd).LinkTarget?.StartsWith($"{_folder.Path}/", StringComparison.Ordinal) == true);

    [Fact]
    public void Ctrl_C_leaves_no_file()
    {
        using var pins = new PinFolder();
        var pin = pins.Map("exp_large", entries: 1_000_000);
        using var running = Session.Start($"Export-BpfMap -Path {pin} $file");
        running.Await(IsWriting, "it was being written");

        Assert.True(running.Stop() < TimeSpan.FromSeconds(1));

        Assert.Empty(Directory.GetFiles(_folder.Path));
        File.Delete(pin);
        NothingIsLeft();
    }

    private IReadOnlyList<JsonElement> Maps()
    {
        var root = JsonDocument.Parse(File.ReadAllText(FilePath)).RootElement;
        Assert.Equal("bpfps-maps", root.GetProperty("format").GetString());
        return [.. root.GetProperty("maps").EnumerateArray()];
    }
}
