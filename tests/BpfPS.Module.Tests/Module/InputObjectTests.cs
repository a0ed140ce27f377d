namespace BpfPS.Module.Tests.Module;

/// <summary>
/// Everything that stands for a map, a program, a link, a pin or a started object, given to every cmdlet that takes such a
/// thing: through the pipeline and by -InputObject. What was done, bpftool tells.
/// </summary>
public sealed class InputObjectTests : KernelTest
{
    // "Serialized" is what comes out of a job, a file (Export-Clixml) or another machine.
    private const string Helpers = "function Serialized($it) { "
        + "[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($it)) }";

    private readonly TemporaryFolder _folder = new();
    private readonly PinFolder _pins = new();

    public InputObjectTests() => Given(Helpers);

    private static string[] Maps =>
    [
        "$map", "([psobject] $map)", "([pscustomobject]@{ Id = $map.Id })", "([pscustomobject]@{ Id = \"$($map.Id)\" })",
            "([pscustomobject]@{ Path = $pin.Path })",
        "$pin", "(Serialized $map)", "(Serialized $pin)",
    ];

    private static string[] Programs =>
    [
        "$program", "([psobject] $program)", "$o", "$pin", "$link", "([pscustomobject]@{ Id = $program.Id })",
            "([pscustomobject]@{ Path = $pin.Path })",
        "(Serialized $program)", "(Serialized $pin)", "(Measure-BpfProgram -Id $program.Id -Duration 10ms)",
    ];

    private static string[] Links => ["$link", "([psobject] $link)", "$o", "$pin"];

    private static string[] Pins => ["$pin", "([psobject] $pin)", "([pscustomobject]@{ Path = $pin.Path })", "(Serialized $pin)"];

    public static TheoryData<string, string> MapCmdlets =>
        Both(Maps, "Get-BpfMap", "Get-BpfMapEntry", "Clear-BpfMap", "Lock-BpfMap", "Export-BpfMap FILE",
        "Save-BpfMapPin -PinPath PINS/new");

    public static TheoryData<string, string> ProgramCmdlets =>
    [
        .. Both(Programs, "Get-BpfProgram", "Get-BpfInstruction", "Measure-BpfProgram -Duration 10ms", "Invoke-BpfProgram -Data $packet"),
        .. Both([.. Programs.Where(form => form != "$pin")], "Save-BpfProgramPin -PinPath PINS/new"),
    ];

    public static TheoryData<string, string> LinkCmdlets =>
        [.. Both([.. Links, "$program"], "Get-BpfLink", "Remove-BpfLink"), .. Both(Links, "Save-BpfLinkPin -PinPath PINS/new")];

    public static TheoryData<string, string> PinCmdlets => Both(Pins, "Get-BpfPin", "Remove-BpfPin");

    public override void Dispose()
    {
        _pins.Dispose();
        _folder.Dispose();
        base.Dispose();
    }

    [Theory]
    [MemberData(nameof(MapCmdlets))]
    public void A_map_is_a_map_in_every_form(string cmdlet, string form)
    {
        var id = Make("inp_map -KeyType u32 -ValueType u64");
        KernelWitness.Set(id, "07000000", "0900000000000000");
        Given($"$map | Save-BpfMapPin -PinPath {_pins.Name}/map; $pin = Get-BpfPin {_pins.Name}/map");

        var output = Run(Script(cmdlet, form)).Succeeded().Output;

        switch (cmdlet.Split(' ')[0])
        {
            case "Get-BpfMap":
                Assert.Equal(id, Assert.Single(output).Get("Id"));
                break;
            case "Get-BpfMapEntry":
                Assert.Equal((7u, 9UL), (Assert.Single(output).Get("key"), output[0].Get("value")));
                break;
            case "Clear-BpfMap":
                Assert.Empty(KernelWitness.Entries(id));
                break;
            case "Lock-BpfMap":
                Assert.Equal(1, KernelWitness.Shown("map", id).GetProperty("frozen").GetInt32());
                break;
            case "Export-BpfMap":
                Assert.Contains("\"inp_map\"", File.ReadAllText(SavedFile), StringComparison.Ordinal);
                break;
            default:
                Assert.Equal(id, Pinned("map", "new"));
                break;
        }
    }

