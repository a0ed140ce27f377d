using System.Reflection;

namespace BpfPS.Module.Tests;

/// <summary>
/// Every cmdlet that takes maps, programs, links, pins or objects takes every form of a reference to them. bpftool tells the
/// ids, and what became of the thing.
/// </summary>
public sealed class ReferenceFormTests : KernelTest
{
    /// <summary>How a script refers to $thing, whose id is $id, whose name is $name and whose pin is $pin, alone in $folder.</summary>
    private static readonly string[] s_forms =
    [
        // by position
        "{0} $thing {1}", "{0} $name {1}", "{0} $id {1}", "{0} ([long]$id) {1}", "{0} $pin {1}", "{0} (Get-BpfPin $pin) {1}",
            "{0} (,$thing) {1}",
        "{0} ([pscustomobject]@{{ Id = $id }}) {1}", "{0} ([pscustomobject]@{{ Path = $pin }}) {1}",
            "{0} ([pscustomobject]@{{ Name = $name }}) {1}", "{0} $lost {1}", "{0} $lostPin {1}",
        // by parameter
        "{0} -Name $name {1}", "{0} -Name $wildcard {1}", "{0} -Id $id {1}", "{0} -Path $pin {1}", "{0} -Path $folder {1}",
            "{0} -Path $folder* {1}", "{0} -InputObject $thing {1}",
        "{0} -InputObject $id {1}", "{0} -InputObject $lost {1}", "{0} -InputObject (,@(,$thing)) {1}",
        // from the pipeline
        "$thing | {0} {1}", "$name | {0} {1}", "$id | {0} {1}", "$pin | {0} {1}", "Get-BpfPin $pin | {0} {1}",
            "[System.IO.DirectoryInfo]::new($folder) | {0} {1}",
        "[pscustomobject]@{{ Id = $id }} | {0} {1}", "$lost | {0} {1}", "$lostPin | {0} {1}", ",@(,$thing) | {0} {1}",
    ];

    private readonly PinFolder _pins = new();
    private readonly TemporaryFolder _files = new();
    private uint _id;

    public override void Dispose()
    {
        _pins.Dispose();
        _files.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData("Get-BpfMap")]
    [InlineData("Get-BpfMapEntry")]
    [InlineData("Set-BpfMapEntry")]
    [InlineData("Remove-BpfMapEntry")]
    [InlineData("Clear-BpfMap")]
    [InlineData("Export-BpfMap")]
    [InlineData("Save-BpfMapPin")]
    public void A_cmdlet_takes_every_form_of_a_map(string cmdlet)
    {
        GivenMap();

        foreach (var form in s_forms)
        {
            KernelWitness.Set(_id, "01000000", "0200000000000000");
            var script = string.Format(form, cmdlet, cmdlet switch
            {
                "Set-BpfMapEntry" => "-Key 5 -Value 6",
                "Remove-BpfMapEntry" => "-Key 1",
                "Export-BpfMap" => $"-Destination {_files.Path}/map.json -Force",
                "Save-BpfMapPin" => $"-PinPath {_pins.Name}-again/it -PassThru",
                _ => "",
            });
            var output = Done(script).Output;

            var entries = KernelWitness.Entries(_id);
            switch (cmdlet)
            {
                case "Get-BpfMap": Assert.Equal([_id], output.Select(map => map.Get("Id"))); break;
                case "Get-BpfMapEntry": Same(script, 1,
                    output.Count(entry => Equals(entry.Get("key"), 1u) && Equals(entry.Get("value"), 2UL))); break;
                case "Set-BpfMapEntry": Contains(script, "05000000=0600000000000000", entries); break;
                case "Remove-BpfMapEntry": Same(script, 0,
                    entries.Count(entry => entry.StartsWith("01000000", StringComparison.Ordinal))); break;
                case "Clear-BpfMap": Same(script, 0, entries.Count); break;
                case "Export-BpfMap":
                    Contains(script, "ref_map", [.. File.ReadAllText($"{_files.Path}/map.json").Split('"')]);
                    File.Delete($"{_files.Path}/map.json");
                    break;
                case "Save-BpfMapPin":
                    Same(script, _id, PinnedId("map", $"{_pins.Path}-again/it"));
                    Command.Output("rm", "-r", $"{_pins.Path}-again");
                    break;
            }
        }
    }

