namespace BpfPS.Module.Tests.Variable;

/// <summary>Get-BpfVariable. bpftool tells what the variables are.</summary>
public sealed class GetBpfVariableTests : KernelTest
{
    public GetBpfVariableTests() => Given("$o = Start-BpfProgram $types -Variable $producer");

    [Fact]
    public void Variables_have_the_values_that_bpftool_shows_and_know_where_they_lie()
    {
        Producer.Call(3);

        var variables = Run("Get-BpfVariable").Succeeded().Output.ToDictionary(variable => variable.Get<string>("Name"));

        var data = KernelWitness.Globals(variables["big"].Get("MapId")!, ".data");
        Assert.Equal((data["big"].GetUInt64(), data["small"].GetInt16(), data["ready"].GetBoolean(), data["motto"].GetString()),
            (variables["big"].Get("Value"), variables["small"].Get("Value"), variables["ready"].Get("Value"),
                variables["motto"].Get("Value")));
        Assert.Equal(data["weather"].GetString(), $"{variables["weather"].Get("Value")}");
        Assert.Equal(((short)1, (short)-2, 3),
            (variables["corner"].Get("Value")!.Property("x"), variables["corner"].Get("Value")!.Property("y"),
            variables["corner"].Get("Value")!.Property("z")));
        var bss = KernelWitness.Globals(variables["calls"].Get("MapId")!, ".bss");
        Assert.Equal((3UL, bss["calls"].GetUInt64(), bss["caller"].GetString()),
            (variables["calls"].Get("Value"), 3UL, variables["caller"].Get("Value")));
        Assert.Equal((".data", ".bss", ".rodata"),
            (variables["big"].Get("Section"), variables["calls"].Get("Section"), variables["limited"].Get("Section")));
        Assert.Equal((false, false, true),
            (variables["big"].Get("IsReadOnly"), variables["calls"].Get("IsReadOnly"), variables["limited"].Get("IsReadOnly")));
        Assert.Equal(("__u64", 8u, (uint)Environment.ProcessId),
            (variables["big"].Get("Type"), variables["big"].Get("Size"), variables["producer_pid"].Get("Value")));
        Assert.Equal("types.bss", KernelWitness.Shown("map", variables["calls"].Get("MapId")!).GetProperty("name").GetString());
    }

    [Fact]
    public void Each_time_it_is_asked_it_gives_the_value_of_then()
    {
        const string Calls = "(Get-BpfVariable calls).Value";
        Assert.Equal(0UL, Run(Calls).Only.BaseObject);

        Producer.Call(2);
        Assert.Equal(2UL, Run(Calls).Only.BaseObject);
        Producer.Call();
        Assert.Equal(3UL, Run(Calls).Only.BaseObject);
    }

    [Theory]
    [InlineData("Get-BpfVariable CALLS")]
    [InlineData("Get-BpfVariable cal*s, nosuch*")]
    [InlineData("Get-BpfVariable calls -InputObject types")]
    [InlineData("Get-BpfVariable calls -Object TYPES")]
    [InlineData("Get-BpfVariable calls -Object $o")]
    [InlineData("$o | Get-BpfVariable calls")]
    [InlineData("Get-BpfObject types | Get-BpfVariable -Name calls")]
    [InlineData("$o.Programs | Get-BpfVariable calls")]
    [InlineData("$o.Programs[0].Id | Get-BpfVariable calls")]
    [InlineData("Get-BpfVariable calls -Object $o.Programs[0].Id")]
    [InlineData("$o.Maps | Get-BpfVariable call?")]
    [InlineData("$o.Maps | Where-Object Name -like *.bss | Get-BpfVariable calls")]
    public void A_variable_and_whose_it_is_are_named_in_every_way(string get)
    {
        Producer.Call();

        Assert.Equal(("calls", 1UL), (Run(get).Only.Get("Name"), Run(get).Only.Get("Value")));
    }

    [Fact]
    public void Variables_of_a_program_that_other_software_loaded_are_read_by_its_id_and_its_pins()
    {
        using var pins = new PinFolder();
        Directory.CreateDirectory(pins.Path);
        Command.Output("bpftool", "prog", "loadall", Repository.TestProgram("burst"), $"{pins.Path}/programs", "pinmaps",
            $"{pins.Path}/maps");
        var id = KernelWitness.Shown("prog", Assert.Single(KernelWitness.Programs("burst"))).GetProperty("id").GetUInt32();

        var byId = Run($"Get-BpfVariable -Object {id}").Succeeded().Output.Select<string>("Name").Order(StringComparer.Ordinal);
        var byPin = Run($"Get-BpfPin {pins.Name}/programs | Get-BpfVariable").Succeeded().Output.Select<string>("Name")
            .Order(StringComparer.Ordinal);

        Assert.Contains("producer_pid", byId);
        Assert.Equal(byId, byPin);
        Assert.DoesNotContain("burst.bss", Run("Get-BpfVariable").Succeeded().Output.Select<string>("Map")); // that are this session's
    }

    [Fact]
    public void Those_of_all_that_was_started_are_given_without_a_word_whose()
    {
        Given("Start-BpfProgram $burst");

        Assert.Equal(["burst.rodata", "types.rodata"],
            Run("Get-BpfVariable producer_pid").Succeeded().Output.Select<string>("Map").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Get-BpfVariable nosuch, calls", "nosuch")]
    [InlineData("$o | Get-BpfVariable nosuch, calls", "nosuch")]
    [InlineData("$o.Maps | Get-BpfVariable nosuch, calls", "nosuch")]
    [InlineData("Get-BpfVariable $o nosuch, calls", "nosuch")]
    public void A_name_that_is_not_there_is_an_error_and_the_others_are_given(string get, string target)
    {
        var outcome = Run(get);

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, target);
        Assert.Equal("calls", Assert.Single(outcome.Output).Get("Name"));
        Assert.Empty(Run("Get-BpfVariable nosuch*").Succeeded().Output);
    }

    [Theory]
    [InlineData("Get-BpfVariable -Object nosuch", "BpfNotFound")]
    [InlineData("Get-BpfVariable calls -Object nosuch", "BpfNotFound")]
    [InlineData("Get-BpfVariable -Id 4000000000", "BpfNotFound")]
    [InlineData("Get-BpfVariable -Path nosuch", "BpfNotFound")]
    [InlineData("Get-BpfVariable -Object 4000000000", "BpfNotFound")]
    [InlineData("Get-BpfTool runqlat | Get-BpfVariable", "BpfInvalidArgument")]
    public void What_has_no_variables_is_one_error(string get, string id)
    {
        var error = Run(get).Error;

        Assert.StartsWith($"{id},", error.FullyQualifiedErrorId);
        Assert.False(string.IsNullOrEmpty(error.ErrorDetails?.RecommendedAction));
    }

    [Fact]
    public void Those_of_an_object_that_was_stopped_are_an_error()
    {
        Given("$map = $o.Maps | Where-Object Name -like *.bss; $o | Stop-BpfProgram");
        NothingIsLeft();

        Run("$map | Get-BpfVariable").FailedWith("BpfVanished", ErrorCategory.ObjectNotFound);
        Assert.Empty(Run("Get-BpfVariable").Succeeded().Output);
    }
}
