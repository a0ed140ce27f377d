namespace BpfPS.Module.Tests.Map;

/// <summary>Clear-BpfMap. What is left, bpftool tells.</summary>
public sealed class ClearBpfMapTests : KernelTest
{
    [Theory]
    [InlineData("hash")]
    [InlineData("lru_hash")]
    [InlineData("percpu_hash")]
    public void The_entries_of_a_hash_go(string type)
    {
        var id = Make($"clr_hash -Type {type} -KeyType u32 -ValueType u32");
        Given("1..1000 | ForEach-Object { [pscustomobject]@{ key = $_; value = $_ } } "
            + "| ForEach-Object { Set-BpfMapEntry -Id $map.Id $_.key $_.value }");
        Assert.Equal(1000, KernelWitness.Entries(id).Count);

        var outcome = Run("Clear-BpfMap clr_hash -Verbose").Succeeded();

        Assert.Empty(outcome.Output);
        Assert.Contains($"clr_hash ({type}, id {id}): 1000 entries.", outcome.Verbose);
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Fact]
    public void The_entries_of_an_array_become_zero()
    {
        var plain = Make("clr_array -Type array -ValueType u16 -MaxEntries 3");
        var cpus = Make("clr_cpus -Type percpu_array -ValueType u64 -MaxEntries 2");
        Given("0..2 | ForEach-Object { Set-BpfMapEntry clr_array $_ 7 }; 0, 1 | ForEach-Object { Set-BpfMapEntry clr_cpus $_ 7 }");
        Assert.DoesNotContain(KernelWitness.Entries(plain).Concat(KernelWitness.Entries(cpus)), entry => !entry.Contains('7'));

        Run("Clear-BpfMap clr_array, clr_cpus").Succeeded();

        Assert.Equal(["00000000=0000", "01000000=0000", "02000000=0000"], KernelWitness.Entries(plain));
        Assert.Equal(2, KernelWitness.Entries(cpus).Count);
        Assert.All(KernelWitness.Entries(cpus), entry => Assert.Equal("", entry[(entry.IndexOf('=') + 1)..].Trim('0', ',')));
    }

    [Theory]
    [InlineData("queue")]
    [InlineData("stack")]
    public void A_queue_and_a_stack_are_emptied(string type)
    {
        var id = Make($"clr_waiting -Type {type} -ValueType u32");
        Given("1..3 | ForEach-Object { Set-BpfMapEntry clr_waiting -Value $_ }");
        Assert.Contains("\"0x0", Command.Run("bpftool", "-j", "map", "peek", "id", $"{id}").Output);

        Run("Clear-BpfMap clr_waiting").Succeeded();

        Assert.DoesNotContain("\"0x0", Command.Run("bpftool", "-j", "map", "peek", "id", $"{id}").Output);
    }

    [Fact]
    public void A_trie_and_a_map_of_maps_are_emptied()
    {
        var trie = Make("clr_trie -Type lpm_trie -KeyType 'struct { u32 prefixlen; __be32 address; }' -ValueType u32");
        Given("'0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '192.0.2.1' | ForEach-Object { Set-BpfMapEntry clr_trie $_ 1 }");
        Assert.Equal(4, KernelWitness.Entries(trie).Count);
        Given("$inner = New-BpfMap clr_inner -Type array -ValueType u64 -MaxEntries 1");
        var outer = Make("clr_outer -Type array_of_maps -InnerMap $inner -MaxEntries 3");
        Given("Set-BpfMapEntry clr_outer 1 $inner");
        Assert.Single(KernelWitness.Entries(outer));

        Run("Clear-BpfMap clr_trie, clr_outer").Succeeded();

        Assert.Empty(KernelWitness.Entries(trie));
        Assert.Empty(KernelWitness.Entries(outer));
    }

    [Theory]
    [InlineData("Clear-BpfMap clr_named")]
    [InlineData("Clear-BpfMap CLR_N*")]
    [InlineData("Clear-BpfMap -Id $map.Id")]
    [InlineData("Clear-BpfMap -Path {0}")]
    [InlineData("Clear-BpfMap -Path {0}/i*")]
    [InlineData("Get-BpfMap clr_named | Clear-BpfMap")]
    [InlineData("Get-BpfPin {0} | Clear-BpfMap")]
    [InlineData("[pscustomobject]@{{ Id = $map.Id }} | Clear-BpfMap")]
    public void Maps_are_named_in_every_way_and_PassThru_gives_them(string clear)
    {
        using var pins = new PinFolder();
        var id = Make($"clr_named -KeyType u32 -ValueType u32 -PinPath {pins.Name}/it");
        var other = Make("clr_other -KeyType u32 -ValueType u32");
        KernelWitness.Set(id, "01000000", "01000000");
        KernelWitness.Set(other, "01000000", "01000000");
        Given($"$map = Get-BpfMap -Id {id}");

        Assert.Equal(id, Run($"{string.Format(clear, pins.Name)} -PassThru").Only.Get("Id"));

        Assert.Empty(KernelWitness.Entries(id));
        Assert.Single(KernelWitness.Entries(other));
    }