    [Fact]
    public void Watch_BpfMap_takes_every_form_of_a_map()
    {
        GivenMap();

        var value = 0;
        foreach (var form in s_forms)
        {
            var script = string.Format(form, "Watch-BpfMap", "-First 1 -Interval 10ms -Duration 1m");
            using var watching = Session.Start(script);
            // The first look may be late: what is set before it is no change.
            watching.Await(() =>
            {
                KernelWitness.Set(_id, "02000000", $"{value++ % 250 + 1:x2}00000000000000");
                return !watching.IsRunning;
            }, script);
            var change = Assert.Single(watching.Finish().Succeeded().Output);

            Same(script, "2", $"{change.Get("Entry")!.Property("key")}");
        }
    }

    [Fact]
    public void Lock_BpfMap_takes_every_form_of_a_map()
    {
        foreach (var form in s_forms)
        {
            GivenMap();
            var script = string.Format(form, "Lock-BpfMap", "");

            Done(script);

            Same(script, 1, KernelWitness.Shown("map", _id).GetProperty("frozen").GetInt32());
            Command.Output("rm", _pins.Path + "/it");
        }
    }

    [Fact]
    public void Remove_BpfMap_takes_every_form_of_a_map()
    {
        foreach (var form in s_forms)
        {
            GivenMap();
            var script = string.Format(form, "Remove-BpfMap", "");

            Done(script);

            Assert.True(KernelWitness.HasMap(_id)); // the pin keeps it
            Command.Output("rm", _pins.Path + "/it");
            NothingIsLeft(); // and the session does not
        }
    }

    [Theory]
    [InlineData("Get-BpfProgram")]
    [InlineData("Get-BpfInstruction")]
    [InlineData("Measure-BpfProgram")]
    [InlineData("Invoke-BpfProgram")]
    [InlineData("Save-BpfProgramPin")]
    public void A_cmdlet_takes_every_form_of_a_program(string cmdlet)
    {
        GivenProgram();

        foreach (var form in s_forms)
        {
            var script = string.Format(form, cmdlet, cmdlet switch
            {
                "Measure-BpfProgram" => "-Duration 1ms",
                "Invoke-BpfProgram" => "-Data '0102030405060708090a0b0c08004500'",
                "Save-BpfProgramPin" => $"-PinPath {_pins.Name}-again/it",
                _ => "",
            });
            var output = Done(script).Output;

            switch (cmdlet)
            {
                case "Get-BpfProgram" or "Measure-BpfProgram": Assert.Equal([_id], output.Select(program => program.Get("Id"))); break;
                case "Get-BpfInstruction": Same(script, Translated(_id), output.Count); break;
                case "Invoke-BpfProgram": Assert.Equal(["XDP_PASS"], output.Select(result => result.Get("ReturnName"))); break;
                case "Save-BpfProgramPin":
                    Same(script, _id, PinnedId("prog", $"{_pins.Path}-again/it"));
                    Command.Output("rm", "-r", $"{_pins.Path}-again");
                    break;
            }
        }
    }

    [Theory]
    [InlineData("Get-BpfLink")]
    [InlineData("Save-BpfLinkPin")]
    public void A_cmdlet_takes_every_form_of_a_link(string cmdlet)
    {
        GivenLink();

        foreach (var form in s_forms)
        {
            var script = string.Format(form, cmdlet, cmdlet == "Get-BpfLink" ? "" : $"-PinPath {_pins.Name}-again/it");
            var output = Done(script).Output;

            if (cmdlet == "Get-BpfLink")
            {
                Assert.Equal([_id], output.Select(link => link.Get("Id")));
            }
            else
            {
                Same(script, _id, PinnedId("link", $"{_pins.Path}-again/it"));
                Command.Output("rm", "-r", $"{_pins.Path}-again");
            }
        }
    }

    [Fact]
    public void Remove_BpfLink_takes_every_form_of_a_link()
    {
        foreach (var form in s_forms)
        {
            GivenLink();
            var script = string.Format(form, "Remove-BpfLink", "-Confirm:$false");

            Run(script); // a raw tracepoint cannot be detached while its object holds it: the error is about this link

            Same(script, 0, _pins.Entries.Length); // its pin is removed in any case
            Run("$o | Stop-BpfProgram").Succeeded();
        }
    }

