namespace BpfPS.Module.Tests.Variable;

/// <summary>Set-BpfVariable. bpftool tells what the program has then, and the program goes on with it.</summary>
public sealed class SetBpfVariableTests : KernelTest
{
    public SetBpfVariableTests() => Given("$o = Start-BpfProgram $types -Variable $producer");

    [Theory]
    [InlineData(".data", "big", "18446744073709551615", "18446744073709551615")]
    [InlineData(".data", "small", "-32768", "-32768")]
    [InlineData(".data", "small", "'0x10'", "16")]
    [InlineData(".data", "ready", "$false", "false")]
    [InlineData(".data", "motto", "'go'", "\"go\"")]
    [InlineData(".data", "corner", "@{ x = 5; z = -6 }", "{\"x\":5,\"y\":0,\"z\":-6}")]
    [InlineData(".data", "weather", "TEMPERATURE_COLD", "\"TEMPERATURE_COLD\"")]
    [InlineData(".data", "weather", "temperature_cold", "\"TEMPERATURE_COLD\"")]
    [InlineData(".data", "grid", "((1, 2, 3), (4, 5, 65535))", "[[1,2,3],[4,5,65535]]")]
    [InlineData(".bss", "calls", "100", "100")]
    [InlineData(".bss", "last", "([pscustomobject]@{ X = 1; y = '-2'; Z = 3 })", "{\"x\":1,\"y\":-2,\"z\":3}")]
    [InlineData(".bss", "called", "1", "true")]
    public void A_variable_of_a_running_program_is_set_and_the_others_stay(string section, string name, string value, string json)
    {
        var map = Run($"($o.Maps | Where-Object Name -eq types{section}).Id").Only.BaseObject;
        var before = KernelWitness.Globals(map, section);

        Assert.Empty(Run($"Set-BpfVariable {name} {value}").Succeeded().Output);

        var after = KernelWitness.Globals(map, section);
        Assert.NotEqual(json, before[name].GetRawText());
        Assert.Equal(json, after[name].GetRawText());
        Assert.All(before.Keys.Where(other => other != name), other => Assert.Equal(before[other].GetRawText(), after[other].GetRawText()));
    }

    [Fact]
    public void The_program_goes_on_from_the_new_value()
    {
        Producer.Call(2);
        Run("Set-BpfVariable calls 1000").Succeeded();

        Producer.Call();

        Assert.Equal(1001, Bss()["calls"].GetInt32());
    }

    [Theory]
    [InlineData("Set-BpfVariable CALLS 7")]
    [InlineData("Set-BpfVariable calls 7 -InputObject types")]
    [InlineData("Set-BpfVariable -Name calls -Value 7 -Object $o")]
    [InlineData("$o | Set-BpfVariable calls 7")]
    [InlineData("$o.Programs[0] | Set-BpfVariable calls 7")]
    [InlineData("Set-BpfVariable calls 7 -Object $o.Programs[0].Id")]
    [InlineData("$o.Maps | Where-Object Name -like *.bss | Set-BpfVariable calls 7")]
    [InlineData("Get-BpfVariable calls | ForEach-Object { $_.Value = 7; $_ } | Set-BpfVariable")]
    [InlineData("Get-BpfVariable calls | ForEach-Object { $_.Value += 7; $_ } | Set-BpfVariable")]
    [InlineData("$v = Get-BpfVariable calls; $v.Value = '7'; Set-BpfVariable -InputObject $v")]
    public void A_variable_and_whose_it_is_are_named_in_every_way(string set)
    {
        Run(set).Succeeded();

        Assert.Equal(7, Bss()["calls"].GetInt32());
    }

    [Fact]
    public void PassThru_gives_the_variable_as_it_is_then()
    {
        var set = Run("Set-BpfVariable calls '0x10' -PassThru").Only;
        var changed = Run("Get-BpfVariable calls | ForEach-Object { $_.Value = '17'; $_ } | Set-BpfVariable -PassThru").Only;

        Assert.Equal(("calls", 16UL), (set.Get("Name"), set.Get("Value")));
        Assert.Equal(17UL, changed.Get("Value"));
    }

    [Theory]
    [InlineData("Set-BpfVariable calls 7 -WhatIf")]
    [InlineData("Get-BpfVariable calls | ForEach-Object { $_.Value = 7; $_ } | Set-BpfVariable -WhatIf -PassThru")]
    public void WhatIf_sets_nothing(string set)
    {
        Assert.Contains("types.bss: calls", Session.Show(set));

        Assert.Equal(0, Bss()["calls"].GetInt32());
    }

    [Theory]
    [InlineData("Set-BpfVariable limited 20")]
    [InlineData("Set-BpfVariable producer_pid 1 -Object $o")]
    [InlineData("Get-BpfVariable limited | ForEach-Object { $_.Value = 20; $_ } | Set-BpfVariable")]
    public void A_constant_is_an_error_that_says_when_it_can_be_set(string set)
    {
        var constants = Run("($o.Maps | Where-Object Name -eq types.rodata).Id").Only.BaseObject;
        var before = KernelWitness.Entries(constants);

        var error = Run(set).FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains("is a constant (.rodata) and cannot be changed once the program is loaded", error.Exception.Message);
        Assert.Contains("Start-BpfProgram -Variable", error.ErrorDetails.RecommendedAction);
        Assert.Equal(before, KernelWitness.Entries(constants));
    }

