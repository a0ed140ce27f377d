using System.Net;

namespace BpfPS.Module.Tests.MapEntry;

public sealed class GetBpfMapEntryTests : KernelTest
{
    [Fact]
    public void An_entry_has_the_members_of_key_and_value_with_their_types()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);

        var entry = Run("$o.Maps | Where-Object Name -eq by_struct | Get-BpfMapEntry").Only;

        Assert.Equal(["source", "target", "source_port", "target_port", "protocol", "padding", "packets", "bytes", "label"],
            entry.Properties.Select(property => property.Name));
        Assert.Equal(IPAddress.Parse("192.0.2.1"), entry.Get("source"));
        Assert.Equal(IPAddress.Parse("198.51.100.7"), entry.Get("target"));
        Assert.Equal((ushort)443, entry.Get("source_port"));
        Assert.Equal((byte)6, entry.Get("protocol"));
        Assert.Equal(7UL, entry.Get("packets"));
        Assert.Equal("flow", entry.Get("label"));
    }

    [Fact]
    public void A_plain_key_and_value_are_called_key_and_value()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);

        var entry = Run("$o.Maps | Where-Object Name -eq by_number | Get-BpfMapEntry").Only;

        Assert.Equal(0x01020304u, entry.Get("key"));
        Assert.Equal(0x1122334455667788UL, entry.Get("value"));
    }

    [Fact]
    public void An_array_gives_every_element()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);

        var entries = Run("$o.Maps | Where-Object Name -eq array | Get-BpfMapEntry").Succeeded().Output;

        Assert.Equal([0u, 0, 0, 33, 0, 0, 0, 0], entries.Select<uint>("value"));
    }

    [Fact]
    public void A_map_with_a_value_for_each_CPU_gives_a_property_for_each_and_totals_first()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);

        var entry = Run("$o.Maps | Where-Object Name -eq per_cpu | Get-BpfMapEntry | Where-Object key -eq 1").Only;

        Assert.Equal(["key", "sum", "minimum", "maximum", "cpu0"], entry.Properties.Select(property => property.Name).Take(5));
        var cpus = entry.Properties.Where(property => property.Name.StartsWith("cpu", StringComparison.Ordinal))
            .Select(property => PSObject.AsPSObject(property.Value)).ToArray();
        var cpu = Assert.Single(Enumerable.Range(0, cpus.Length), cpu => cpus[cpu].Get<ulong>("bytes") != 0);
        Assert.Equal(1000UL + (ulong)cpu, cpus[cpu].Get<ulong>("bytes"));
        Assert.Equal("cpu", cpus[cpu].Get<string>("label"));
        Assert.Equal(1000UL + (ulong)cpu, PSObject.AsPSObject(entry.Get("sum")).Get<ulong>("bytes"));
    }

    [Theory]
    [InlineData("Get-BpfMapEntry -Id $map.Id")]
    [InlineData("Get-BpfMapEntry -InputObject $map")]
    [InlineData("$map | Get-BpfMapEntry")]
    [InlineData("Get-BpfMap -Id $map.Id | Get-BpfMapEntry")]
    [InlineData("$o | Get-BpfMapEntry | Where-Object label -eq flow")]
    [InlineData("Get-BpfMapEntry by_struct | Where-Object label -eq flow")]
    [InlineData("Get-BpfMapEntry by_str* | Where-Object label -eq flow")]
    public void The_map_is_named_in_every_way(string get)
    {
        Given("$o = Start-BpfProgram $types -Variable $producer; $map = $o.Maps | Where-Object Name -eq by_struct", calls: 1);

        Assert.NotEmpty(Run(get).Succeeded().Output);
    }

    [Fact]
    public void A_pinned_map_is_read_by_its_path()
    {
        using var pins = new PinFolder();
        pins.Map("it");

        Assert.Equal(4, Run($"Get-BpfMapEntry -Path {pins.Name}/it").Succeeded().Output.Count);
        Assert.Equal(4, Run($"Get-BpfMapEntry -Path {pins.Name}/i*").Succeeded().Output.Count);
        Assert.Equal(4, Run($"Get-BpfPin {pins.Name} | Get-BpfMapEntry").Succeeded().Output.Count);
    }

    [Theory]
    [InlineData("Get-BpfMapEntry nosuch", "BpfNotFound", "nosuch")]
    [InlineData("Get-BpfMapEntry -Id 4000000000", "BpfNotFound", 4000000000u)]
    [InlineData("Get-BpfMapEntry -Path nosuch/map", "BpfNotFound", "nosuch/map")]
    public void A_map_that_is_not_there_is_one_error(string get, string id, object target)
    {
        using var pins = new PinFolder();

        Run(get).FailedWith(id, ErrorCategory.ObjectNotFound, target);
        Assert.Empty(Run("Get-BpfMapEntry nosuch*").Succeeded().Output);
    }

    [Fact]
    public void Without_a_map_it_asks_for_one_instead_of_reading_none()
    {
        Assert.Single(Run("Get-BpfMapEntry").Errors); // nobody is there to be asked
    }

    [Fact]
    public void A_ring_buffer_has_no_entries_and_the_error_names_the_cmdlet_that_reads_it()
    {
        Given("$o = Start-BpfProgram $burst");

        var error = Run("$o.Maps | Where-Object Type -eq ringbuf | Get-BpfMapEntry")
            .FailedWith("BpfNotSupported", ErrorCategory.NotImplemented);

        Assert.Contains("Watch-BpfEvent", error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void A_map_without_type_information_gives_its_bytes()
    {
        using var pins = new PinFolder();
        var pin = pins.Map("bytes", type: "hash", keyBytes: 3, valueBytes: 5);
        Command.Output("bpftool", "map", "update", "pinned", pin, "key", "1", "2", "3", "value", "9", "8", "7", "6", "5");

        var entry = Run($"Get-BpfMapEntry -Path {pin}").Only;

        Assert.Equal([1, 2, 3], entry.Get<byte[]>("key"));
        Assert.Equal([9, 8, 7, 6, 5], entry.Get<byte[]>("value"));
    }

    [Fact]
    public void What_bpftool_counts_is_what_comes()
    {
        using var pins = new PinFolder();
        var pin = pins.Map("many", entries: 100_000);

        Assert.Equal(100_000, Run($"$n = 0; Get-BpfMapEntry -Path {pin} | ForEach-Object {{ $n++ }}; $n").Only.BaseObject);
    }

    [Fact]
    public void A_map_that_is_unpinned_while_it_is_read_is_read_to_its_end()
    {
        using var pins = new PinFolder();
        var pin = pins.Map("many", entries: 200_000);

        var outcome = Run($"$n = 0; Get-BpfMapEntry -Path {pin} "
            + $"| ForEach-Object {{ if (++$n -eq 1) {{ [IO.File]::Delete('{pin}') }} }}; $n");

        Assert.Equal(200_000, outcome.Only.BaseObject);
        NothingIsLeft();
    }

    [Fact]
    public void A_map_that_goes_between_finding_and_reading_is_one_error()
    {
        using var pins = new PinFolder();
        var pin = pins.Map("gone");
        Given($"$byPath = Get-BpfMap -Path {pin}; $byId = Get-BpfMap -Id $byPath.Id");
        File.Delete(pin);
        var id = Run("$byId.Id").Only.BaseObject;
        SpinWait.SpinUntil(() => !KernelWitness.HasMap((uint)id), TimeSpan.FromSeconds(5));

        Run("$byPath | Get-BpfMapEntry").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);
        Run("$byId | Get-BpfMapEntry").FailedWith("BpfVanished", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void The_maps_of_an_object_that_was_stopped_are_one_error_each()
    {
        Given("$o = Start-BpfProgram $types; $map = $o.Maps | Where-Object Name -eq by_struct; $o | Stop-BpfProgram");
        NothingIsLeft();

        Run("$map | Get-BpfMapEntry").FailedWith("BpfVanished", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void A_map_of_a_file_that_is_not_loaded_is_an_error_that_says_to_start_it()
    {
        var error = Run("(Get-BpfObject -FilePath $types).Maps | Where-Object Name -eq by_struct | Get-BpfMapEntry")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains("Start-BpfProgram", error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Stopping_ends_the_reading_of_a_large_map_at_once()
    {
        using var pins = new PinFolder();
        var pin = pins.Map("many", entries: 1_000_000);
        using var running = Session.Start($"Get-BpfMapEntry -Path {pin} | ForEach-Object {{ $_ }}");
        running.AwaitOutput();

        Assert.True(running.Stop() < TimeSpan.FromSeconds(1));

        File.Delete(pin);
        NothingIsLeft();
    }

    [Fact]
    public void An_error_downstream_ends_the_reading_and_lets_go_of_the_map()
    {
        using var pins = new PinFolder();
        var pin = pins.Map("many", entries: 1_000_000);

        Assert.Equal("enough", Run($"Get-BpfMapEntry -Path {pin} | ForEach-Object {{ throw 'enough' }}").Error.Exception.Message);

        File.Delete(pin);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("u32", "7", "07000000")]
    [InlineData("bpfps_ipv4_t", "192.0.2.1", "c0000201")]
    [InlineData("struct { bpfps_ipv4_t address; bpfps_port_t port; u16 pad; }", "@{ address = '192.0.2.1'; port = 443 }",
        "c000020101bb0000")]
    [InlineData("enum { DOWN, UP = 2 }", "UP", "02000000")]
    [InlineData("char[4]", "web", "77656200")]
    public void An_entry_is_looked_up_by_its_key(string type, string key, string bytes)
    {
        var id = Make($"gme_key -KeyType '{type}' -ValueType u32");
        KernelWitness.Set(id, bytes, "2a000000");
        KernelWitness.Set(id, new string('f', bytes.Length), "01000000");

        Assert.Equal(42u, Run($"Get-BpfMapEntry gme_key {key}").Only.Get("value"));
        Assert.Equal(42u, Run($"$map | Get-BpfMapEntry -Key {key}").Only.Get("value"));
    }

    [Fact]
    public void A_key_that_is_not_there_or_does_not_fit_is_an_error_for_that_one_and_the_others_are_given()
    {
        var id = Make("gme_keys -KeyType u8 -ValueType u32");
        KernelWitness.Set(id, "01", "0a000000");
        KernelWitness.Set(id, "03", "1e000000");

        var outcome = Run("Get-BpfMapEntry gme_keys 1, 2, 257, 3");

        Assert.Equal([10u, 30], outcome.Output.Select<uint>("value"));
        Assert.Equal(["BpfNotFound", "BpfInvalidArgument"], outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal([2, 257], outcome.Errors.Select(error => error.TargetObject));
        Assert.False(outcome.WasTerminated);
    }

    [Theory]
    [InlineData("queue", 1, 2, 3)]
    [InlineData("stack", 3, 2, 1)]
    public void A_queue_and_a_stack_show_the_next_entry_and_with_Take_give_them_in_their_order(string type, int first, int second,
        int third)
    {
        var id = Make($"gme_waiting -Type {type} -ValueType u32");
        foreach (var value in (string[])["1", "2", "3"])
        {
            Command.Output("bpftool", "map", "push", "id", $"{id}", "value", value, "0", "0", "0");
        }
        string Next() => Command.Run("bpftool", "-j", "map", "peek", "id", $"{id}").Output;

        // The kernel takes no BTF for them: their values are bytes.
        Assert.Equal([(byte)first, 0, 0, 0], Run("Get-BpfMapEntry gme_waiting").Only.Get<byte[]>("value"));
        Assert.Contains($"\"0x{first:x2}\"", Next()); // it is still there
        Assert.Contains("What if: ", Session.Show("Get-BpfMapEntry gme_waiting -Take -WhatIf"));
        Assert.Contains($"\"0x{first:x2}\"", Next());

        var taken = Run("$map | Get-BpfMapEntry -Take").Succeeded().Output;
        Assert.Equal([first, second, third], taken.Select(entry => (int)entry.Get<byte[]>("value")[0]));
        Assert.DoesNotContain("\"0x0", Next());
        Assert.Empty(Run("Get-BpfMapEntry gme_waiting -Take").Succeeded().Output);
        Assert.Contains("have no keys", Run("Get-BpfMapEntry gme_waiting -Key 1").Error.Exception.Message);
    }

    [Fact]
    public void Take_gives_the_entries_of_a_hash_and_removes_those_and_no_others()
    {
        var id = Make("gme_taken -KeyType u32 -ValueType u32");
        Given("1..4 | ForEach-Object { Set-BpfMapEntry gme_taken $_ (10 * $_) }");

        Assert.Equal([20u], Run("Get-BpfMapEntry gme_taken -Key 2 -Take").Succeeded().Output.Select<uint>("value"));
        Assert.Equal(["01000000=0a000000", "03000000=1e000000", "04000000=28000000"], KernelWitness.Entries(id));
        Run("Get-BpfMapEntry gme_taken -Key 2 -Take").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 2);

        Assert.Equal([10u, 30, 40], Run("Get-BpfMapEntry gme_taken -Take").Succeeded().Output.Select<uint>("value").Order().ToArray());
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("-Type array -ValueType u32 -MaxEntries 1")]
    [InlineData("-Type bloom_filter -ValueType u32")]
    public void A_type_of_map_that_gives_nothing_away_is_an_error_for_Take(string type)
    {
        Make($"gme_cannot {type}");

        var error = Run("Get-BpfMapEntry gme_cannot -Take").Error;

        Assert.StartsWith("BpfNotSupported,", error.FullyQualifiedErrorId);
        Assert.Contains("cannot return and delete an entry in one step", error.Exception.Message);
    }
}