    [Theory]
    [InlineData("Get-BpfPin")]
    [InlineData("Remove-BpfPin")]
    public void A_cmdlet_takes_every_form_of_a_pin(string cmdlet)
    {
        // A string is a path here; by name and id, a pin is that of the thing.
        foreach (var form in s_forms.Where(form => !form.StartsWith("{0} $name", StringComparison.Ordinal)
            && !form.StartsWith("$name", StringComparison.Ordinal)))
        {
            GivenMap();
            var script = string.Format(form, cmdlet, cmdlet == "Get-BpfPin" ? "" : "-Recurse");

            var output = Done(script).Output;

            if (cmdlet == "Get-BpfPin")
            {
                Assert.Equal([$"{_pins.Path}/it"], output.Select(pin => pin.Get("Path")));
            }
            else
            {
                Assert.False(Path.Exists($"{_pins.Path}/it"), script);
            }
            Run("$thing | Remove-BpfMap").Succeeded();
            _pins.Dispose();
        }
    }

    [Theory]
    [InlineData("{0} $o")]
    [InlineData("{0} $name")]
    [InlineData("{0} ref*urs, burs*")]
    [InlineData("{0} $id")]
    [InlineData("{0} $pins")]
    [InlineData("{0} -Id $id")]
    [InlineData("{0} -Path $pins")]
    [InlineData("{0} $o.Programs[0]")]
    [InlineData("{0} $o.Maps[0]")]
    [InlineData("$o | {0}")]
    [InlineData("$name | {0}")]
    [InlineData("$id | {0}")]
    [InlineData("$o.Programs | {0}")]
    [InlineData("Get-BpfLink $o | {0}")]
    [InlineData("$lost | {0}")]
    public void Get_BpfObject_and_Stop_BpfProgram_take_every_form_of_a_started_object(string form)
    {
        Given($"$o = Start-BpfProgram $burst -PinPath {_pins.Name}; $name = 'burst'; $id = $o.Programs[0].Id");
        Given($"$pins = $o.PinPath; $lost = {Lost("$o")}");
        var program = Assert.Single(KernelWitness.Programs("burst"));

        Assert.Contains("burst", Done(string.Format(form, "Get-BpfObject")).Output.Select<string>("Name"));
        Done(string.Format(form, "Stop-BpfProgram"));

        Assert.False(_pins.Exists);
        NothingIsLeft();
        Assert.False(KernelWitness.HasProgram(program));
    }

    [Theory]
    [InlineData("Set-BpfTarget $o -All -PassThru")]
    [InlineData("Set-BpfTarget opens*p -All -PassThru")]
    [InlineData("Set-BpfTarget -Id $id -All -PassThru")]
    [InlineData("Set-BpfTarget -Path $pins -All -PassThru")]
    [InlineData("$o | Set-BpfTarget -All -PassThru")]
    [InlineData("$o.Programs | Set-BpfTarget -All -PassThru")]
    public void Set_BpfTarget_takes_every_form_of_a_started_object(string script)
    {
        Given($"$o = Start-BpfProgram opensnoop -PinPath {_pins.Name}; $id = $o.Programs[0].Id; $pins = $o.PinPath");

        Assert.Contains("opensnoop", Done(script).Output.Select<string>("Name"));
    }

    [Theory]
    [InlineData("burst", "b?rst")]
    [InlineData("events", "even[t]s")]
    public void Watch_BpfEvent_takes_every_form_of_a_ring_buffer_by_its_objects_name_or_its_own(string name, string wildcard)
    {
        Given($"""
            $o = Start-BpfProgram $burst -Variable $producer
            $thing = $o.Maps | Where-Object Type -eq ringbuf; $name = '{name}'; $wildcard = '{wildcard}'
            $thing | Save-BpfMapPin -PinPath {_pins.Name}/it
            """);
        GivenForms("map");

        foreach (var form in s_forms)
        {
            Producer.Call(2);
            var script = string.Format(form, "Watch-BpfEvent", "-First 1 -Duration 10s");

            Same(script, 1, Done(script).Output.Count(one => Equals(one.Get("pid"), (uint)Environment.ProcessId)));
        }
    }

    [Theory]
    [InlineData("Measure-BpfEvent", "-First 1 -Duration 10s")]
    [InlineData("Register-BpfEvent", "-First 1 -SourceIdentifier form; Wait-Event form -Timeout 10; Remove-Event form")]
    public void A_cmdlet_that_reads_events_takes_every_form_of_a_ring_buffer(string cmdlet, string parameters)
    {
        Given($"""
            $o = Start-BpfProgram $burst -Variable $producer
            $thing = $o.Maps | Where-Object Type -eq ringbuf; $name = 'events'; $wildcard = 'even[t]s'
            $thing | Save-BpfMapPin -PinPath {_pins.Name}/it
            """);
        GivenForms("map");

        foreach (var form in s_forms)
        {
            Producer.Call(2);
            var script = string.Format(form, cmdlet, parameters);

            Same(script, 1, Done(script).Output.Count);
            Run("Unregister-Event form -ErrorAction Ignore");
        }
    }