    [Theory]
    [InlineData("small", "32768", "-32768 to 32767")]
    [InlineData("big", "-1", "0 to 18446744073709551615")]
    [InlineData("motto", "'12345678'", "room for 7 and a NUL")]
    [InlineData("weather", "RAINY", "TEMPERATURE_COLD, TEMPERATURE_WARM")]
    [InlineData("corner", "@{ w = 1 }", "no member 'w'")]
    [InlineData("grid", "((1, 2), (3, 4))", "but must have 3")]
    [InlineData("ready", "2", "neither true nor false")]
    public void A_value_that_does_not_fit_is_an_error_that_names_the_variable_and_sets_nothing(string name, string value, string words)
    {
        var data = Run("($o.Maps | Where-Object Name -eq types.data).Id").Only.BaseObject;
        var before = KernelWitness.Entries(data);

        var error = Run($"Set-BpfVariable {name} {value}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains($"'{name}'", error.Exception.Message);
        Assert.Contains(words, error.Exception.Message);
        Assert.Equal(before, KernelWitness.Entries(data));
    }

    [Fact]
    public void Of_several_variables_one_that_does_not_fit_keeps_all_from_being_set()
    {
        var error = Run("(Get-BpfVariable calls), (Get-BpfVariable small) "
            + "| ForEach-Object { $_.Value = 99999; $_ } | Set-BpfVariable").Error;

        Assert.Contains("'small'", error.Exception.Message);
        Assert.Equal(0, Bss()["calls"].GetInt32());
        Assert.Contains("no value ($null)",
            Run("Get-BpfVariable calls | ForEach-Object { $_.Value = $null; $_ } | Set-BpfVariable").Error.Exception.Message);
    }

    [Theory]
    [InlineData("Set-BpfVariable nosuch 1", "BpfNotFound", "nosuch")]
    [InlineData("Set-BpfVariable cal* 1", "BpfNotFound", "cal*")]
    [InlineData("Set-BpfVariable nosuch 1 -Object $o", "BpfNotFound", "nosuch")]
    public void A_name_that_is_not_there_is_one_error(string set, string id, object target)
    {
        var outcome = Run(set);

        outcome.FailedWith(id, ErrorCategory.ObjectNotFound, target);
        Assert.False(outcome.WasTerminated);
        Assert.Equal(0, Bss()["calls"].GetInt32());
    }

    [Fact]
    public void An_object_that_is_not_there_is_one_error()
    {
        Run("Set-BpfVariable calls 1 -Object nosuch").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Run("Set-BpfVariable calls 1 -Object 4000000000").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void A_name_that_two_objects_have_is_an_error_until_it_is_said_whose()
    {
        Given("$other = Start-BpfProgram $types");
        var others = Run("($other.Maps | Where-Object Name -eq types.bss).Id").Only.BaseObject;

        var error = Run("Set-BpfVariable calls 7").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument, "calls");
        Assert.Contains("-InputObject", error.ErrorDetails.RecommendedAction);
        Run("Set-BpfVariable calls 7 -Object $other").Succeeded();

        Assert.Equal(0, Bss()["calls"].GetInt32());
        Assert.Equal(7, KernelWitness.Globals(others, ".bss")["calls"].GetInt32());
    }

    [Theory]
    [InlineData("Set-BpfVariable calls", "-Value is missing.")]
    [InlineData("Set-BpfVariable -Id 1", "No variable is specified.")]
    [InlineData("Set-BpfVariable $o", "'types' is not a variable.")]
    [InlineData("$o | Set-BpfVariable", "'types' is not a variable.")]
    public void What_is_not_said_is_one_error_that_says_what_to_say(string set, string message)
    {
        var error = Run(set).FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Equal(message, error.Exception.Message);
    }

    [Fact]
    public void A_section_that_was_frozen_says_so()
    {
        Given("$o.Maps | Where-Object Name -eq types.bss | Lock-BpfMap");

        Assert.Contains("is frozen",
            Run("Set-BpfVariable calls 7").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).Exception.Message);

        Assert.Equal(0, Bss()["calls"].GetInt32());
    }

    [Fact]
    public void A_variable_of_an_object_that_was_stopped_is_one_error()
    {
        Given("$v = Get-BpfVariable calls; $o | Stop-BpfProgram");
        NothingIsLeft();

        Run("$v | Set-BpfVariable").FailedWith("BpfVanished", ErrorCategory.ObjectNotFound);
    }

    private IReadOnlyDictionary<string, System.Text.Json.JsonElement> Bss() =>
        KernelWitness.Globals(Run("($o.Maps | Where-Object Name -eq types.bss).Id").Only.BaseObject, ".bss");
}
