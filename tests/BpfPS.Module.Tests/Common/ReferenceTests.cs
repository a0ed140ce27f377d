namespace BpfPS.Module.Tests;

/// <summary>One way to name a thing: what cmdlets used to do each in their own way.</summary>
public sealed class ReferenceTests : KernelTest
{
    private readonly PinFolder _pins = new();

    public override void Dispose()
    {
        _pins.Dispose();
        base.Dispose();
    }

    [Fact]
    public void A_programs_pin_is_a_program_to_Save_BpfProgramPin()
    {
        Given($"$o = Start-BpfProgram $types; $o.Programs[0] | Save-BpfProgramPin -PinPath {_pins.Name}/one");
        Given($"Get-BpfPin {_pins.Name}/one | Save-BpfProgramPin -PinPath {_pins.Name}/two");

        Assert.Equal(Command.Output("bpftool", "prog", "show", "pinned", $"{_pins.Path}/one"),
            Command.Output("bpftool", "prog", "show", "pinned", $"{_pins.Path}/two"));
    }

    [Fact]
    public void The_cmdlets_that_save_pins_have_the_same_parameters_at_the_same_positions()
    {
        var syntaxes = new[] { "Map", "Program",
            "Link" }.Select(kind =>
            Run($"(Get-Command Save-Bpf{kind}Pin).ParameterSets | ForEach-Object {{ \"$_\" }}").Succeeded().Output.Select(set => $"{set}"));

        Assert.Single(syntaxes.Select(sets => string.Join('\n', sets)).Distinct());
    }

    [Fact]
    public void Name_Id_Path_and_InputObject_have_the_same_types_and_positions_wherever_they_are()
    {
        var cmdlets = ReferenceCmdlets();

        Assert.True(cmdlets.Length > 20, $"There are only {cmdlets.Length} cmdlets that take references.");
        foreach (var cmdlet in cmdlets)
        {
            var parameters = cmdlet.Parameters;
            Assert.Equal(typeof(string[]), parameters["Name"].ParameterType);
            Assert.Equal(typeof(uint[]), parameters["Id"].ParameterType);
            Assert.Equal(typeof(string[]), parameters["Path"].ParameterType);
            Assert.Equal(typeof(object[]), parameters["InputObject"].ParameterType);
            // A pin is named by its path: that is the first argument there. The name of a variable can stand after whose it is.
            var first = cmdlet.Noun == "BpfPin" ? "Path" : "Name";
            Assert.True(parameters[first].ParameterSets.All(use => use.Value.Position == 0
                || cmdlet.Noun == "BpfVariable" && use.Key == "InputObject" && use.Value.Position == 1), cmdlet.Name);
            Assert.Equal(0, parameters["InputObject"].ParameterSets["InputObject"].Position);
            Assert.True(parameters["InputObject"].ParameterSets["InputObject"].ValueFromPipeline, cmdlet.Name);
        }
    }

    [Fact]
    public void Name_Id_and_Path_are_completed_and_Name_and_Path_take_wildcards_wherever_they_are()
    {
        foreach (var cmdlet in ReferenceCmdlets())
        {
            foreach (var name in (string[])["Name", "Id", "Path"])
            {
                Assert.True(cmdlet.Parameters[name].Attributes.OfType<ArgumentCompleterAttribute>().Any(),
                    $"{cmdlet.Name} -{name} is not completed.");
            }
            Assert.Equal("PinPathCompleter", cmdlet.Parameters["Path"].Attributes.OfType<ArgumentCompleterAttribute>().Single().Type.Name);
        }
    }

    [Fact]
    public void Path_is_a_pin_in_every_cmdlet_and_files_have_a_parameter_of_their_own()
    {
        foreach (var cmdlet in Cmdlets().Where(cmdlet => cmdlet.Parameters.ContainsKey("Path")))
        {
            Assert.Contains(cmdlet.Parameters["Path"].Attributes.OfType<ArgumentCompleterAttribute>(),
                completer => completer.Type.Name == "PinPathCompleter");
        }
    }