    [Fact]
    public void Get_BpfStack_takes_every_form_of_a_map_of_stacks()
    {
        Given($"""
            $o = Start-BpfProgram $stacks -Variable $producer
            $thing = $o.Maps | Where-Object Type -eq stack_trace; $name = $thing.Name; $wildcard = "$name*"
            $thing | Save-BpfMapPin -PinPath {_pins.Name}/it
            """, calls: 1);
        GivenForms("map");
        var stacks = KernelWitness.Entries(_id).Count;
        Assert.NotEqual(0, stacks);

        string[] byMap = ["$thing", "$name", "$id", "$pin", "(Get-BpfPin $pin)", "$lost", "$lostPin", "([pscustomobject]@{{ Id = $id }})"];
        foreach (var form in s_forms.Concat(byMap.Select(one => $"{{0}} -Map {one}")))
        {
            var script = string.Format(form, "Get-BpfStack", "");

            Same(script, stacks, Done(script).Output.Count);
        }
    }

    [Fact]
    public void Read_BpfIterator_takes_every_form_of_a_started_object()
    {
        Given($"""
            $o = Start-BpfProgram '{Repository.TestProgram("iterators")}' -Program tasks_as_text -PinPath {_pins.Name}
            $thing = $o; $name = 'iterators'; $wildcard = 'iter*'; $id = $o.Programs[0].Id
            $pin = $o.PinPath; $folder = $o.PinPath; $lost = {Lost("$o")}; $lostPin = {Lost($"@(Get-BpfPin {_pins.Name})[0]")}
            """);
        var line = $"{Environment.ProcessId} {File.ReadAllText("/proc/self/comm").Trim()}";
        string[] others = ["{0} $o.Programs[0]", "$o.Programs[0] | {0}", "$o.Maps[0] | {0}", "Get-BpfLink $o | {0}"];

        // Its pins are a directory.
        foreach (var form in s_forms.Select(form => form.Replace("(Get-BpfPin $pin)", "@(Get-BpfPin $pin)[0]", StringComparison.Ordinal)
            .Replace("Get-BpfPin $pin |", "@(Get-BpfPin $pin)[0] |", StringComparison.Ordinal)).Concat(others))
        {
            var script = string.Format(form, "Read-BpfIterator", "");

            Contains(script, line, [.. Done(script).Output.Select(text => $"{text}")]);
        }
        Given("$o | Stop-BpfProgram");
    }

    [Theory]
    [InlineData("Get-BpfVariable calls")]
    [InlineData("Set-BpfVariable calls 7")]
    public void A_cmdlet_takes_every_form_of_what_has_a_variable(string cmdlet)
    {
        Given($"""
            $o = Start-BpfProgram $types -Variable $producer
            $thing = $o.Programs[0]; $name = 'types'; $wildcard = 'typ*'
            $thing | Save-BpfProgramPin -PinPath {_pins.Name}/it
            """, calls: 3);
        GivenForms("prog");
        var map = Run("($o.Maps | Where-Object Name -eq types.bss).Id").Only.BaseObject;

        // Its first argument is the variable, and its -Name too: whose it is stands after it.
        foreach (var form in s_forms.Select(form => form.Replace("{0} -Name", "{0} -InputObject", StringComparison.Ordinal))
            .Select(form => form.Contains("{0} -", StringComparison.Ordinal) || !form.StartsWith("{0} ", StringComparison.Ordinal) ? form
                : form.Replace("{0} ", "{0} -Object ", StringComparison.Ordinal)))
        {
            var script = string.Format(form, cmdlet, "");
            var output = Done(script).Output;

            if (cmdlet.StartsWith("Get", StringComparison.Ordinal))
            {
                Assert.Equal([3UL], output.Select(variable => variable.Get("Value")));
            }
            else
            {
                Same(script, 7, KernelWitness.Globals(map, ".bss")["calls"].GetInt32());
                Given("Set-BpfVariable calls 3");
            }
        }
    }