    [Fact]
    public void A_name_means_every_map_that_has_it()
    {
        var ids = new[] { Make("clr_alike -KeyType u32 -ValueType u32"), Make("clr_alike -KeyType u32 -ValueType u32") };
        Assert.All(ids, id => KernelWitness.Set(id, "01000000", "01000000"));

        Run("Clear-BpfMap clr_alike").Succeeded();

        Assert.All(ids, id => Assert.Empty(KernelWitness.Entries(id)));
    }

    [Fact]
    public void Of_a_started_object_the_results_go_and_its_variables_and_settings_stay()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);
        var maps = Run("$o.Maps").Succeeded().Output.ToDictionary(map => map.Get<string>("Name"), map => map.Get("Id")!);
        var variables = maps.Single(map => map.Key.EndsWith(".bss", StringComparison.Ordinal)).Value;
        Assert.NotEmpty(KernelWitness.Entries(maps["by_struct"]));

        var cleared = Run("$o | Clear-BpfMap -PassThru").Succeeded().Output.Select<string>("Name");

        Assert.Equal(["array", "by_number", "by_struct", "per_cpu", "recent"], cleared.Order(StringComparer.Ordinal));
        Assert.Empty(KernelWitness.Entries(maps["by_number"]));
        Assert.Empty(KernelWitness.Entries(maps["by_struct"]));
        Assert.Empty(KernelWitness.Entries(maps["recent"]));
        Assert.All(KernelWitness.Entries(maps["array"]), entry => Assert.EndsWith("=00000000", entry));
        Assert.Equal(1, KernelWitness.Globals(variables, ".bss")["calls"].GetInt32());
        Producer.Call();
        Assert.NotEmpty(KernelWitness.Entries(maps["by_struct"])); // and it goes on counting
    }

    [Fact]
    public void WhatIf_clears_nothing()
    {
        var id = Make("clr_whatif -KeyType u32 -ValueType u32");
        KernelWitness.Set(id, "01000000", "01000000");

        Assert.Contains($"What if: Performing the operation \"Remove all entries\" on target \"clr_whatif (hash, id {id})\"",
            Session.Show("Clear-BpfMap clr_whatif -WhatIf -PassThru"));

        Assert.Single(KernelWitness.Entries(id));
    }

    [Fact]
    public void A_frozen_map_and_one_that_is_read_only_say_so_and_the_next_is_cleared()
    {
        var frozen = Make("clr_frozen -KeyType u32 -ValueType u32");
        KernelWitness.Set(frozen, "01000000", "01000000");
        Given("Lock-BpfMap clr_frozen; $frozen = $map");
        var readOnly = Make("clr_rdonly -Type array -ValueType u32 -MaxEntries 1 -Flags rdonly");
        KernelWitness.Set(readOnly, "00000000", "01000000");
        Given("$readOnly = $map");
        var free = Make("clr_free -KeyType u32 -ValueType u32");
        KernelWitness.Set(free, "01000000", "01000000");

        var outcome = Run("$frozen, $readOnly, $map | Clear-BpfMap");

        Assert.Equal(2, outcome.Errors.Count);
        Assert.Contains("'clr_frozen' is frozen", outcome.Errors[0].Exception.Message);
        Assert.Contains("'clr_rdonly' is open for reading only", outcome.Errors[1].Exception.Message);
        Assert.Single(KernelWitness.Entries(frozen));
        Assert.Equal(["00000000=01000000"], KernelWitness.Entries(readOnly));
        Assert.Empty(KernelWitness.Entries(free));
    }

    [Theory]
    [InlineData("-Type ringbuf")]
    [InlineData("-Type user_ringbuf")]
    [InlineData("-Type bloom_filter -ValueType u32")]
    public void A_type_of_map_that_cannot_be_cleared_is_an_error(string type)
    {
        Make($"clr_cannot {type}");

        Assert.StartsWith("BpfNotSupported,", Run("Clear-BpfMap clr_cannot").Error.FullyQualifiedErrorId);
    }

    [Theory]
    [InlineData("Clear-BpfMap nosuch, clr_there", "BpfNotFound", "nosuch")]
    [InlineData("Clear-BpfMap -Id 4000000000, $map.Id", "BpfNotFound", 4000000000u)]
    [InlineData("Clear-BpfMap -Path nosuch/map, {0}", "BpfNotFound", "nosuch/map")]
    public void What_is_not_there_is_an_error_and_the_next_is_cleared(string clear, string error, object target)
    {
        using var pins = new PinFolder();
        var id = Make($"clr_there -KeyType u32 -ValueType u32 -PinPath {pins.Name}/it");
        KernelWitness.Set(id, "01000000", "01000000");

        var outcome = Run(string.Format(clear, pins.Name));

        outcome.FailedWith(error, ErrorCategory.ObjectNotFound, target);
        Assert.False(outcome.WasTerminated);
        Assert.Empty(KernelWitness.Entries(id));
        Assert.Empty(Run("Clear-BpfMap nosuch*").Succeeded().Output);
    }

    [Fact]
    public void Without_a_map_it_asks_for_one_instead_of_clearing_all()
    {
        var id = Make("clr_kept -KeyType u32 -ValueType u32");
        KernelWitness.Set(id, "01000000", "01000000");

        Run("Clear-BpfMap").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Assert.Contains("cannot be used as a map", Run("Get-BpfTool runqlat | Clear-BpfMap").Error.Exception.Message);

        Assert.Single(KernelWitness.Entries(id));
    }
}