    [Theory]
    [InlineData("Map", "MapReference")]
    [InlineData("InnerMap", "MapReference")]
    [InlineData("Object", "ObjectReference")]
    [InlineData("Before", "ProgramReference")]
    [InlineData("After", "ProgramReference")]
    public void A_parameter_that_means_one_thing_has_the_same_type_in_every_cmdlet_and_is_completed(string parameter, string type)
    {
        var found = Cmdlets().Where(cmdlet => cmdlet.Parameters.ContainsKey(parameter)).Select(cmdlet => cmdlet.Parameters[parameter])
            .ToArray();

        Assert.NotEmpty(found);
        Assert.All(found, one => Assert.Equal(type, (one.ParameterType.GetElementType() ?? one.ParameterType).Name));
        Assert.All(found, one => Assert.NotEmpty(one.Attributes.OfType<ArgumentCompleterAttribute>()));
    }

    [Fact]
    public void An_internal_map_beside_its_object_is_read_because_it_is_named_itself()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer; $variables = $o.Maps | Where-Object Name -eq types.bss", calls: 1);
        var internalEntries = KernelWitness.Entries(Run("$variables.Id").Only.BaseObject).Count;

        var alone = Run("Get-BpfMapEntry -InputObject $o").Succeeded().Output.Count;
        var both = Run("Get-BpfMapEntry -InputObject $o, $variables").Succeeded().Output.Count;

