using System.Text.Json;

namespace BpfPS.Module.Tests.Map;

public sealed class GetBpfMapTests : KernelTest
{
    [Fact]
    public void A_map_is_what_bpftool_says_it_is()
    {
        Given("$o = Start-BpfProgram $types");

        var map = Run("$o.Maps | Where-Object Name -eq by_struct | ForEach-Object { Get-BpfMap -Id $_.Id }").Only;

        var witness = JsonDocument.Parse(Command.Output("bpftool", "-j", "map", "show", "id", $"{map.Get("Id")}")).RootElement;
        Assert.Equal(witness.GetProperty("name").GetString(), map.Get("Name"));
        Assert.Equal(witness.GetProperty("type").GetString(), map.Get("Type"));
        Assert.Equal(witness.GetProperty("bytes_key").GetUInt32(), map.Get("KeySize"));
        Assert.Equal(witness.GetProperty("bytes_value").GetUInt32(), map.Get("ValueSize"));
        Assert.Equal(witness.GetProperty("max_entries").GetUInt32(), map.Get("MaxEntries"));
        Assert.Equal("struct flow_key", map.Get("KeyType"));
        Assert.Equal("struct flow_value", map.Get("ValueType"));
    }

    [Theory]
    [InlineData("Get-BpfMap -Id $id")]
    [InlineData("$map | Get-BpfMap")]
    [InlineData("Get-BpfMap -InputObject $map")]
    [InlineData("$o | Get-BpfMap | Where-Object Id -eq $id")]
    [InlineData("Get-BpfMap by_struct | Where-Object Id -eq $id")]
    [InlineData("Get-BpfMap BY_str* | Where-Object Id -eq $id")]
    [InlineData("Get-BpfMap | Where-Object Id -eq $id")]
    [InlineData("Get-BpfMap nosuch*, by_* | Where-Object Id -eq $id")]
    public void Maps_are_named_in_every_way(string get)
    {
        Given("$o = Start-BpfProgram $types; $map = $o.Maps | Where-Object Name -eq by_struct; $id = $map.Id");

        Assert.Equal("by_struct", Run(get).Only.Get("Name"));
    }

    [Fact]
    public void A_map_may_be_named_in_any_case()
    {
        Given("$o = Start-BpfProgram $types");

        Assert.NotEmpty(Run("Get-BpfMap BY_STRUCT").Succeeded().Output);
    }

    [Fact]
    public void A_map_comes_from_the_pipeline_by_its_id()
    {
        Given("$o = Start-BpfProgram $types; $id = $o.Maps[0].Id");

        Assert.Single(Run("[pscustomobject]@{ Id = $id } | Get-BpfMap").Succeeded().Output);
    }

    [Fact]
    public void A_pinned_map_is_found_by_its_path()
    {
        using var pins = new PinFolder();
        pins.Map("one");
        pins.Map("two");

        Assert.Equal("one", Run($"Get-BpfMap -Path {pins.Path}/one").Only.Get("Name"));
        Assert.Equal($"{pins.Path}/one", Run($"Get-BpfMap -Path {pins.Name}/one").Only.Get("Path"));
        Assert.Equal(["one", "two"], Run($"Get-BpfMap -Path {pins.Path}").Succeeded().Output.Select<string>("Name"));
        Assert.Equal(["two"], Run($"Get-BpfMap -Path {pins.Path}/t*").Succeeded().Output.Select<string>("Name"));
        Assert.Equal(["one", "two"], Run($"Get-BpfPin {pins.Path} | Get-BpfMap").Succeeded().Output.Select<string>("Name"));
        Assert.Empty(Run($"Get-BpfMap -Path {pins.Path}/nosuch*").Succeeded().Output);
    }

    [Theory]
    [InlineData("Get-BpfMap nosuch", "BpfNotFound", "nosuch")]
    [InlineData("Get-BpfMap -Id 4000000000", "BpfNotFound", 4000000000u)]
    [InlineData("Get-BpfMap -Path nosuch/map", "BpfNotFound", "nosuch/map")]
    public void What_is_not_there_is_one_error(string get, string id, object target)
    {
        using var pins = new PinFolder(); // bpffs is there

        var outcome = Run(get);

        outcome.FailedWith(id, ErrorCategory.ObjectNotFound, target);
        Assert.False(outcome.WasTerminated);
    }

    [Fact]
    public void Of_several_names_those_that_are_there_are_given()
    {
        Given("$o = Start-BpfProgram $types");

        var outcome = Run("Get-BpfMap nosuch, by_struct, nosuch2");

        Assert.Equal(["nosuch", "nosuch2"], outcome.Errors.Select(error => error.TargetObject));
        Assert.NotEmpty(outcome.Output);
    }

    [Fact]
    public void A_program_that_is_piped_in_is_an_error_that_says_what_to_pipe_instead()
    {
        Given("$o = Start-BpfProgram $types");

        var error = Run("$o.Programs[0] | Get-BpfMap").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains("Get-BpfObject", error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void A_name_that_the_kernel_has_cut_is_found_by_the_whole_one()
    {
        using var pins = new PinFolder();
        pins.Map("fifteen_letters");

        Assert.Equal("fifteen_letters", Run("Get-BpfMap fifteen_letters_and_more").Only.Get("Name"));
    }

    [Fact]
    public void What_was_named_itself_and_has_gone_is_an_error_also_after_what_was_not()
    {
        Given("$running = Start-BpfProgram $types; $stopped = Start-BpfProgram $types; $stopped | Stop-BpfProgram");

        Assert.Contains("stopped", Run("Get-BpfMap -InputObject $running, $stopped").Error.Exception.Message);
    }
}
