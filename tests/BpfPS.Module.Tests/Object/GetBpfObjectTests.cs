namespace BpfPS.Module.Tests.Object;

public sealed class GetBpfObjectTests : KernelTest
{
    [Fact]
    public void Nothing_started_is_silence()
    {
        Assert.Empty(Run("Get-BpfObject").Succeeded().Output);
    }

    [Theory]
    [InlineData("Get-BpfObject", "burst types")]
    [InlineData("Get-BpfObject burst", "burst")]
    [InlineData("Get-BpfObject BURST", "burst")]
    [InlineData("Get-BpfObject t*, b*", "types burst")]
    [InlineData("Get-BpfObject nosuch*", "")]
    public void What_was_started_is_listed_by_name(string get, string names)
    {
        Given("Start-BpfProgram $burst, $types");

        Assert.Equal(names.Split(' ', StringSplitOptions.RemoveEmptyEntries), Run(get).Succeeded().Output.Select<string>("Name"));
    }

    [Fact]
    public void A_name_that_is_not_there_is_one_error()
    {
        Given("Start-BpfProgram $burst");

        var outcome = Run("Get-BpfObject nosuch, burst");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.Single(outcome.Output);
    }

    [Fact]
    public void A_file_is_described_without_being_loaded()
    {
        var file = Run("Get-BpfObject -FilePath $types").Only;

        Assert.Equal("BpfObjectSpec", file.BaseObject.GetType().Name);
        Assert.Equal(("types", Repository.TestProgram("types")), (file.Get("Name"), file.Get("Path")));
        Assert.Contains("by_struct", Run("(Get-BpfObject -FilePath $types).Maps").Output.Select<string>("Name"));
        Assert.Contains("producer_pid", Run("(Get-BpfObject -FilePath $types).Variables").Output.Select<string>("Name"));
        Assert.Equal("tp_btf/sys_enter", Run("(Get-BpfObject -FilePath $types).Programs").Only.Get("Section"));
        NothingIsLeft();
    }

    [Fact]
    public void A_file_comes_from_the_pipeline_by_its_full_name()
    {
        Assert.Equal("burst", Run("[IO.FileInfo]::new($burst) | Get-BpfObject").Only.Get("Name"));
    }

    [Fact]
    public void A_relative_path_counts_from_the_sessions_own_location()
    {
        Session.Runspace.SessionStateProxy.Path.SetLocation(Path.GetDirectoryName(Repository.TestProgram("burst")));

        Assert.Equal("burst", Run("Get-BpfObject -FilePath burst.bpf.o").Only.Get("Name"));
    }

    [Fact]
    public void A_file_that_is_not_there_is_one_error()
    {
        Run("Get-BpfObject -FilePath /nosuch/x.bpf.o").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "/nosuch/x.bpf.o");
    }

    [Fact]
    public void The_limits_and_words_of_a_variable_come_from_its_source()
    {
        var limited = Run("(Get-BpfObject -FilePath $types).Variables | Where-Object Name -eq limited").Only;

        Assert.Equal("__u32", limited.Get("Type"));
        Assert.Equal(50u, limited.Get("Value"));
        Machine.Require(limited.Get("Help") is not null, "the compiler that built the test programs keeps no declaration tags (clang 16 or newer does)");
        Assert.Equal("A number between 10 and 100.", limited.Get("Help"));
        Assert.Equal("%", limited.Get("Unit"));
        Assert.Equal("10", limited.Get("Least")!.ToString());
        Assert.Equal("100", limited.Get("Greatest")!.ToString());
    }

    [Fact]
    public void What_an_object_lost_is_null_where_nobody_counts()
    {
        Given($"Start-BpfProgram $burst; Start-BpfProgram '{Repository.TestProgram("runs")}' -NoAttach");

        Assert.Equal(0UL, Run("Get-BpfObject burst").Only.Get("EventsLost"));
        Assert.Null(Run("Get-BpfObject runs").Only.Get("EventsLost"));
    }

    [Fact]
    public void What_a_file_defines_is_not_in_the_kernel_and_cannot_be_used_as_if_it_were()
    {
        Run("(Get-BpfObject -FilePath $types).Maps | Where-Object Name -eq by_number | Get-BpfMapEntry").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Run("(Get-BpfObject -FilePath $types).Programs[0] | Get-BpfInstruction").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Run("Get-BpfObject -FilePath $types | Measure-BpfProgram -Duration 10ms").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
    }
}
