using System.Text.RegularExpressions;
using BpfPS.Module.Tests.Help;

namespace BpfPS.Module.Tests.Common;

/// <summary>
/// Values with a meaning go through JSON, CSV files and PowerShell's own serialization, which Export-Clixml, jobs and remoting share,
/// and back into the map. What was in the map before and after, bpftool tells.
/// </summary>
public sealed class SerializationTests : KernelTest
{
    private const string Json = "ConvertTo-Json -Depth 4 | ConvertFrom-Json";
    private const string Csv = "ConvertTo-Csv | ConvertFrom-Csv";
    private const string Clixml = "ForEach-Object { [System.Management.Automation.PSSerializer]::Deserialize("
        + "[System.Management.Automation.PSSerializer]::Serialize($_)) }";

    // A type, a value of it, and what ConvertTo-Json and Export-Csv make of that. The table in about_BpfPS has the same.
    private static readonly (string Type, string Value, string Json, string Csv)[] s_kinds =
    [
        ("bpfps_ipv4_t", "'192.0.2.1'", """{"IPAddressToString":"192.0.2.1"}""", "192.0.2.1"),
        ("bpfps_ipv6_t", "'2001:db8::1'", """{"IPAddressToString":"2001:db8::1"}""", "2001:db8::1"),
        ("bpfps_mac_t", "'02:00:5e:10:00:ff'", """{"Address":"02:00:5e:10:00:ff"}""", "02:00:5e:10:00:ff"),
        ("bpfps_port_t", "443", "443", "443"),
        ("bpfps_duration_t", "'1.5s'", """{"Ticks":15000000,...}""", "00:00:01.5000000"),
        ("bpfps_errno_t", "'ENOENT'", "2", "ENOENT"),
        ("bpfps_cgroup_t", "4242", "4242", "4242"),
        ("bpfps_pid_t", "77", "77", "77"),
        ("bpfps_kernel_stack_t", "12", "12", "12"),
        ("enum { DOWN, UP = 2 }", "'UP'", "2", "UP"),
        ("__int128", "-170141183460469231731687303715884105728", "-170141183460469231731687303715884105728",
            "-170141183460469231731687303715884105728"),
        ("u64", "18446744073709551615", "18446744073709551615", "18446744073709551615"),
        ("bool", "$true", "true", "True"),
        ("double", "0.1", "0.1", "0.1"),
        ("char[8]", "\"a 'b`n\"", "\"a 'b\\n\"", "a 'b\n"),
        ("s32[3]", "1, -2, 3", "[1,-2,3]", "1 -2 3"),
        ("s8[4]", "1, -2, 3, 4", "[1,-2,3,4]", "1 -2 3 4"),
        ("u8[3]", "'0a0b0c'", "[10,11,12]", "0a0b0c"),
        ("u32[1][2]", "@(,@(1, 2))", "[[1,2]]", "[1, 2]"),
        ("u16[2][2]", "@(@(1, 2), @(3, 4))", "[[1,2],[3,4]]", "[1, 2] [3, 4]"),
        ("struct { struct { s16 x; char label[8]; } at; }", "@{ at = @{ x = -1; label = 'q u' } }", """{"x":-1,"label":"q u"}""",
            "x=-1 label='q u'"),
        ("struct { struct { u8 x; char label[4]; } all[2]; }", "@{ all = @(@{ x = 1; label = 'b{,' }, @{ x = 2 }) }",
            """[{"x":1,"label":"b{,"},{"x":2,"label":""}]""", "{x=1 label='b{,'} {x=2 label=''}"),
    ];