    [Theory]
    [InlineData("$map, $other | {0}")]
    [InlineData("{0} -InputObject $map, $other")]
    [InlineData("{0} -InputObject @($map, $other)")]
    [InlineData(", @($map, $other) | {0}")]
    [InlineData("(Serialized $map), $other | {0}")]
    public void Several_maps_are_all_taken_in_their_order(string script)
    {
        Given("$map = New-BpfMap inp_one -KeyType u32 -ValueType u64; $other = New-BpfMap inp_two -KeyType u32 -ValueType u64");

        Assert.Equal(["inp_one", "inp_two"], Run(string.Format(script, "Get-BpfMap")).Succeeded().Output.Select<string>("Name"));
    }

    [Theory]
    [MemberData(nameof(ProgramCmdlets))]
    public void A_program_is_a_program_in_every_form(string cmdlet, string form)
    {
        // xdp: it has a link, and can be run on a packet.
        using var pair = new InterfacePair();
        Given($"$o = Start-BpfProgram '{Repository.TestProgram("hooks")}' -Program count_xdp -Interface {pair.Name}; "
            + "$program = $o.Programs[0]; $link = $o | Get-BpfLink");
        Given($"$program | Save-BpfProgramPin -PinPath {_pins.Name}/program; $pin = Get-BpfPin {_pins.Name}/program; "
            + "$packet = [byte[]]::new(64)");
        var id = KernelWitness.Programs("count_xdp").Single();

        var output = Run(Script(cmdlet, form)).Succeeded().Output;

        switch (cmdlet.Split(' ')[0])
        {
            case "Get-BpfInstruction":
                Assert.Equal(KernelWitness.Shown("prog", id).GetProperty("bytes_xlated").GetInt32(),
                    output.Sum(instruction => instruction.Get<byte[]>("Bytes").Length));
                break;
            case "Invoke-BpfProgram":
                Assert.Equal(1UL, KernelWitness.Globals(Run("($o.Maps | Where-Object Name -eq hooks.bss).Id").Only.BaseObject,
                    ".bss")["xdp_runs"].GetUInt64());
                break;
            case "Save-BpfProgramPin":
                Assert.Equal(id, Pinned("prog", "new"));
                break;
            default:
                Assert.Equal(id, Assert.Single(output).Get("Id"));
                break;
        }
    }

    [Theory]
    [MemberData(nameof(LinkCmdlets))]
    public void A_link_is_a_link_in_every_form(string cmdlet, string form)
    {
        Given("$o = Start-BpfProgram $burst; $program = $o.Programs[0]; $link = $o | Get-BpfLink; "
            + $"$link | Save-BpfLinkPin -PinPath {_pins.Name}/link; $pin = Get-BpfPin {_pins.Name}/link");
        var id = Pinned("link", "link");

        var output = Run(Script(cmdlet, form)).Succeeded().Output;

        switch (cmdlet.Split(' ')[0])
        {
            case "Get-BpfLink":
                Assert.Equal(id, Assert.Single(output).Get("Id"));
                break;
            case "Save-BpfLinkPin":
                Assert.Equal(id, Pinned("link", "new"));
                break;
            default:
                Assert.False(KernelWitness.HasLink(id));
                break;
        }
    }

    [Theory]
    [MemberData(nameof(PinCmdlets))]
    public void A_pin_is_a_pin_in_every_form(string cmdlet, string form)
    {
        var path = _pins.Map("inp_pinned");
        Given($"$pin = Get-BpfPin {path}");

        var output = Run(Script(cmdlet, form)).Succeeded().Output;

        Assert.Equal(cmdlet == "Get-BpfPin", File.Exists(path));
        Assert.Equal(cmdlet == "Get-BpfPin" ? [path] : [], output.Select<string>("Path"));
    }

