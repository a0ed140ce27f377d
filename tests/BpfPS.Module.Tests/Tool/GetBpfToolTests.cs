namespace BpfPS.Module.Tests.Tool;

public sealed class GetBpfToolTests : KernelTest
{
    [Fact]
    public void Every_shipped_tool_is_listed_with_what_it_is_for()
    {
        var tools = Run("Get-BpfTool").Succeeded().Output;

        Assert.Superset(new HashSet<string>(["execsnoop", "profile", "runqlat"]), tools.Select<string>("Name").ToHashSet());
        Assert.All(tools, tool => Assert.True(File.Exists(tool.Get<string>("Path"))));
    }

    [Theory]
    [InlineData("Get-BpfTool runqlat", "runqlat")]
    [InlineData("Get-BpfTool -Name RUNQLAT", "runqlat")]
    [InlineData("Get-BpfTool r*, ex*", "runqlat execsnoop exitsnoop")]
    [InlineData("'runqlat', 'execsnoop' | Get-BpfTool", "runqlat execsnoop")]
    [InlineData("Get-BpfTool runqlat | Get-BpfTool", "runqlat")]
    [InlineData("[pscustomobject]@{ Name = 'runqlat' } | Get-BpfTool", "runqlat")]
    [InlineData("Get-BpfTool nosuch*", "")]
    public void Tools_are_named_in_every_way(string get, string names)
    {
        Assert.Equal(names.Split(' ', StringSplitOptions.RemoveEmptyEntries), Run(get).Succeeded().Output.Select<string>("Name"));
    }

    [Fact]
    public void A_tool_that_is_not_there_is_one_error_that_lists_those_there_are()
    {
        var outcome = Run("Get-BpfTool nosuch, runqlat");

        var error = outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.Contains("execsnoop", error.ErrorDetails.RecommendedAction);
        Assert.Single(outcome.Output);
    }

    [Theory]
    [InlineData("../bpf/runqlat")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    public void A_name_is_no_way_out_of_the_tools_folder(string name)
    {
        Assert.Single(Run($"Get-BpfTool '{name}'").Errors);
    }

    [Fact]
    public void A_tool_tells_its_event_its_maps_and_its_variables()
    {
        var tool = Run("Get-BpfTool runqlat").Only;

        Assert.Equal("struct runqlat_event", tool.Get("EventType"));
        Assert.Contains("hist", tool.Get<IReadOnlyList<string>>("Maps"));
        Assert.Contains("threshold_ns", Run("(Get-BpfTool runqlat).Variables").Output.Select<string>("Name"));
        Assert.Contains("tp_btf/sched_switch", Run("(Get-BpfTool runqlat).Programs").Output.Select<string>("Section"));
        Assert.Null(Run("Get-BpfTool profile").Only.Get("EventType"));
    }

    [Fact]
    public void Listing_tools_loads_nothing()
    {
        Run("Get-BpfTool").Succeeded();

        NothingIsLeft();
    }
}