    public static TheoryData<string, string> Kinds => [.. s_kinds.Select(kind => (kind.Type, kind.Value))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_value_is_the_same_after_each_way_out_and_back(string type, string value)
    {
        var id = Make($"ways_out -KeyType u32 -ValueType '{type}'");
        Run($"$map | Set-BpfMapEntry -Key 1 -Value {value}").Succeeded();
        var before = KernelWitness.Entries(id);
        foreach (var way in (string[])[Json, Csv, Clixml, $"{Clixml} | {Clixml}", $"{Clixml} | {Json}"])
        {
            Run($"$back = $map | Get-BpfMapEntry | {way}; Clear-BpfMap ways_out -Confirm:$false").Succeeded();
            Assert.Empty(KernelWitness.Entries(id));
            Run("$back | Set-BpfMapEntry ways_out").Succeeded();
            Assert.Equal(before, KernelWitness.Entries(id));
        }
    }

    [Fact]
    public void A_key_is_the_same_as_well_also_a_prefix()
    {
        var id = Make("ways_of_keys -Type lpm_trie -KeyType 'struct { u32 prefixlen; bpfps_ipv6_t address; }' -ValueType u32");
        Run("$map | Set-BpfMapEntry -Key '2001:db8::/32' -Value 5").Succeeded();
        var before = KernelWitness.Entries(id);
        foreach (var way in (string[])[Json, Csv, Clixml])
        {
            Run($"$back = $map | Get-BpfMapEntry | {way}; Clear-BpfMap ways_of_keys -Confirm:$false; $back | Set-BpfMapEntry ways_of_keys")
                .Succeeded();
            Assert.Equal(before, KernelWitness.Entries(id));
        }
    }

    [Fact]
    public void The_values_of_all_cpus_are_the_same_and_their_sums_are_not_taken_for_values()
    {
        var id = Make("ways_of_cpus -Type percpu_hash -KeyType u32 -ValueType 'struct { u64 packets; bpfps_duration_t spent; }'");
        Run("$map | Set-BpfMapEntry -Key 1 -Value @{ packets = 7; spent = '2ms' }").Succeeded();
        string Values() => Command.Output("bpftool", ["map", "dump", "id", $"{id}"]);
        var before = Values();
        foreach (var way in (string[])[Json, Csv, Clixml])
        {
            Run($"$back = $map | Get-BpfMapEntry | {way}; Clear-BpfMap ways_of_cpus -Confirm:$false; $back | Set-BpfMapEntry ways_of_cpus")
                .Succeeded();
            Assert.Equal(before, Values());
        }
    }

    [Fact]
    public void A_time_keeps_its_fraction_and_zone_and_none_is_empty()
    {
        Make("ways_of_time -KeyType u32 -ValueType 'struct { bpfps_time_t last; bpfps_time_t never; }'");
        Run("$map | Set-BpfMapEntry -Key 1 -Value @{ last = [datetime]::Now }; $entry = $map | Get-BpfMapEntry").Succeeded();
        var last = (DateTime)((PSObject)Run("$entry.last").Only).BaseObject;

        Assert.Null(Assert.Single(Run("$entry.never").Output));
        Assert.Equal(last.ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
            $"{Run("$entry.last.ToString('HH:mm:ss')").Only}");
        Assert.Equal($"{last.Year}", $"{Run("$entry.last.ToString('yyyy', [cultureinfo]::InvariantCulture)").Only}");
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}[+-]\d\d:\d\d$", $"{Run($"($entry | {Csv}).last").Only}");
        Assert.Equal("", $"{Run($"($entry | {Csv}).never").Only}");
        foreach (var way in (string[])[Json, Csv, Clixml])
        {
            Assert.Equal(last.ToUniversalTime(), (DateTime)Run($"([datetime]($entry | {way}).last).ToUniversalTime()").Only.BaseObject);
            Run($"$entry | {way} | Set-BpfMapEntry ways_of_time").Succeeded();
            Assert.Null(Assert.Single(Run("($map | Get-BpfMapEntry).never").Output));
            // The clock's own drift between the two readings.
            Assert.True(((DateTime)Run("($map | Get-BpfMapEntry).last").Only.BaseObject - last).Duration() < TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public void Text_is_what_it_was_before_also_where_it_looks_like_something_else()
    {
        var id = Make("ways_of_text -KeyType u32 -ValueType 'struct { struct { char a[12]; char b[12]; } in; }'");
        foreach (var text in (string[])["", " ", "a=b", "{x}", "[1, 2]", "it's", @"back\slash\n", "`e[1m", "`u{202e}abc", "1,5", "True"])
        {
            Run($"$map | Set-BpfMapEntry -Key 1 -Value @{{ in = @{{ a = \"{text}\"; b = 'z' }} }}").Succeeded();
            var before = KernelWitness.Entries(id);
            foreach (var way in (string[])[Json, Csv, Clixml])
            {
                Run($"$back = $map | Get-BpfMapEntry | {way}; Clear-BpfMap ways_of_text -Confirm:$false").Succeeded();
                Run("$back | Set-BpfMapEntry ways_of_text").Succeeded();
                Assert.Equal(before, KernelWitness.Entries(id));
            }
        }
        Assert.DoesNotContain('\e', $"{Run("\"$(($map | Get-BpfMapEntry).in)\"").Only}");
    }

    [Theory]
    [InlineData("s32[3]", "'1 2'", "2 elements")]
    [InlineData("s32[3]", "'[1, 2, 3'", "not a list")]
    [InlineData("s32[3]", "'1 2 x'", "not a whole number")]
    [InlineData("struct { struct { u8 x; } at; u8 y; }", "@{ at = 'x=1 x=2' }", "must be a hashtable")]
    [InlineData("struct { struct { u8 x; } at; u8 y; }", "@{ at = 'z=1' }", "no member 'z'")]
    [InlineData("bpfps_mac_t", "@{ Address = 'x' }", "not a MAC address")]
    [InlineData("bpfps_ipv6_t", "@{ Address = $null; AddressFamily = 23 }", "not an address")]
    public void A_cell_that_says_something_else_is_an_error(string type, string value, string message)
    {
        var id = Make($"ways_wrong -KeyType u32 -ValueType '{type}'");

        Assert.Contains(message, $"{Run($"$map | Set-BpfMapEntry -Key 1 -Value {value}").Error}");

        Assert.Empty(KernelWitness.Entries(id));
    }

    [Fact]
    public void An_entry_knows_its_map_after_a_file_or_job_but_not_on_another_host()
    {
        var id = Make("ways_home -KeyType u32 -ValueType u64");
        Run("$map | Set-BpfMapEntry -Key 1 -Value 5; $entry = $map | Get-BpfMapEntry").Succeeded();
        Run($"$back = $entry | {Clixml}; $back.value = 6; $back | Set-BpfMapEntry").Succeeded();
        Assert.Equal(["01000000=0600000000000000"], KernelWitness.Entries(id));

        Run(Foreign("$entry", "$foreign")).Succeeded();
        Assert.Contains("another host", $"{Run("$foreign | Set-BpfMapEntry").Error}");
        Assert.Contains("another host", $"{Run("$foreign | Remove-BpfMapEntry").Error}");
        // Its values are values all the same.
        Run("$foreign.value = 7; $foreign | Set-BpfMapEntry ways_home").Succeeded();
        Assert.Equal(["01000000=0700000000000000"], KernelWitness.Entries(id));
    }

    [Fact]
    public void What_remoting_adds_to_an_entry_is_not_a_member()
    {
        var id = Make("ways_remote -KeyType u32 -ValueType u64");
        Run("$map | Set-BpfMapEntry -Key 1 -Value 5; $back = $map | Get-BpfMapEntry | " + Clixml + "; "
            + "$back | Add-Member PSComputerName web1; $back | Add-Member RunspaceId ([guid]::Empty); "
            + "$back | Add-Member PSShowComputerName $true; $back.value = 6; $back | Set-BpfMapEntry ways_remote").Succeeded();

        Assert.Equal(["01000000=0600000000000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Get-BpfMap ways_bound", "Get-BpfMapEntry")]
    [InlineData("Get-BpfMap ways_bound", "Get-BpfMap")]
    [InlineData("Get-BpfPin -Path {0}/it", "Get-BpfMapEntry")]
    [InlineData("Get-BpfPin -Path {0}/it", "Get-BpfPin")]
    [InlineData("Get-BpfPin -Path {0}/it", "Stop-BpfProgram -PassThru")]
    [InlineData("Get-BpfPin -Path {0}/it", "Remove-BpfPin -PassThru")]
    public void What_names_a_thing_binds_where_the_live_object_does_and_only_here(string get, string cmdlet)
    {
        using var pins = new PinFolder();
        Make($"ways_bound -KeyType u32 -ValueType u64 -PinPath {pins.Name}/it");
        Run("Set-BpfMapEntry ways_bound 1 5").Succeeded();
        get = string.Format(get, pins.Name);
        Run(Foreign($"({get})", "$foreign")).Succeeded();
        Assert.Contains("another host", $"{Run($"$foreign | {cmdlet}").Error}");
        Run($"$back = {get} | {Clixml}").Succeeded();
        var live = Run($"{get} | {cmdlet} | ForEach-Object ToString").Only.ToString();
        if (cmdlet.EndsWith("PassThru", StringComparison.Ordinal))
        {
            Run($"$map = New-BpfMap ways_bound -KeyType u32 -ValueType u64 -PinPath {pins.Name}/it").Succeeded();
        }

        Assert.Equal(live, Run($"$back | {cmdlet} | ForEach-Object ToString").Only.ToString());
    }

    [Fact]
    public void What_Select_Object_left_of_a_remote_object_is_not_taken_for_one_of_this_host()
    {
        Make("ways_selected -KeyType u32 -ValueType u64");
        Run("$far = [pscustomobject]@{ Id = $map.Id; PSComputerName = 'web1' }; "
            + "$far.psobject.TypeNames.Insert(0, 'Deserialized.Selected.BpfPS.BpfMap')").Succeeded();

        Assert.Contains("another host", $"{Run("$far | Get-BpfMapEntry").Error}");
    }

    [Fact]
    public void What_says_that_it_has_stacks_and_not_where_is_an_error()
    {
        Make("ways_forged -KeyType u32 -ValueType bpfps_kernel_stack_t");
        Run("$map | Set-BpfMapEntry -Key 1 -Value 2; $forged = [System.Management.Automation.PSSerializer]::Deserialize("
            + "([System.Management.Automation.PSSerializer]::Serialize(($map | Get-BpfMapEntry)) -replace '<U32 N=\"Map\">\\d+<.U32>'))")
            .Succeeded();

        Assert.Contains("does not know the map", $"{Run("$forged | Get-BpfStack").Error}");
        Assert.Contains("not a whole number", $"{Run("New-BpfMap ways_ticks -KeyType u32 -ValueType bpfps_duration_t | "
            + "Set-BpfMapEntry -Key 1 -Value @{ Ticks = 'abc' }").Error}");
        Assert.Contains("must be a hashtable", $"{Run("New-BpfMap ways_empty -KeyType u32 -ValueType 'struct { u32 a; u32 b; }' | "
            + "Set-BpfMapEntry -Key 1 -Value ''").Error}");
    }

    [Fact]
    public void Structs_and_enums_within_changes_and_variables_keep_what_they_mean()
    {
        var id = Make("ways_of_changes -KeyType u32 -ValueType 'struct { u32 list[2]; enum { DOWN, UP = 2 } state; }'");
        using var watching = Session.Start($"($map | Watch-BpfMap -First 1 -Interval 100ms | ForEach-Object Entry | {Csv}).list");
        for (var number = 1; watching.IsRunning; number++)
        {
            KernelWitness.Set(id, "01000000", $"07000000{number:x2}00000002000000");
            Thread.Sleep(200);
        }

        Assert.Matches(@"^7 \d+$", $"{watching.Finish().Only}");
    }

    [Fact]
    public void A_started_object_binds_by_what_it_is_and_not_by_the_path_of_its_file()
    {
        Run($"$object = Start-BpfProgram runqlat; $back = $object | {Clixml}").Succeeded();

        Assert.Equal("runqlat", $"{Run("$back | Get-BpfObject | ForEach-Object Name").Only}");
        Assert.Equal(Run("$object | Get-BpfMap | ForEach-Object Id").Output.Select(id => $"{id}"),
            Run("$back | Get-BpfMap | ForEach-Object Id").Output.Select(id => $"{id}"));
        Run(Foreign("$object", "$foreign")).Succeeded();
        Assert.Contains("another host", $"{Run("$foreign | Stop-BpfProgram").Error}");
        Assert.Single(Run("Get-BpfObject runqlat").Output);
        Run("$back | Stop-BpfProgram").Succeeded();
        Assert.Empty(Run("Get-BpfObject").Output);
    }

    [Fact]
    public void An_event_that_came_back_gives_its_stacks()
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer", calls: 1);
        Run("$event = Watch-BpfEvent stacks -First 1").Succeeded();
        string Frames(string record) =>
            string.Join(' ', Run($"{record} | Get-BpfStack | ForEach-Object {{ $_.Kind; $_.ProcessId; $_.Id; $_.Frames.Function }}")
                .Succeeded().Output.Select(line => $"{line}"));

        Assert.Contains("User", Frames("$event"));
        Assert.Equal(Frames("$event"), Frames($"$event | {Clixml}"));
        Run(Foreign("$event", "$foreign")).Succeeded();
        Assert.Contains("another host", $"{Run("$foreign | Get-BpfStack").Error}");
    }