        Assert.Equal(internalEntries, both - alone);
    }

    [Fact]
    public void A_ring_buffer_is_no_error_among_the_maps_that_a_wildcard_matches_and_one_when_it_is_named()
    {
        Given("$o = Start-BpfProgram $burst");
        var ring = Run("($o.Maps | Where-Object Type -eq ringbuf).Name").Only.BaseObject;

        Run($"Get-BpfMapEntry '{ring}*'").Succeeded();
        Run($"$o | Get-BpfMapEntry").Succeeded();
        Run($"Get-BpfMapEntry '{ring}'").FailedWith("BpfNotSupported", ErrorCategory.NotImplemented);
    }

    [Fact]
    public void Get_BpfLink_gives_the_links_of_the_programs_of_a_name()
    {
        Given("$o = Start-BpfProgram $types; $other = Start-BpfProgram $burst");
        var program = Assert.Single(KernelWitness.Programs("types"));

        foreach (var line in (string[])["Get-BpfLink types", "Get-BpfLink typ*s", "Get-BpfLink -Name types -Type raw_tracepoint",
            "Get-BpfLink types -Program $o.Programs[0]", "Get-BpfLink -Program $o.Programs[0].Id", "Get-BpfLink -Program typ*"])
        {
            Assert.Equal((line, $"{program}"),
                (line, string.Join(',', Run(line).Succeeded().Output.Select(link => link.Get("ProgramId")))));
        }
        Assert.Empty(Run("Get-BpfLink types -Type xdp").Succeeded().Output);
        Run("Get-BpfLink nosuch").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
    }

    [Fact]
    public void An_entry_is_set_and_read_with_all_arguments_by_position()
    {
        var id = Make("byposition -KeyType u32 -ValueType u64 -MaxEntries 8");

        Given("Set-BpfMapEntry $map 7 8; Set-BpfMapEntry byposition 1 2; Set-BpfMapEntry $map.Id 3 4");

        Assert.Equal(["01000000=0200000000000000", "03000000=0400000000000000", "07000000=0800000000000000"], KernelWitness.Entries(id));
        Assert.Equal(8UL, Run("Get-BpfMapEntry $map 7").Only.Get("value"));
        Run("Remove-BpfMapEntry $map 7").Succeeded();
        Assert.Equal(2, KernelWitness.Entries(id).Count);
    }

    [Theory]
    [InlineData("Set-BpfMapEntry outer 1 inner")]
    [InlineData("Set-BpfMapEntry outer 1 INNER")]
    [InlineData("Set-BpfMapEntry outer 1 $inner")]
    [InlineData("Set-BpfMapEntry outer 1 $inner.Id")]
    [InlineData("Set-BpfMapEntry outer 1 {0}/inner")]
    [InlineData("Set-BpfMapEntry outer 1 (Get-BpfPin {0}/inner)")]
    [InlineData("@{{ key = 1; map = 'inner' }} | Set-BpfMapEntry outer")]
    public void A_map_of_maps_takes_every_form_of_a_map_as_its_value_and_its_entries_are_maps(string set)
    {
        Given("$inner = New-BpfMap inner -KeyType u32 -ValueType u64 -MaxEntries 4; Set-BpfMapEntry inner 5 6");
        Given($"$inner | Save-BpfMapPin -PinPath {_pins.Name}/");
        Given("$outer = New-BpfMap outer -Type hash_of_maps -KeyType u32 -InnerMap inner -MaxEntries 4");

        Run(string.Format(set, _pins.Path)).Succeeded();

        var id = Assert.Single(KernelWitness.Maps("inner"));
        Assert.Equal([$"01000000={Bytes(id)}"], KernelWitness.Entries(Run("$outer.Id").Only));
        Assert.Equal(6UL, Run("Get-BpfMapEntry outer | Get-BpfMapEntry").Only.Get("value"));
        Assert.Equal(id, Run("Get-BpfMapEntry outer | Get-BpfMap").Only.Get("Id"));
    }

    [Fact]
    public void A_name_that_is_no_maps_or_several_maps_is_no_value_of_a_map_of_maps()
    {
        Given("$inner = New-BpfMap inner -KeyType u32 -ValueType u64 -MaxEntries 4");
        Given("$outer = New-BpfMap outer -Type hash_of_maps -KeyType u32 -InnerMap inner -MaxEntries 4");

        Assert.Contains("no map named 'nosuch'",
            Run("Set-BpfMapEntry outer 1 nosuch").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound).Exception.Message);
        Given("$null = New-BpfMap inner -KeyType u32 -ValueType u64 -MaxEntries 4");
        Assert.Contains("2 maps",
            Run("Set-BpfMapEntry outer 1 inner").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).Exception.Message);
    }

    [Fact]
    public void A_program_array_takes_a_program_by_its_name_and_its_entries_are_programs()
    {
        Session.Set("runs", Repository.TestProgram("runs"));
        Given("$o = Start-BpfProgram $runs -NoAttach -Program verdict");
        // Not a name that anything else on this machine has.
        var name = $"calls_{Environment.ProcessId}";
        Given($"$calls = New-BpfMap {name} -Type prog_array -MaxEntries 4; Set-BpfMapEntry {name} 2 verdict");
        var program = Assert.Single(KernelWitness.Programs("verdict"));

        Assert.Equal(program, Run($"Get-BpfMapEntry {name} | Get-BpfProgram").Only.Get("Id"));
        Assert.Equal([$"02000000={Bytes(program)}"], KernelWitness.Entries(Run("$calls.Id").Only));
    }

    [Theory]
    [InlineData("Get-BpfProgram", "A pin of a map cannot be used as a program.")]
    [InlineData("Save-BpfProgramPin -PinPath x", "A pin of a map cannot be used as a program.")]
    [InlineData("Get-BpfLink", "A pin of a map cannot be used as a link.")]
    public void A_pin_of_something_else_is_an_error_that_says_so(string cmdlet, string message)
    {
        var pin = _pins.Map("it");

        Assert.Equal(message,
            Run($"Get-BpfPin {pin} | {cmdlet}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).Exception.Message);
        // In a directory it is passed over, and a directory of nothing else is an error.
        Assert.Contains("No program is pinned in", Run($"Get-BpfProgram -Path {_pins.Name}")
            .FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, _pins.Name).Exception.Message);
        Assert.Empty(Run($"Get-BpfProgram -Path {_pins.Name}/*").Succeeded().Output);
    }

    [Theory]
    [InlineData("[System.Diagnostics.Process]::GetCurrentProcess() | Get-BpfMap", "A Process cannot be used as a map.")]
    [InlineData("Get-BpfTool runqlat | Get-BpfProgram", "A BpfTool cannot be used as a program.")]
    [InlineData("Get-BpfMap -InputObject 4294967296", "4294967296 is not the id of a map.")]
    [InlineData("1.5 | Get-BpfLink", "1.5 is not the id of a link.")]
    [InlineData("[pscustomobject]@{ Size = 1 } | Get-BpfProgram", "An object without an Id, a Path or a Name cannot be used as a program.")]
    public void What_leads_to_no_such_thing_is_an_error_that_names_it(string line, string message)
    {
        Assert.Equal(message, Run(line).FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).Exception.Message);
    }

    [Fact]
    public void What_does_not_exist_is_an_error_about_what_was_named_and_the_others_go_on()
    {
        Make("there -KeyType u32 -ValueType u64 -MaxEntries 4");

        var outcome = Run("Get-BpfMap nosuch, there, nothing*");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.Equal("there", Assert.Single(outcome.Output).Get("Name"));
        Run("Get-BpfMap -Id 4000000000").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 4000000000u);
        Run("Get-BpfMap -InputObject 'nosuch', $map").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
    }

    [Fact]
    public void The_links_and_programs_and_maps_of_a_started_object_are_its_own()
    {
        Given("$o = Start-BpfProgram $types; $other = Start-BpfProgram $burst");
        var program = Assert.Single(KernelWitness.Programs("types"));

        Assert.Equal([program], Run("Get-BpfProgram $o").Succeeded().Output.Select(one => one.Get("Id")));
        Assert.Equal([program], Run("Get-BpfLink $o | Get-BpfProgram").Succeeded().Output.Select(one => one.Get("Id")));
        Assert.Equal(KernelWitness.Maps("by_number"),
            Run("Get-BpfMap $o | Where-Object Name -eq by_number").Succeeded().Output.Select<uint>("Id"));
    }

    [Theory]
    [InlineData("Get-BpfPin $map", "by_name (")]
    [InlineData("$map | Remove-BpfPin", "by_name (")]
    [InlineData("Get-BpfPin $o", "types is not pinned")]
    [InlineData("$o | Remove-BpfPin", "types is not pinned")]
    [InlineData("Get-BpfPin $o.Programs[0]", "types (")]
    [InlineData("Get-BpfLink $o | Get-BpfPin", "is not pinned")]
    public void What_is_not_pinned_is_an_error_that_says_so(string line, string words)
    {
        Given("$map = New-BpfMap by_name -KeyType u32 -ValueType u32; $o = Start-BpfProgram $types");

        Assert.Contains(words, Run(line).FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound).Exception.Message);
    }

    [Theory]
    [InlineData("Get-BpfMapEntry")]
    [InlineData("Clear-BpfMap")]
    [InlineData("Watch-BpfMap")]
    [InlineData("Get-BpfInstruction")]
    [InlineData("Stop-BpfProgram")]
    [InlineData("Watch-BpfEvent")]
    [InlineData("Read-BpfIterator")]
    [InlineData("Get-BpfStack")]
    [InlineData("Set-BpfVariable")]
    [InlineData("Remove-BpfLink")]
    [InlineData("Remove-BpfPin")]
    public void Nothing_said_is_an_error_that_says_what_to_name(string cmdlet)
    {
        var error = Run(cmdlet).FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Matches("^No .* is specified\\.$", error.Exception.Message);
        Assert.Contains("-Name", error.ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData("Get-BpfMap $o, $running", 1)]
    [InlineData("Get-BpfMapEntry $o, $running", 1)]
    [InlineData("Watch-BpfMap $o -Duration 1ms", 1)]
    [InlineData("Get-BpfProgram $o, $running", 1)]
    [InlineData("Get-BpfInstruction $o", 1)]
    [InlineData("Measure-BpfProgram $o -Duration 1ms", 1)]
    [InlineData("Get-BpfLink $o, $running", 1)]
    [InlineData("$o, $o | Get-BpfLink", 2)]
    [InlineData("Watch-BpfEvent $o", 1)]
    [InlineData("$o, $o | Watch-BpfEvent", 2)]
    [InlineData("Watch-BpfEvent $o -Map events", 1)]
    [InlineData("Read-BpfIterator $o", 1)]
    [InlineData("Get-BpfStack $o", 1)]
    [InlineData("Get-BpfVariable $o", 1)]
    [InlineData("Get-BpfVariable $o calls", 1)]
    [InlineData("Get-BpfVariable calls -Object $o", 1)]
    [InlineData("Set-BpfVariable $o calls 1", 1)]
    [InlineData("$o | Set-BpfVariable calls 1", 1)]
    [InlineData("Save-BpfMapPin $o {0}/", 1)]
    public void A_stopped_object_is_one_error_each_time_that_it_is_named(string line, int count)
    {
        Given("$o = Start-BpfProgram $types; $running = Start-BpfProgram $burst; $o | Stop-BpfProgram");

        var errors = Run(string.Format(line, _pins.Name)).Errors;

        Assert.Equal(count, errors.Count);
        Assert.All(errors, error => Assert.StartsWith("BpfVanished,BpfPS.Commands.", error.FullyQualifiedErrorId));
        Assert.All(errors, error => Assert.Equal("'types' has been stopped.", error.Exception.Message));
    }

    [Fact]
    public void Where_one_map_is_meant_one_of_several_is_said_by_its_id()
    {
        var id = Make("twice -KeyType u32 -ValueType u32");
        Given("$null = New-BpfMap twice -KeyType u32 -ValueType u32");

        var action = Run("New-BpfMap outer -Type hash_of_maps -KeyType u32 -InnerMap twice").Error.ErrorDetails.RecommendedAction;
        Assert.Contains("as a number", action);
        Assert.DoesNotContain("-Id", action);
        // As it is advised; and digits in quotes are an id too, where no -Id could take them.
        Given($"New-BpfMap outer -Type hash_of_maps -KeyType u32 -MaxEntries 1 -InnerMap {id}");
        Given($"New-BpfMap again -Type hash_of_maps -KeyType u32 -MaxEntries 1 -InnerMap '{id}'");
        Assert.DoesNotContain("-Id", Run("New-BpfMap outer -Type hash_of_maps -KeyType u32 -InnerMap '4000000000'")
            .FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound).ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void What_a_pin_keeps_leads_to_the_pin()
    {
        var pin = _pins.Map("it");
        Given($"$map = Get-BpfMap -Path {pin}");

        foreach (var line in (string[])["Get-BpfPin $map", "$map | Get-BpfPin", "Get-BpfPin -Name it", "Get-BpfPin $map.Path",
            $"Get-BpfPin {_pins.Name}", $"'{_pins.Name}' | Get-BpfPin"])
        {
            Assert.Contains(pin, Run(line).Succeeded().Output.Select<string>("Path"));
        }
        Run("Get-BpfPin -Name nosuch").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
    }

    [Theory]
    [InlineData("types")]
    [InlineData("TYP*")]
    [InlineData("by_number, types.bss")]
    [InlineData("$o")]
    [InlineData("$o.Programs[0]")]
    [InlineData("$o.Programs[0].Id")]
    [InlineData("($o.Maps | Where-Object Name -eq types.bss)")]
    [InlineData("(Get-BpfLink $o)")]
    [InlineData("(Get-BpfPin {0}/program)")]
    [InlineData("(Get-BpfPin {0}/link)")]
    [InlineData("{0}/program")]
    [InlineData("{0}/link")]
    [InlineData("{0}")]
    [InlineData("$lost")]
    [InlineData("$lostProgram")]
    [InlineData("([pscustomobject]@{{ Id = $o.Programs[0].Id }})")]
    public void A_global_variable_is_found_by_whatever_has_it(string reference)
    {
        Given($"$o = Start-BpfProgram $types -Variable $producer; $o | Save-BpfProgramPin -PinPath {_pins.Name}/program", calls: 3);
        Given($"$o | Save-BpfLinkPin -PinPath {_pins.Name}/link; $lost = {Lost("$o")}; $lostProgram = {Lost("$o.Programs[0]")}");

        var calls = Run($"Get-BpfVariable calls -Object {string.Format(reference, _pins.Path)}").Succeeded().Output;

        Assert.Equal([3UL], calls.Select(variable => variable.Get("Value")).Distinct());
    }

    [Theory]
    [InlineData("Get-BpfMap -Id ", "$o.Maps[0].Id")]
    [InlineData("Clear-BpfMap -Id ", "$o.Maps[0].Id")]
    [InlineData("Get-BpfProgram -Id ", "$o.Programs[0].Id")]
    [InlineData("Save-BpfProgramPin ", "$o.Programs[0].Name")]
    [InlineData("Get-BpfLink -Id ", "(Get-BpfLink $o).Id")]
    [InlineData("Get-BpfLink ty", "$o.Programs[0].Name")]
    [InlineData("Remove-BpfLink -Name ty", "$o.Programs[0].Name")]
    [InlineData("Stop-BpfProgram -Id ", "$o.Programs[0].Id")]
    [InlineData("New-BpfMap x -InnerMap by_n", "'by_number'")]
    [InlineData("Import-BpfMap x -Map by_n", "'by_number'")]
    [InlineData("Start-BpfProgram x -After ty", "'types'")]
    public void Tab_offers_the_names_and_ids_of_what_a_parameter_takes(string line, string expected)
    {
        Given("$o = Start-BpfProgram $types");

        Assert.Contains($"{Run(expected).Only}", Session.Complete(line).Select(result => result.CompletionText));
    }

    [Theory]
    [InlineData("Import-BpfMap {0}/m*.json -PassThru")]
    [InlineData("Import-BpfMap -LiteralPath {0}/maps.json -PassThru")]
    [InlineData("Import-BpfMap {0}/maps.json -Map filed -PassThru")]
    [InlineData("Import-BpfMap {0}/maps.json -Map $map.Id -PassThru")]
    [InlineData("[System.IO.FileInfo]::new('{0}/maps.json') | Import-BpfMap -PassThru")]
    [InlineData("'{0}/maps.json' | Import-BpfMap -PassThru")]
    public void A_file_of_maps_is_named_by_wildcard_literally_or_from_the_pipeline(string import)
    {
        using var folder = new TemporaryFolder();
        var id = Make("filed -KeyType u32 -ValueType u64 -MaxEntries 4");
        Given($"Set-BpfMapEntry filed 1 2; Export-BpfMap $map -Destination {folder.Path}/maps.json; Clear-BpfMap $map");

        Assert.Equal(id, Run(string.Format(import, folder.Path)).Only.Get("Id"));

        Assert.Equal(["01000000=0200000000000000"], KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Get-BpfMap $nowhere")]
    [InlineData("Get-BpfProgram $nowhere")]
    [InlineData("Get-BpfLink $nowhere")]
    [InlineData("Get-BpfPin $nowhere")]
    [InlineData("Get-BpfObject $nowhere")]
    [InlineData("Get-BpfVariable $nowhere")]
    [InlineData("Get-BpfStack $nowhere")]
    [InlineData("Watch-BpfEvent $nowhere")]
    [InlineData("Read-BpfIterator $nowhere")]
    [InlineData("Get-BpfVariable -Object $nowhere")]
    [InlineData("Get-BpfMap -Path $nowhere")]
    [InlineData("Get-BpfMap x, $nowhere")]
    public void A_variable_that_does_not_exist_never_means_everything(string command)
    {
        Given("New-BpfMap ref_bystander -KeyType u32 -ValueType u32");

        var outcome = Run(command);

        Assert.Empty(outcome.Output);
        Assert.NotEmpty(outcome.Errors);
    }

    [Fact]
    public void A_pattern_that_is_not_valid_is_one_error_and_the_others_go_on()
    {
        Given("New-BpfMap ref_other -KeyType u32 -ValueType u32");

        var outcome = Run("Get-BpfMap '[ref', ref_other");

        Assert.Equal("ref_other", outcome.Output.Select<string>("Name").Single());
        Assert.StartsWith("BpfInvalidArgument,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_file_is_named_by_wildcard_literally_or_from_the_pipeline()
    {
        foreach (var line in (string[])["Get-BpfObject -FilePath ($burst -replace 'burst', 'burs?')", "Get-BpfObject -LiteralPath $burst",
            "[System.IO.FileInfo]::new($burst) | Get-BpfObject", "Get-BpfObject ([System.IO.FileInfo]::new($burst))"])
        {
            Assert.Equal("burst BpfObjectSpec", Run($"{line} | ForEach-Object {{ \"$($_.Name) $($_.GetType().Name)\" }}").Only.BaseObject);
        }
    }

    /// <summary>An object as it is after it went through a file or another session.</summary>
    private static string Lost(string item) =>
        $"[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize({item}))";

    private static string Bytes(uint id) => Convert.ToHexStringLower(BitConverter.GetBytes(id));

    private CmdletInfo[] Cmdlets() =>
        [.. Run("Get-Command -Module BpfPS -CommandType Cmdlet").Succeeded().Output.Select(command => (CmdletInfo)command.BaseObject)];

    private CmdletInfo[] ReferenceCmdlets() =>
        [.. Cmdlets().Where(cmdlet => cmdlet.ImplementingType.BaseType is { } type
        && Bases(type).Any(parent => parent.Name == "ReferenceCmdlet"))];

    private static IEnumerable<Type> Bases(Type type) => type.BaseType is { } above ? Bases(above).Prepend(type) : [type];
}
