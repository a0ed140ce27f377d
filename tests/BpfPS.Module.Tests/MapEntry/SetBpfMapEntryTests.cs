namespace BpfPS.Module.Tests.MapEntry;

/// <summary>Set-BpfMapEntry. What it wrote, bpftool tells byte by byte.</summary>
public sealed class SetBpfMapEntryTests : KernelTest
{
    private const string Flow = "-KeyType 'struct { bpfps_ipv4_t source; bpfps_port_t port; u16 pad; }' "
        + "-ValueType 'struct { u64 packets; bpfps_mac_t mac; bool open; u8 flags; }'";
    private const string FlowBytes = "c000020101bb0000=030000000000000002005e1000ff0100";

    [Theory]
    [InlineData("Set-BpfMapEntry set_named -Key 7 -Value 3")]
    [InlineData("Set-BpfMapEntry SET_NAMED 7 3")]
    [InlineData("Set-BpfMapEntry -Id $map.Id -Key 7 -Value 3")]
    [InlineData("Set-BpfMapEntry -Path {0}/it -Key 7 -Value 3")]
    [InlineData("Set-BpfMapEntry -Path /sys/fs/bpf/{0}/it 7 3")]
    [InlineData("Set-BpfMapEntry -InputObject $map -Key 7 -Value 3")]
    [InlineData("Get-BpfMap set_named | Set-BpfMapEntry -Key 7 -Value 3")]
    [InlineData("Get-BpfPin {0} | Set-BpfMapEntry -Key 7 -Value 3")]
    [InlineData("[pscustomobject]@{{ Id = $map.Id }} | Set-BpfMapEntry -Key 7 -Value 3")]
    [InlineData("[pscustomobject]@{{ key = 7; value = 3 }} | Set-BpfMapEntry set_named")]
    [InlineData("[pscustomobject]@{{ Key = '7'; Value = '0x3' }} | Set-BpfMapEntry -Id $map.Id")]
    [InlineData("@{{ key = 7; value = 3 }} | Set-BpfMapEntry -Path {0}/it")]
    public void The_map_is_named_in_every_way(string set)
    {
        using var pins = new PinFolder();
        var id = Make($"set_named -KeyType u32 -ValueType u64 -PinPath {pins.Name}/it");

        Assert.Empty(Run(string.Format(set, pins.Name)).Succeeded().Output);

        Assert.Equal(["07000000=0300000000000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("u8", "255", "ff")]
    [InlineData("s8", "-128", "80")]
    [InlineData("u16", "'0x0102'", "0201")]
    [InlineData("s32", "-2", "feffffff")]
    [InlineData("u32", "4294967295", "ffffffff")]
    [InlineData("u64", "18446744073709551615", "ffffffffffffffff")]
    [InlineData("u64", "' 42 '", "2a00000000000000")]
    [InlineData("u64", "5.0", "0500000000000000")]
    [InlineData("__be32", "0x01020304", "01020304")]
    [InlineData("bool", "$true", "01")]
    [InlineData("double", "1.5", "000000000000f83f")]
    [InlineData("char[8]", "'web'", "7765620000000000")]
    [InlineData("char[3]", "'web'", "776562")]
    [InlineData("u8[4]", "'0a 0b 0c 0d'", "0a0b0c0d")]
    [InlineData("u8[3]", "10, 11, 12", "0a0b0c")]
    [InlineData("u16[2]", "1, 0x203", "01000302")]
    [InlineData("enum { DOWN, UP = 2 }", "'UP'", "02000000")]
    [InlineData("enum { DOWN, UP = 2 }", "'up'", "02000000")]
    [InlineData("enum { DOWN, UP = 2 }", "77", "4d000000")]
    [InlineData("bpfps_ipv4_t", "'192.0.2.1'", "c0000201")]
    [InlineData("bpfps_ipv4_t", "([IPAddress]'192.0.2.1')", "c0000201")]
    [InlineData("bpfps_ipv6_t", "'2001:db8::1'", "20010db8000000000000000000000001")]
    [InlineData("bpfps_mac_t", "'02:00:5e:10:00:ff'", "02005e1000ff")]
    [InlineData("bpfps_mac_t", "([System.Net.NetworkInformation.PhysicalAddress]::Parse('02-00-5E-10-00-FF'))", "02005e1000ff")]
    [InlineData("bpfps_port_t", "443", "01bb")]
    [InlineData("bpfps_duration_t", "([TimeSpan]::FromMilliseconds(2))", "80841e0000000000")]
    [InlineData("bpfps_duration_t", "'2ms'", "80841e0000000000")]
    public void A_value_is_what_a_person_has_and_becomes_the_bytes_of_its_type(string type, string value, string bytes)
    {
        var id = Make($"set_value -KeyType u32 -ValueType '{type}'");

        Run($"$map | Set-BpfMapEntry -Key 1 -Value {value}").Succeeded();

        Assert.Equal([$"01000000={bytes}"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("u8", "256", "0 to 255")]
    [InlineData("u8", "-1", "0 to 255")]
    [InlineData("s8", "128", "-128 to 127")]
    [InlineData("u16", "0x10000", "0 to 65535")]
    [InlineData("u32", "4294967296", "0 to 4294967295")]
    [InlineData("u64", "-1", "0 to 18446744073709551615")]
    [InlineData("u64", "18446744073709551616", "0 to 18446744073709551615")]
    [InlineData("u32", "1.5", "not a whole number")]
    [InlineData("u32", "'many'", "not a whole number")]
    [InlineData("bool", "2", "neither true nor false")]
    [InlineData("char[4]", "'fives'", "room for 4")]
    [InlineData("u8[4]", "'0a 0b 0c'", "3 elements, but must have 4")]
    [InlineData("u8[4]", "'0a 0b 0c 0x'", "not hexadecimal")]
    [InlineData("u16[2]", "1, 2, 3", "3 elements, but must have 2")]
    [InlineData("enum { DOWN, UP = 2 }", "'SIDEWAYS'", "DOWN, UP")]
    [InlineData("bpfps_ipv4_t", "'2001:db8::1'", "not an address of this family")]
    [InlineData("bpfps_ipv4_t", "'192.0.2'", "not an address of this family")]
    [InlineData("bpfps_ipv6_t", "'192.0.2.1'", "not an address of this family")]
    [InlineData("bpfps_mac_t", "'02:00:5e'", "not a MAC address")]
    [InlineData("bpfps_port_t", "65536", "0 to 65535")]
    [InlineData("struct { u64 packets; u64 bytes; }", "5", "packets = ...; bytes = ...")]
    public void What_does_not_fit_is_an_error_that_says_what_does_and_nothing_is_cut_off_or_written(string type, string value, string words)
    {
        var id = Make($"set_misfit -KeyType u32 -ValueType '{type}'");

        var byValue = Run($"$map | Set-BpfMapEntry -Key 1 -Value {value}").Error;
        var byEntry = Run($"[pscustomobject]@{{ key = 1; value = {value} }} | Set-BpfMapEntry set_misfit").Error;

        Assert.StartsWith("BpfInvalidArgument,", byValue.FullyQualifiedErrorId);
        Assert.Contains(words, byValue.Exception.Message);
        Assert.StartsWith("BpfInvalidArgument,", byEntry.FullyQualifiedErrorId);
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("struct { enum colour { RED = 1, GREEN = 2 } part : 4; enum sign { MINUS = -1, PLUS = 1 } sign : 4; }",
        "@{ part = 'green'; sign = 'MINUS' }", "f2000000", "part=GREEN sign=MINUS")]
    public void A_member_of_an_enum_with_few_bits_is_given_and_shown_by_name(string type, string value, string bytes, string shown)
    {
        var id = Make($"set_bits -KeyType u32 -ValueType '{type}'");

        Run($"$map | Set-BpfMapEntry -Key 1 -Value {value}").Succeeded();

        Assert.Equal([$"01000000={bytes}"], KernelWitness.Entries(id));
        Assert.Equal($"key=1 {shown}", Run("\"$($map | Get-BpfMapEntry)\"").Only.BaseObject);
    }

    /// <summary>A key of eight bytes without a type: every notation that the help names, for every type of map with such keys.</summary>
    [Theory]
    [InlineData("hash")]
    [InlineData("lru_hash")]
    [InlineData("percpu_hash")]
    [InlineData("lru_percpu_hash")]
    [InlineData("lpm_trie")]
    public void The_bytes_of_a_key_without_a_type_are_given_in_every_notation(string type)
    {
        var id = Make($"set_raw -Type {type} -KeySize 8 -ValueSize 4");
        foreach (var key in (string[])["([byte[]](16, 0, 0, 0, 1, 2, 0, 0))", "(16, 0, 0, 0, 1, 2, 0, 0)", "'10 00 00 00 01 02 00 00'",
            "'1000000001020000'", "'10:00:00:00:01:02:00:00'", "'0x20100000010'", "0x20100000010", "2203318222864"])
        {
            Run($"$map | Clear-BpfMap -Confirm:$false; $map | Set-BpfMapEntry -Key {key} -Value 3").Succeeded();

            Assert.Equal("1000000001020000", Assert.Single(KernelWitness.Entries(id)).Split('=')[0]);
        }
    }

    /// <summary>A trie's key is shown by its declared type; only what is an address, or has no type, is a prefix.</summary>
    [Theory]
    [InlineData("struct { u32 prefixlen; u32 tenant; }", "@{ prefixlen = 32; tenant = 77 }", "200000004d000000", "prefixlen=32 tenant=77")]
    [InlineData("struct { u32 prefixlen; char name[4]; }", "@{ prefixlen = 32; name = 'web' }",
        "2000000077656200", "prefixlen=32 name=web")]
    [InlineData("struct { u32 prefixlen; u8 tag[4]; }", "@{ prefixlen = 8; tag = 1, 0, 0, 0 }",
        "0800000001000000", "prefixlen=8 tag=01000000")]
    [InlineData("struct { u32 prefixlen; u32 id[4]; }", "@{ prefixlen = 64; id = 1, 0, 0, 0 }", "4000000001000000000000000000000000000000",
        "prefixlen=64 id=[1, 0, 0, 0]")]
    [InlineData("struct { u32 prefixlen; u16 zone; u16 room; }", "@{ prefixlen = 32; zone = 1; room = 2 }", "2000000001000200",
        "prefixlen=32 zone=1 room=2")]
    [InlineData("struct { u32 prefixlen; __be32 any; }", "'10.0.0.0/8'", "080000000a000000", "key=10.0.0.0/8")]
    [InlineData("struct { u32 prefixlen; bpfps_ipv4_t any; }", "'10.0.0.0/8'", "080000000a000000", "key=10.0.0.0/8")]
    [InlineData("struct { u32 prefixlen; u32 saddr; }", "'10.0.0.0/8'", "080000000a000000", "key=10.0.0.0/8")]
    [InlineData("struct { u32 prefixlen; u8 data[4]; }", "'10.0.0.0/8'", "080000000a000000", "key=10.0.0.0/8")]
    [InlineData("struct { u32 prefixlen; u8 address[16]; }", "'2001:db8::/32'",
        "2000000020010db8000000000000000000000000", "key=2001:db8::/32")]
    [InlineData("struct { u32 prefixlen; u32 tenant; }", "'10.0.0.0/8'", "080000000a000000", "prefixlen=8 tenant=10")]
    public void The_data_of_a_trie_is_what_its_type_says(string type, string key, string bytes, string shown)
    {
        var id = Make($"set_trie -Type lpm_trie -KeyType '{type}' -ValueType u32");

        Run($"$map | Set-BpfMapEntry -Key {key} -Value 3").Succeeded();

        Assert.Equal([$"{bytes}=03000000"], KernelWitness.Entries(id));
        Assert.Equal($"{shown} value=3", Run("\"$($map | Get-BpfMapEntry)\"").Only.BaseObject);
        Run("$map | Get-BpfMapEntry | Set-BpfMapEntry").Succeeded();
        Assert.Equal([$"{bytes}=03000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("-Key 256", "0 to 255")]
    [InlineData("-Key 'one'", "not a whole number")]
    public void A_key_that_does_not_fit_is_an_error_too(string key, string words)
    {
        var id = Make("set_misfit -KeyType u8 -ValueType u64");

        Assert.Contains(words, Run($"$map | Set-BpfMapEntry {key} -Value 1").Error.Exception.Message);
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Set-BpfMapEntry set_flows -Key @{ source = '192.0.2.1'; port = 443 } "
        + "-Value @{ packets = 3; mac = '02:00:5e:10:00:ff'; open = $true }")]
    [InlineData("Set-BpfMapEntry set_flows -Key @{ Source = [IPAddress]'192.0.2.1'; Port = '443' } "
        + "-Value @{ Packets = 3.0; MAC = '02-00-5E-10-00-FF'; Open = 1 }")]
    [InlineData("Set-BpfMapEntry set_flows ([pscustomobject]@{ source = '192.0.2.1'; port = 443 }) "
        + "([ordered]@{ packets = 3; mac = '02:00:5e:10:00:ff'; open = 'true'; flags = 0 })")]
    [InlineData("[pscustomobject]@{ source = '192.0.2.1'; port = 443; packets = 3; mac = '02:00:5e:10:00:ff'; open = 'True' } "
        + "| Set-BpfMapEntry set_flows")]
    public void A_struct_is_given_as_a_table_of_its_members(string set)
    {
        var id = Make($"set_flows {Flow}");

        Run(set).Succeeded();

        Assert.Equal([FlowBytes], KernelWitness.Entries(id));
    }

    [Fact]
    public void Members_that_are_not_given_are_zero_and_not_as_they_were()
    {
        var id = Make($"set_flows {Flow}");
        KernelWitness.Set(id, "c000020101bb0000", "ffffffffffffffffffffffffffff01ff");

        Run("Set-BpfMapEntry set_flows -Key @{ source = '192.0.2.1'; port = 443 } -Value @{ packets = 1 }").Succeeded();

        Assert.Equal(["c000020101bb0000=01000000000000000000000000000000"], KernelWitness.Entries(id));
    }

    [Fact]
    public void A_member_that_there_is_not_is_an_error_that_lists_those_there_are()
    {
        var id = Make($"set_flows {Flow}");

        var value = Run("Set-BpfMapEntry set_flows -Key @{ port = 1 } -Value @{ paquets = 3 }")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        var key = Run("Set-BpfMapEntry set_flows -Key @{ prot = 1 } -Value @{ packets = 3 }")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        var entry = Run("[pscustomobject]@{ port = 1; packets = 3; paquets = 3 } | Set-BpfMapEntry set_flows")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains("'paquets'", value.Exception.Message);
        Assert.Contains("packets, mac, open, flags", value.ErrorDetails.RecommendedAction);
        Assert.Contains("'prot'", key.Exception.Message);
        Assert.Contains("source, port, pad", key.ErrorDetails.RecommendedAction);
        Assert.Contains("'paquets'", entry.Exception.Message);
        Assert.Contains("source, port, pad, packets, mac, open, flags", entry.ErrorDetails.RecommendedAction);
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Fact]
    public void An_entry_is_read_changed_and_written_back_to_the_map_that_it_came_from()
    {
        Given("$o = Start-BpfProgram $types; $id = ($o.Maps | Where-Object Name -eq by_struct).Id");
        var id = Run("$id").Only.BaseObject;
        // Behind the NUL of the label there is something that no property shows.
        KernelWitness.Set(id, "c0000201c633640701bbcf2706aabbcc", "07000000000000009210000000000000666c6f7700414141");

        Run("Get-BpfMapEntry -Id $id | ForEach-Object { $_.packets++; $_.bytes = 0; $_ } | Set-BpfMapEntry").Succeeded();

        Assert.Equal(["c0000201c633640701bbcf2706aabbcc=08000000000000000000000000000000666c6f7700414141"], KernelWitness.Entries(id));
    }

    [Fact]
    public void Entries_of_several_maps_go_each_to_its_own()
    {
        var one = Make("set_first -KeyType u32 -ValueType u32");
        var other = Make("set_second -KeyType u32 -ValueType u32");
        Given("1, 2 | ForEach-Object { Set-BpfMapEntry set_first $_ $_; Set-BpfMapEntry set_second $_ (10 * $_) }");

        Run("$all = Get-BpfMapEntry set_first, set_second; "
            + "$all[0], $all[2], $all[1], $all[3] | ForEach-Object { $_.value += 100; $_ } | Set-BpfMapEntry").Succeeded();

        Assert.Equal(["01000000=65000000", "02000000=66000000"], KernelWitness.Entries(one));
        Assert.Equal(["01000000=6e000000", "02000000=78000000"], KernelWitness.Entries(other));
    }

    [Theory]
    [InlineData("Get-BpfMapEntry set_first | Set-BpfMapEntry set_second")]
    [InlineData("$entries = Get-BpfMapEntry set_first; Set-BpfMapEntry set_second -InputObject $entries")]
    public void Entries_of_one_map_are_copied_to_another_that_is_named(string copy)
    {
        Make("set_first -KeyType u32 -ValueType u32");
        var other = Make("set_second -KeyType u32 -ValueType u32");
        Given("1, 2 | ForEach-Object { Set-BpfMapEntry set_first $_ $_ }");

        Run(copy).Succeeded();

        Assert.Equal(["01000000=01000000", "02000000=02000000"], KernelWitness.Entries(other));
    }

    [Fact]
    public void Ten_thousand_rows_are_written_and_the_last_of_a_key_stays()
    {
        var id = Make("set_many -KeyType u32 -ValueType u32");

        Run("& { foreach ($i in 1..10000) { [pscustomobject]@{ key = $i; value = $i } }; @{ key = 5; value = 1 } } "
            + "| Set-BpfMapEntry set_many").Succeeded();

        var entries = KernelWitness.Entries(id);
        Assert.Equal(10000, entries.Count);
        Assert.Contains("05000000=01000000", entries);
        Assert.Contains("10270000=10270000", entries);
    }

    [Fact]
    public void One_row_that_does_not_fit_is_an_error_and_the_others_are_written()
    {
        var id = Make("set_rows -KeyType u32 -ValueType u8");

        var outcome = Run("$bad = [pscustomobject]@{ key = 2; value = 256 }; "
            + "@{ key = 1; value = 1 }, $bad, @{ key = 3; value = 3 } | Set-BpfMapEntry set_rows");

        Assert.False(outcome.WasTerminated);
        Assert.Contains("0 to 255", outcome.Error.Exception.Message);
        Assert.Equal(["01000000=01", "03000000=03"], KernelWitness.Entries(id));
    }

    [Fact]
    public void NoExist_writes_only_what_is_not_there_and_Exist_only_what_is()
    {
        var id = Make("set_mode -KeyType u32 -ValueType u32");
        Given("Set-BpfMapEntry set_mode 1 10");

        Run("Set-BpfMapEntry set_mode 1 20 -NoExist").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists, 1);
        Run("Set-BpfMapEntry set_mode 2 20 -NoExist").Succeeded();
        Assert.StartsWith("BpfNotFound,", Run("Set-BpfMapEntry set_mode 3 30 -Exist").Error.FullyQualifiedErrorId);
        Run("Set-BpfMapEntry set_mode 2 30 -Exist").Succeeded();

        Assert.Equal(["01000000=0a000000", "02000000=1e000000"], KernelWitness.Entries(id));
    }

    [Fact]
    public void Of_many_entries_those_that_are_there_or_not_are_an_error_each_and_the_others_are_written()
    {
        var id = Make("set_mode -KeyType u32 -ValueType u32");
        Given("2, 4 | ForEach-Object { Set-BpfMapEntry set_mode $_ 0 }");
        const string Rows = "1..5 | ForEach-Object { [pscustomobject]@{ key = $_; value = $_ } }";

        var added = Run($"{Rows} | Set-BpfMapEntry set_mode -NoExist -ErrorVariable refused; $refused.TargetObject.key");

        Assert.Equal([2, 4], added.Output.Select(key => key.BaseObject));
        Assert.Equal(2, added.Errors.Count);
        Assert.All(added.Errors, error => Assert.StartsWith("BpfAlreadyExists,", error.FullyQualifiedErrorId));
        Assert.Equal(["01000000=01000000", "02000000=00000000", "03000000=03000000", "04000000=00000000", "05000000=05000000"],
            KernelWitness.Entries(id));
        Given("Remove-BpfMapEntry set_mode -Key 1, 3, 5");

        var changed = Run($"{Rows} | Set-BpfMapEntry set_mode -Exist");

        Assert.Equal(3, changed.Errors.Count);
        Assert.Equal(["02000000=02000000", "04000000=04000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Set-BpfMapEntry set_wrong 1 1 -NoExist -Exist", "exclude each other")]
    [InlineData("Set-BpfMapEntry set_wrong -Key 1", "no value")]
    [InlineData("Set-BpfMapEntry set_wrong -Value 1", "No key is specified for the entry of 'set_wrong'.")]
    [InlineData("Set-BpfMapEntry set_wrong", "No entry is specified")]
    [InlineData("@{ key = 1; value = 1 } | Set-BpfMapEntry set_wrong -Cpu 0", "-Cpu goes with -Key and -Value")]
    [InlineData("@{ key = 1; value = 1 } | Set-BpfMapEntry", "No map is specified")]
    [InlineData("5 | Set-BpfMapEntry set_wrong", "is not a map entry")]
    [InlineData("@{ value = 1 } | Set-BpfMapEntry set_wrong", "no member of the key")]
    [InlineData("@{ key = 1 } | Set-BpfMapEntry set_wrong", "no member of the value")]
    [InlineData("Get-BpfProgram | Where-Object Id -lt 0 | Set-BpfMapEntry -Key 1 -Value 1; "
        + "[pscustomobject]@{ Id = 'x' } | Set-BpfMapEntry -Key 1 -Value 1", "cannot be used as a map")]
    [InlineData("Set-BpfMapEntry -Key 1 -Value 1", "No map is specified")]
    public void What_is_not_said_whole_is_one_error_and_writes_nothing(string set, string words)
    {
        var id = Make("set_wrong -KeyType u32 -ValueType u32");

        Assert.Contains(words, Run(set).Error.Exception.Message);
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Fact]
    public void A_value_for_each_CPU_is_set_for_all_for_one_or_as_a_list()
    {
        var id = Make("set_cpus -Type percpu_array -ValueType u32 -MaxEntries 1");
        var cpus = KernelWitness.Entries(id).Single().Count(c => c == ',') + 1;
        string Expected(Func<int, int> value) =>
            "00000000=" + string.Join(
                ',', Enumerable.Range(0, cpus).Select(cpu => Convert.ToHexStringLower(BitConverter.GetBytes(value(cpu)))));

        Run("Set-BpfMapEntry set_cpus 0 5").Succeeded();
        Assert.Equal(Expected(_ => 5), KernelWitness.Entries(id).Single());

        Run($"Set-BpfMapEntry set_cpus 0 7 -Cpu {cpus - 1}").Succeeded();
        Assert.Equal(Expected(cpu => cpu == cpus - 1 ? 7 : 5), KernelWitness.Entries(id).Single());

        Run($"Set-BpfMapEntry set_cpus 0 (10..{9 + cpus})").Succeeded();
        Assert.Equal(Expected(cpu => 10 + cpu), KernelWitness.Entries(id).Single());

        Run("Get-BpfMapEntry set_cpus | ForEach-Object { $_.cpu0 = 99; $_ } | Set-BpfMapEntry").Succeeded();
        Assert.Equal(Expected(cpu => cpu == 0 ? 99 : 10 + cpu), KernelWitness.Entries(id).Single());

        Assert.Contains($"0 to {cpus - 1}", Run($"Set-BpfMapEntry set_cpus 0 1 -Cpu {cpus}").Error.Exception.Message);
        Assert.Contains($"{cpus + 1} values are specified for {cpus} CPUs.",
            Run($"Set-BpfMapEntry set_cpus 0 (0..{cpus})").Error.Exception.Message);
        Assert.Equal(Expected(cpu => cpu == 0 ? 99 : 10 + cpu), KernelWitness.Entries(id).Single());
    }

    [Fact]
    public void A_CPUs_value_of_an_entry_that_is_new_leaves_zeros_for_the_others()
    {
        var id = Make("set_cpus -Type percpu_hash -KeyType u32 -ValueType u32");

        Run("Set-BpfMapEntry set_cpus 1 7 -Cpu 0").Succeeded();

        var values = KernelWitness.Entries(id).Single()["01000000=".Length..].Split(',');
        Assert.Equal("07000000", values[0]);
        Assert.All(values[1..], value => Assert.Equal("00000000", value));
    }

    [Fact]
    public void A_CPU_of_a_map_that_has_one_value_for_all_is_an_error()
    {
        var id = Make("set_cpus -KeyType u32 -ValueType u32");

        Assert.Contains("one value for all CPUs", Run("Set-BpfMapEntry set_cpus 1 7 -Cpu 0").Error.Exception.Message);
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Set-BpfMapEntry set_whatif 1 20 -WhatIf")]
    [InlineData("Get-BpfMapEntry set_whatif | ForEach-Object { $_.value = 20; $_ } | Set-BpfMapEntry -WhatIf")]
    [InlineData("@{ key = 2; value = 20 } | Set-BpfMapEntry set_whatif -WhatIf -PassThru")]
    public void WhatIf_says_what_it_would_do_and_writes_nothing(string set)
    {
        var id = Make("set_whatif -KeyType u32 -ValueType u32");
        Given("Set-BpfMapEntry set_whatif 1 10");

        Assert.Contains($"set_whatif (hash, id {id})", Session.Show(set));

        Assert.Equal(["01000000=0a000000"], KernelWitness.Entries(id));
    }

    [Fact]
    public void PassThru_gives_the_entry_as_it_is_then()
    {
        Make($"set_flows {Flow}");

        var entry = Run("Set-BpfMapEntry set_flows -Key @{ source = '192.0.2.1'; port = 443 } -Value @{ packets = '3' } -PassThru").Only;
        var rows = Run("@{ port = 1; packets = 1 }, @{ port = 443; source = '192.0.2.1'; packets = 1 } "
            + "| Set-BpfMapEntry set_flows -NoExist -PassThru");

        Assert.Equal(System.Net.IPAddress.Parse("192.0.2.1"), entry.Get("source"));
        Assert.Equal(3UL, entry.Get("packets"));
        Assert.Single(rows.Errors);
        Assert.Equal(1, ((System.Collections.Hashtable)Assert.Single(rows.Output).BaseObject)["port"]); // what was refused is not given
    }

    [Fact]
    public void A_name_that_two_maps_have_means_both_and_an_id_means_one()
    {
        var ids = new[] { Make("set_alike -KeyType u32 -ValueType u64"), Make("set_alike -KeyType u32 -ValueType u64") };

        Run($"Set-BpfMapEntry set_alike 1 1; Set-BpfMapEntry -Id {ids[1]} 2 2").Succeeded();

        Assert.Equal(["01000000=0100000000000000"], KernelWitness.Entries(ids[0]));
        Assert.Equal(["01000000=0100000000000000", "02000000=0200000000000000"], KernelWitness.Entries(ids[1]));
    }

    [Theory]
    [InlineData("Set-BpfMapEntry set_each_a, set_each_b -Key 1 -Value 5")]
    [InlineData("Set-BpfMapEntry set_each_? 1 5")]
    [InlineData("Set-BpfMapEntry -Id $a, $b -Key 1 -Value 5")]
    [InlineData("Set-BpfMapEntry -Path {0}/a, {0}/b -Key 1 -Value 5")]
    [InlineData("Set-BpfMapEntry -Path {0} -Key 1 -Value 5")]
    [InlineData("Get-BpfMap set_each_* | Set-BpfMapEntry -Key 1 -Value 5")]
    [InlineData("@{{ key = 1; value = 5 }} | Set-BpfMapEntry set_each_a, set_each_b")]
    [InlineData("@{{ key = 1; value = 4 }}, @{{ key = 1; value = 5 }} | Set-BpfMapEntry set_each_*")]
    [InlineData("@{{ key = 1; value = 5 }} | Set-BpfMapEntry -Path {0}/* -PassThru | Out-Null")]
    public void Every_map_that_is_named_is_written(string set)
    {
        using var pins = new PinFolder();
        var ids = new[] { Make($"set_each_a -KeyType u32 -ValueType u32 -PinPath {pins.Name}/a"),
            Make($"set_each_b -KeyType u32 -ValueType u32 -PinPath {pins.Name}/b") };
        Given($"$a, $b = {ids[0]}, {ids[1]}");

        Run(string.Format(set, pins.Name)).Succeeded();

        Assert.All(ids, id => Assert.Equal(["01000000=05000000"], KernelWitness.Entries(id)));
    }

    [Theory]
    [InlineData("Set-BpfMapEntry set_wild* 1 1")]
    [InlineData("@{ key = 1; value = 1 } | Set-BpfMapEntry set_wild*")]
    public void A_wildcard_means_no_ring_buffer(string set)
    {
        var id = Make("set_wild_hash -KeyType u32 -ValueType u32");
        Make("set_wild_ring -Type ringbuf");

        Run(set).Succeeded();

        Assert.Equal(["01000000=01000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Set-BpfMapEntry nosuch, set_there 1 1")]
    [InlineData("@{ key = 1; value = 1 } | Set-BpfMapEntry nosuch, set_there")]
    public void One_name_that_is_nobodys_is_an_error_and_the_other_maps_are_written(string set)
    {
        var id = Make("set_there -KeyType u32 -ValueType u32");

        var outcome = Run(set);

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.False(outcome.WasTerminated);
        Assert.Equal(["01000000=01000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Set-BpfMapEntry nosuch* 1 1")]
    [InlineData("@{ key = 1; value = 1 } | Set-BpfMapEntry nosuch*")]
    public void Wildcards_that_match_nothing_are_silence(string set) => Assert.Empty(Run(set).Succeeded().Output);

    [Fact]
    public void More_maps_than_are_kept_open_at_once_get_their_entries()
    {
        var ids = Enumerable.Range(0, 10).Select(i => Make($"set_many_{i} -KeyType u32 -ValueType u32")).ToArray();

        Run("1..3 | ForEach-Object { [pscustomobject]@{ key = $_; value = $_ } } | Set-BpfMapEntry set_many_*").Succeeded();

        Assert.All(ids, id => Assert.Equal(["01000000=01000000", "02000000=02000000", "03000000=03000000"], KernelWitness.Entries(id)));
    }

    [Fact]
    public void Maps_from_the_pipeline_and_others_by_name_are_an_error()
    {
        var id = Make("set_both -KeyType u32 -ValueType u32");

        var error = Run("$map | Set-BpfMapEntry set_both -Key 1 -Value 1").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains("others were named", error.Exception.Message);
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Set-BpfMapEntry nosuch 1 1", "BpfNotFound", "nosuch")]
    [InlineData("Set-BpfMapEntry -Id 4000000000 1 1", "BpfNotFound", 4000000000u)]
    [InlineData("Set-BpfMapEntry -Path nosuch/map 1 1", "BpfNotFound", "nosuch/map")]
    [InlineData("@{ key = 1; value = 1 } | Set-BpfMapEntry nosuch", "BpfNotFound", "nosuch")]
    public void A_map_that_is_not_there_is_one_error(string set, string id, object target)
    {
        using var pins = new PinFolder();

        Run(set).FailedWith(id, ErrorCategory.ObjectNotFound, target);
    }

    [Fact]
    public void A_map_that_went_meanwhile_is_one_error_and_the_next_is_written()
    {
        var gone = Make("set_gone -KeyType u32 -ValueType u32");
        Given("$gone = Get-BpfMap set_gone; Set-BpfMapEntry set_gone 1 1; $entry = Get-BpfMapEntry set_gone; Remove-BpfMap set_gone");
        var left = Make("set_left -KeyType u32 -ValueType u32");
        Assert.True(SpinWait.SpinUntil(() => !KernelWitness.HasMap(gone), TimeSpan.FromSeconds(5)));

        var outcome = Run("$gone, $map | Set-BpfMapEntry -Key 1 -Value 1");
        outcome.FailedWith("BpfVanished", ErrorCategory.ObjectNotFound);
        Run("$entry | Set-BpfMapEntry").FailedWith("BpfVanished", ErrorCategory.ObjectNotFound);

        Assert.False(outcome.WasTerminated);
        Assert.Equal(["01000000=01000000"], KernelWitness.Entries(left));
    }

    [Fact]
    public void A_full_map_ends_it_with_an_error_that_says_how_many_were_written()
    {
        var id = Make("set_full -KeyType u32 -ValueType u32 -MaxEntries 3");

        var error = Run("1..5 | ForEach-Object { [pscustomobject]@{ key = $_; value = $_ } } | Set-BpfMapEntry set_full")
            .FailedWith("BpfOperationFailed", ErrorCategory.InvalidOperation);

        Assert.Contains("holds at most 3 entries. 3 entries were written before that. The entry that failed has the key 4.",
            error.Exception.Message);
        Assert.Equal(["01000000=01000000", "02000000=02000000", "03000000=03000000"], KernelWitness.Entries(id));
        Run("Set-BpfMapEntry set_full 4 4").FailedWith("BpfOperationFailed", ErrorCategory.InvalidOperation);
        Run("Set-BpfMapEntry set_full 3 30").Succeeded(); // what is there has its place
        Assert.Contains("03000000=1e000000", KernelWitness.Entries(id));
    }

    [Fact]
    public void A_value_that_does_not_fit_says_which_entry_it_was_and_how_many_were_written_before()
    {
        var id = Make("set_between -KeyType u32 -ValueType u8");
        const string Pipeline = "1, 2, 300, 4 | ForEach-Object { [pscustomobject]@{ key = $_ + 10; value = $_ } } "
            + "| Set-BpfMapEntry set_between";

        var stopped = Run($"{Pipeline} -ErrorAction Stop");

        Assert.Contains("2 entries were written before that. The entry that failed has the key 310.", stopped.Error.Exception.Message);
        Assert.True(stopped.WasTerminated);
        Assert.Equal(["0b000000=01", "0c000000=02"], KernelWitness.Entries(id));
        Assert.Contains("2 entries were written before that.", Run(Pipeline).Error.Exception.Message);
        Assert.Equal(["0b000000=01", "0c000000=02", "0e000000=04"], KernelWitness.Entries(id));
    }

    [Fact]
    public void A_pipeline_that_is_interrupted_says_how_many_entries_were_written()
    {
        var id = Make("set_stopped -KeyType u32 -ValueType u32");
        using (var running = Session.Start(
            "1..1e6 | ForEach-Object { if ($_ -eq 6) { Start-Sleep 60 }; @{ key = $_; value = $_ } } | Set-BpfMapEntry set_stopped"))
        {
            running.Await(() => KernelWitness.Entries(id).Count == 5, "five entries were written");
            running.Stop();
        }
        Assert.Contains("WARNING: The pipeline ended early. 5 entries were written before that, and stay written.", Session.Host.Text);

        Run("1..7 | ForEach-Object { if ($_ -eq 7) { throw 'elsewhere' }; @{ key = $_; value = $_ } } | Set-BpfMapEntry set_stopped");

        Assert.Contains("6 entries were written before that, and stay written.", Session.Host.Text);
        Assert.Equal(6, KernelWitness.Entries(id).Count);
    }

    [Fact]
    public void A_frozen_map_and_one_that_is_read_only_say_so()
    {
        var frozen = Make("set_frozen -Type array -ValueType u32 -MaxEntries 1");
        Given("Lock-BpfMap set_frozen");
        Assert.Contains("'set_frozen' is frozen",
            Run("Set-BpfMapEntry set_frozen 0 1").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).Exception.Message);
        Assert.Contains("0 entries were written", Run("@{ key = 0; value = 1 } | Set-BpfMapEntry set_frozen").Error.Exception.Message);
        Assert.Equal(["00000000=00000000"], KernelWitness.Entries(frozen));

        var readOnly = Make("set_rdonly -Type array -ValueType u32 -MaxEntries 1 -Flags rdonly");
        var error = Run("$map | Set-BpfMapEntry -Key 0 -Value 1").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Assert.Contains("open for reading only", error.Exception.Message);
        Assert.Contains($"Get-BpfMap -Id {readOnly}", error.ErrorDetails.RecommendedAction);
        Assert.Equal(["00000000=00000000"], KernelWitness.Entries(readOnly));
        Run($"Get-BpfMap -Id {readOnly} | Set-BpfMapEntry -Key 0 -Value 1").Succeeded(); // as the error said
        Assert.Equal(["00000000=01000000"], KernelWitness.Entries(readOnly));
    }

    [Theory]
    [InlineData("stack_trace", "cannot be written to from user space")]
    [InlineData("ringbuf", "maps of type ringbuf have no entries")]
    public void A_type_of_map_that_cannot_be_written_to_is_an_error(string type, string words)
    {
        Make($"set_cannot -Type {type}");

        Assert.Contains(words, Run("Set-BpfMapEntry set_cannot 0 1").Error.Exception.Message);
        Assert.StartsWith("BpfNotSupported,", Run("@{ key = 0; value = 1 } | Set-BpfMapEntry set_cannot").Error.FullyQualifiedErrorId);
    }

    [Fact]
    public void An_index_that_an_array_does_not_have_is_an_error_that_says_which_it_has()
    {
        var id = Make("set_array -Type array -ValueType u32 -MaxEntries 4");

        Assert.Contains("only has the indexes 0 to 3", Run("Set-BpfMapEntry set_array 4 1").Error.Exception.Message);
        Run("Set-BpfMapEntry set_array 3 1").Succeeded();

        Assert.Equal(["00000000=00000000", "01000000=00000000", "02000000=00000000", "03000000=01000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("queue", "01", "02")]
    [InlineData("stack", "02", "01")]
    public void A_queue_and_a_stack_take_values_without_keys(string type, string first, string second)
    {
        var id = Make($"set_waiting -Type {type} -ValueType u32 -MaxEntries 2");

        Run("1, 2 | ForEach-Object { Set-BpfMapEntry set_waiting -Value $_ }").Succeeded();
        Assert.Contains("at most 2 entries", Run("Set-BpfMapEntry set_waiting -Value 3").Error.Exception.Message);
        Assert.Contains("have no keys", Run("Set-BpfMapEntry set_waiting 1 3").Error.Exception.Message);

        string Pop() => Command.Output("bpftool", "-j", "map", "pop", "id", $"{id}");
        Assert.Contains($"[\"0x{first}\"", Pop());
        Assert.Contains($"[\"0x{second}\"", Pop());
    }

    [Theory]
    [InlineData("__be32 address", "'10.0.0.0/8'", "080000000a000000")]
    [InlineData("__be32 address", "'10.1.2.3/8'", "080000000a000000")]
    [InlineData("__be32 address", "'192.0.2.1'", "20000000c0000201")]
    [InlineData("u8 address[4]", "'192.0.2.128/25'", "19000000c0000280")]
    [InlineData("u8 address[16]", "'2001:db8::/32'", "2000000020010db8000000000000000000000000")]
    [InlineData("u8 address[16]", "([System.Net.IPNetwork]::Parse('2001:db8::/32'))", "2000000020010db8000000000000000000000000")]
    public void The_key_of_a_trie_is_a_prefix(string address, string prefix, string bytes)
    {
        var id = Make($"set_trie -Type lpm_trie -KeyType 'struct {{ u32 prefixlen; {address}; }}' -ValueType u32");

        Run($"Set-BpfMapEntry set_trie -Key {prefix} -Value 1").Succeeded();

        Assert.Equal([$"{bytes}=01000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("'10.0.0.0/33'")]
    [InlineData("'10.0.0/8'")]
    [InlineData("'2001:db8::/32'")]
    [InlineData("'everything'")]
    public void What_is_no_prefix_is_an_error(string prefix)
    {
        var id = Make("set_trie -Type lpm_trie -KeyType 'struct { u32 prefixlen; __be32 address; }' -ValueType u32");

        Assert.Contains("not an IPv4 prefix", Run($"Set-BpfMapEntry set_trie -Key {prefix} -Value 1").Error.Exception.Message);
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("$inner")]
    [InlineData("$inner.Id")]
    [InlineData("'{0}/inner'")]
    public void A_map_is_put_into_a_map_as_an_object_an_id_or_a_pin(string value)
    {
        using var pins = new PinFolder();
        Given($"$inner = New-BpfMap set_inner -Type array -ValueType u64 -MaxEntries 4 -PinPath {pins.Name}/inner");
        var inner = (uint)Run("$inner.Id").Only.BaseObject;
        var id = Make("set_outer -Type array_of_maps -InnerMap $inner -MaxEntries 2");

        Run($"Set-BpfMapEntry set_outer 1 {string.Format(value, pins.Name)}").Succeeded();

        Assert.Equal([$"01000000={Convert.ToHexStringLower(BitConverter.GetBytes(inner))}"], KernelWitness.Entries(id));
    }

    [Fact]
    public void An_interface_is_put_into_a_devmap_by_its_name()
    {
        var index = int.Parse(Command.Output("ip", "-o", "link", "show", "lo").Split(':')[0]);
        var id = Make("set_devices -Type devmap -ValueSize 4 -MaxEntries 2");

        Run("Set-BpfMapEntry set_devices 1 lo").Succeeded();
        var error = Run("Set-BpfMapEntry set_devices 0 nosuch0").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);

        Assert.Contains("lo", error.ErrorDetails.RecommendedAction);
        Assert.Equal([$"01000000={Convert.ToHexStringLower(BitConverter.GetBytes(index))}"], KernelWitness.Entries(id));
    }

    [Fact]
    public void Bytes_without_a_type_are_given_as_a_list_as_hexadecimal_text_or_as_a_number()
    {
        var id = Make("set_bytes -KeySize 4 -ValueSize 3");

        Run("Set-BpfMapEntry set_bytes 1 (1, 2, 3); Set-BpfMapEntry set_bytes 0x01020304 '0a0b0c'; "
            + "Set-BpfMapEntry set_bytes '00 00 00 09' ([byte[]](7, 8, 9))").Succeeded();
        Assert.Contains("2 elements, but must have 3", Run("Set-BpfMapEntry set_bytes 1 (1, 2)").Error.Exception.Message);

        Assert.Equal(["00000009=070809", "01000000=010203", "04030201=0a0b0c"], KernelWitness.Entries(id));
    }

    [Fact]
    public void What_is_written_to_a_user_ring_buffer_its_program_takes()
    {
        Given("$o = Start-BpfProgram $records -Variable $producer; $ring = $o.Maps | Where-Object Name -eq commands");
        var variables = Run("($o.Maps | Where-Object Name -like *.bss).Id").Only.BaseObject;

        Run("$ring | Set-BpfMapEntry -Value @{ number = 7; port = 443; amount = 5; label = 'first' }").Succeeded();
        Run("@{ amount = 6; label = 'second' } | Set-BpfMapEntry -Id $ring.Id").Succeeded();
        var misfit = Run("$ring | Set-BpfMapEntry -Value @{ prot = 1 }").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Assert.Equal(0, KernelWitness.Globals(variables, ".bss")["taken"].GetInt32());
        Producer.Call();

        var seen = KernelWitness.Globals(variables, ".bss");
        Assert.Contains("number, port, flags, amount, label", misfit.ErrorDetails.RecommendedAction);
        Assert.Equal((2, 11), (seen["taken"].GetInt32(), seen["amounts"].GetInt32()));
        Assert.Equal("second", seen["latest"].GetProperty("label").GetString());
    }

    [Fact]
    public void Ctrl_C_ends_the_writing_of_an_endless_pipeline_and_lets_go_of_the_map()
    {
        var id = Make("set_endless -Type lru_hash -KeyType u32 -ValueType u32 -MaxEntries 100");
        using var running = Session.Start("& { $i = 0; while ($true) { [pscustomobject]@{ key = $i; value = $i++ } } } "
            + "| Set-BpfMapEntry set_endless");
        running.Await(() => KernelWitness.Entries(id).Count > 0, "entries were written");

        Assert.True(running.Stop() < TimeSpan.FromSeconds(1));
        Run("Remove-BpfMap set_endless").Succeeded();

        NothingIsLeft();
    }
}