    [Fact]
    public void The_table_in_about_BpfPS_is_what_the_ways_out_make()
    {
        var rows = new List<string>();
        foreach (var (type, value, json, csv) in s_kinds)
        {
            Make($"ways_of_table -KeyType u32 -ValueType '{type}'");
            Run($"$map | Set-BpfMapEntry -Key 1 -Value {value}; $entry = $map | Get-BpfMapEntry; "
                + "$member = @($entry.psobject.Properties)[1].Name").Succeeded();
            var written = $"{Run("$entry | Select-Object $member | ConvertTo-Json -Depth 4 -Compress").Only}";
            var member = written[(written.IndexOf(':', StringComparison.Ordinal) + 1)..^1];
            Assert.Equal(json, Regex.Replace(member, @"^(\{""Ticks"":\d+,).*\}$", "$1...}"));
            Assert.Equal(csv, $"{Run($"($entry | {Csv}).$member").Only}");
            var back = $"{Run($"$back = ($entry | {Clixml}).$member; "
                + "if ($back.psobject.TypeNames[0] -like 'Deserialized.*') { 'its members' } else { $back.GetType().Name }").Only}";
            rows.Add($"{type,-52}{Shown(json),-40}{Shown(csv),-36}{back}".TrimEnd());
            Run("Remove-BpfMap ways_of_table").Succeeded();
        }
        var page = File.ReadAllText(Path.Combine(Documentation.Folder, "en-US/about_BpfPS.md"));

        Assert.True(page.Contains(string.Join('\n', rows), StringComparison.Ordinal), string.Join('\n', rows));
    }

    private static string Shown(string text) => text.Replace("\n", "\\n", StringComparison.Ordinal) switch
    {
        { Length: > 38 } longer => $"{longer[..12]}...",
        var whole => whole,
    };

    /// <summary>A script that makes an object as another host would have sent it.</summary>
    private static string Foreign(string value, string variable) =>
        $"{variable} = [System.Management.Automation.PSSerializer]::Deserialize(([System.Management.Automation.PSSerializer]::Serialize("
        + $"{value}) -replace '[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f-]{{22}}', '00000000-0000-4000-8000-000000000000'))";
}