    [Theory]
    [InlineData("Get-BpfVariable $o calls")]
    [InlineData("Get-BpfVariable $o.Programs[0] calls")]
    [InlineData("Get-BpfVariable $o.Programs[0].Id calls")]
    [InlineData("Get-BpfVariable $o -Name calls")]
    [InlineData("Get-BpfVariable $o | Where-Object Name -eq calls")]
    [InlineData("Set-BpfVariable $o calls 3 -PassThru")]
    [InlineData("Set-BpfVariable $o.Programs[0].Id calls 3 -PassThru")]
    public void Whose_variables_are_wanted_can_stand_first(string script)
    {
        Given("$o = Start-BpfProgram $types -Variable $producer; $other = Start-BpfProgram $burst", calls: 3);

        Assert.Equal([3UL], Done(script).Output.Select(variable => variable.Get("Value")));
    }

    [Fact]
    public void Every_cmdlet_that_takes_references_is_in_this_table()
    {
        var rows = typeof(ReferenceFormTests).GetMethods().SelectMany(method => method.GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(InlineDataAttribute))
            .SelectMany(attribute => (IReadOnlyCollection<CustomAttributeTypedArgument>)attribute.ConstructorArguments[0].Value!)
            .Select(argument => $"{argument.Value}").Append(method.Name.Replace('_', '-'))).ToArray();
        var cmdlets = Run("(Get-Command -Module BpfPS | Where-Object { $_.Parameters.Keys -ccontains 'InputObject' }).Name")
            .Succeeded().Output;

        Assert.True(cmdlets.Count > 20, $"There are only {cmdlets.Count} cmdlets that take references.");
        Assert.All(cmdlets, cmdlet => Assert.Contains(rows, row => row.Contains($"{cmdlet}", StringComparison.Ordinal)));
    }

    private void GivenMap()
    {
        _id = Make("ref_map -KeyType u32 -ValueType u64 -MaxEntries 8");
        Given($"$thing = $map; $name = 'ref_map'; $wildcard = 'ref_m?p'; $thing | Save-BpfMapPin -PinPath {_pins.Name}/it");
        GivenForms("map");
    }

    private void GivenProgram()
    {
        Session.Set("runs", Repository.TestProgram("runs"));
        Given($"""
            $o = Start-BpfProgram $runs -NoAttach -Program verdict
            $thing = $o.Programs[0]; $name = 'verdict'; $wildcard = 'verdi*'
            $thing | Save-BpfProgramPin -PinPath {_pins.Name}/it
            """);
        GivenForms("prog");
    }

    private void GivenLink()
    {
        Given($"""
            $o = Start-BpfProgram $types -Variable $producer
            $thing = Get-BpfLink $o; $name = 'types'; $wildcard = 'type[s]'
            $thing | Save-BpfLinkPin -PinPath {_pins.Name}/it
            """);
        GivenForms("link");
    }

    private void GivenForms(string kind)
    {
        Given($"""
            $pin = '{_pins.Path}/it'; $folder = '{_pins.Path}'; $id = $thing.Id
            $lost = {Lost("$thing")}; $lostPin = {Lost("(Get-BpfPin $pin)")}
            """);
        _id = PinnedId(kind, $"{_pins.Path}/it");
        Assert.Equal(_id, Run("$id").Only.BaseObject);
    }

    /// <summary>An object as it is after it went through a file or another session.</summary>
    private static string Lost(string item) =>
        $"[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize({item}))";

    private Outcome Done(string script)
    {
        var outcome = Run(script);
        Assert.True(outcome.Errors.Count == 0, $"{script}: {string.Join(" / ", outcome.Errors)}");
        return outcome;
    }

    private static void Same<T>(string script, T expected, T actual) =>
        Assert.True(Equals(expected, actual), $"{script}: {actual} instead of {expected}");

    private static void Contains(string script, string expected, IReadOnlyList<string> all) =>
        Assert.True(all.Contains(expected), $"{script}: no {expected} in {string.Join(", ", all)}");

    private static uint PinnedId(string kind, string path) =>
        BpftoolJson.Answer(kind, "show", "pinned", path).GetProperty("id").GetUInt32();

    /// <summary>How many instructions bpftool lists of a program; a load of 64 bits is one.</summary>
    private static int Translated(uint program) =>
        Command.Output("bpftool", "prog", "dump", "xlated", "id", $"{program}").Split('\n')
            .Count(line => System.Text.RegularExpressions.Regex.IsMatch(line, @"^\s*\d+: \("));
}