    [Theory]
    [InlineData("$o | {0}")]
    [InlineData("([psobject] $o) | {0}")]
    [InlineData("{0} -InputObject $o")]
    [InlineData("Get-BpfObject burst | {0}")]
    public void A_started_object_is_stopped_and_watched_in_every_form(string script)
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 2);
        Assert.Equal([0, 1], Run(string.Format(script, "Watch-BpfEvent -First 2")).Succeeded().Output.Select<ulong>("sequence"));

        Run(string.Format(script, "Stop-BpfProgram")).Succeeded();

        NothingIsLeft();
    }

    [Theory]
    [InlineData("$o")]
    [InlineData("$ring")]
    [InlineData("([psobject] $ring)")]
    [InlineData("$pin")]
    [InlineData("([pscustomobject]@{ Id = $ring.Id })")]
    [InlineData("(Serialized $ring)")]
    [InlineData("(Serialized $pin)")]
    public void Events_come_from_every_form_of_what_has_them(string form)
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer; $ring = $o.Maps | Where-Object Name -eq events; "
            + $"$ring | Save-BpfMapPin -PinPath {_pins.Name}/ring; $pin = Get-BpfPin {_pins.Name}/ring");
        using var running = Session.Start($"{form} | Watch-BpfEvent -First 1");
        running.Await(() =>
        {
            Producer.Call();
            return running.Output.Count == 1;
        }, "an event came");

        Assert.NotNull(Assert.Single(running.Finish().Succeeded().Output).Get("sequence"));
    }

    [Theory]
    [InlineData("$entry | {0}")]
    [InlineData("([psobject] $entry) | {0}")]
    [InlineData("{0} -InputObject $entry")]
    [InlineData("(Serialized $entry) | {0} -Id $map.Id")]
    [InlineData("([pscustomobject]@{{ key = 7; value = 9 }}) | {0} -Id $map.Id")]
    [InlineData("@{{ key = 7; value = 9 }} | {0} -Id $map.Id")]
    public void An_entry_is_written_and_removed_in_every_form(string script)
    {
        var id = Make("inp_entries -KeyType u32 -ValueType u64");
        KernelWitness.Set(id, "07000000", "0900000000000000");
        Given("$entry = $map | Get-BpfMapEntry");

        KernelWitness.Set(id, "07000000", "0100000000000000");
        Run(string.Format(script, "Set-BpfMapEntry")).Succeeded();
        Assert.Equal(["07000000=0900000000000000"], KernelWitness.Entries(id));

        Run(string.Format(script, "Remove-BpfMapEntry")).Succeeded();
        Assert.Empty(KernelWitness.Entries(id));
    }

    [Theory]
    [InlineData("Get-BpfMapEntry", "BpfInvalidArgument")]
    [InlineData("Clear-BpfMap", "BpfInvalidArgument")]
    [InlineData("Save-BpfMapPin -PinPath PINS/new", "BpfInvalidArgument")]
    [InlineData("Get-BpfInstruction", "BpfInvalidArgument")]
    [InlineData("Measure-BpfProgram -Duration 10ms", "BpfInvalidArgument")]
    [InlineData("Save-BpfProgramPin -PinPath PINS/new", "BpfInvalidArgument")]
    [InlineData("Get-BpfLink", "BpfInvalidArgument")]
    [InlineData("Save-BpfLinkPin -PinPath PINS/new", "BpfInvalidArgument")]
    [InlineData("Watch-BpfEvent", "BpfInvalidArgument")]
    public void What_is_none_of_them_is_one_error(string cmdlet, string id)
    {
        foreach (var form in (string[])["(Get-Command Get-BpfMap)", "([pscustomobject]@{ Other = 'inp_nothing' })"])
        {
            Run(Script(cmdlet, form)).FailedWith(id, ErrorCategory.InvalidArgument);
        }
        Assert.False(_pins.Exists);
    }

    private string SavedFile => Path.Combine(_folder.Path, "saved.json");

    private string Script(string cmdlet, string form) =>
        $"{form} | {cmdlet}".Replace("PINS", _pins.Name, StringComparison.Ordinal).Replace("FILE", SavedFile, StringComparison.Ordinal);

    private uint Pinned(string kind, string name) =>
        BpftoolJson.Answer(kind, "show", "pinned", $"{_pins.Path}/{name}").GetProperty("id").GetUInt32();

    private static TheoryData<string, string> Both(string[] forms, params string[] cmdlets)
    {
        var data = new TheoryData<string, string>();
        foreach (var cmdlet in cmdlets)
        {
            foreach (var form in forms)
            {
                data.Add(cmdlet, form);
            }
        }
        return data;
    }

    /// <summary>A pair of interfaces that are down: nothing passes them but what a test sends.</summary>
    private sealed class InterfacePair : IDisposable
    {
        public InterfacePair() => Command.Output("ip", "link", "add", Name, "type", "veth", "peer", "name", $"{Name}p");

        public string Name { get; } = $"inp{Environment.ProcessId}";

        public void Dispose() => Command.Run("ip", "link", "delete", Name);
    }
}
