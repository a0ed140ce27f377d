namespace BpfPS.Module.Tests.Feature;

public sealed class TestBpfFeatureTests : KernelTest
{
    [Theory]
    [InlineData("-MapType LpmTrie", true)]
    [InlineData("-ProgramType socket_filter", true)]
    [InlineData("-ProgramType tracing", true)]
    [InlineData("-AttachType tp_btf", true)]
    [InlineData("-AttachType iter", true)]
    [InlineData("-Helper bpf_map_lookup_elem", true)]
    [InlineData("-ProgramType xdp -Helper redirect_map", true)]
    [InlineData("-ProgramType socket_filter -Helper redirect_map", false)]
    [InlineData("-MapType hash -ProgramType socket_filter -Helper redirect_map", false)]
    [InlineData("-MapType hash -AttachType trace_iter", true)]
    public void One_question_has_one_answer(string parameters, bool expected)
    {
        Assert.Equal(expected, Run($"Test-BpfFeature {parameters}").Only.BaseObject);
    }

    [Fact]
    public void Every_answer_is_that_of_the_row()
    {
        var rows = Run("Get-BpfFeature -Category AttachType").Succeeded().Output;

        Assert.All(rows, row => Assert.Equal($"{row.Get("Support")}" == "Yes", Run($"Test-BpfFeature -AttachType {row.Get("Name")}").Only.BaseObject));
    }

    [Fact]
    public void A_no_says_why_when_it_is_asked()
    {
        var outcome = Run("Test-BpfFeature -ProgramType socket_filter -Helper redirect_map -Verbose").Succeeded();

        Assert.Contains(outcome.Verbose, line => line.Contains("redirect_map", StringComparison.Ordinal) && line.Contains("cannot call it", StringComparison.Ordinal));
        Assert.Equal("No", $"{Run("Test-BpfFeature -ProgramType socket_filter -Helper redirect_map -Detailed").Only.Get("Support")}");
    }

    [Theory]
    [InlineData("-MapType nosuch", "Unknown map type 'nosuch'")]
    [InlineData("-Helper nosuch", "Unknown helper 'nosuch'")]
    [InlineData("-AttachType nosuch", "Unknown attach type 'nosuch'")]
    [InlineData("", "Nothing is specified to test")]
    public void A_question_that_is_none_is_an_error(string parameters, string message)
    {
        Assert.Contains(message, Run($"Test-BpfFeature {parameters}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).ToString());
    }

    [Theory]
    [InlineData("runqlat", "True")]
    [InlineData("$burst", "True")]
    public void An_object_that_starts_is_a_yes_and_nothing_of_it_stays(string name, string answer)
    {
        Assert.Equal(answer, $"{Run($"Test-BpfFeature -Object {name}").Only}");
        Run($"Start-BpfProgram {name} | Stop-BpfProgram").Succeeded();
        NothingIsLeft();
    }

    [Fact]
    public void Objects_that_do_not_start_are_a_no_with_what_they_lack()
    {
        Assert.Equal(false, Run($"Test-BpfFeature -Object {Repository.TestProgram("rejected")}").Only.BaseObject);
        var lacks = Run($"Test-BpfFeature -Object {Repository.TestProgram("lacking")} -Detailed | Where-Object Support -ne Yes").Succeeded().Output;
        Assert.Superset(new HashSet<string>(["lacking", "nosuchsection", "bpf_no_such_function", "struct task_struct.no_such_member"]), lacks.Select<string>("Name").ToHashSet());
        NothingIsLeft();
    }

    [Fact]
    public void A_source_is_compiled_and_asked_about()
    {
        RequireCompiler();

        Assert.Equal(true, Run($"Test-BpfFeature -Object {Repository.TestSource("burst")}").Only.BaseObject);
        Run($"Test-BpfFeature -Object {Repository.TestSource("broken")}").FailedWith("BpfCompilationFailed", ErrorCategory.SyntaxError);
    }

    [Fact]
    public void A_file_that_is_none_is_an_error_and_the_others_go_on()
    {
        var outcome = Run("Test-BpfFeature -Object ./nosuch.bpf.o, runqlat");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "./nosuch.bpf.o");
        Assert.Equal(true, Assert.Single(outcome.Output).BaseObject);
    }

    [Theory]
    [InlineData("-ProgramType xdp")]
    [InlineData("-AttachType fentry")]
    [InlineData("-Object runqlat")]
    [InlineData("-Helper map_lookup_elem")]
    public void Without_privilege_there_is_neither_yes_nor_no_but_an_error_that_names_the_capability(string parameters)
    {
        Machine.RequireProgram("setpriv");

        var result = Shell.RunWithoutPrivilege($"$a = Test-BpfFeature {parameters} 2>&1; @($a).Count; $a[0].GetType().Name; \"$a\"").Succeeded();

        Assert.Equal(["1", "ErrorRecord"], result.Lines[..2]);
        Assert.Contains("It is unknown whether", result.Lines[2]);
        Assert.Contains("CAP_BPF", result.Lines[2]);
    }

    [Theory]
    [InlineData("Test-BpfFeature -ProgramType sche", "sched_cls")]
    [InlineData("Test-BpfFeature -MapType lpm", "lpm_trie")]
    [InlineData("Get-BpfFeature -AttachType trace_f", "trace_fentry")]
    [InlineData("Get-BpfFeature -Helper redirect_m", "redirect_map")]
    [InlineData("Test-BpfFeature -Object run", "runqlat")]
    [InlineData("Get-BpfFeature -Category Prog", "ProgramType")]
    public void Names_are_offered(string line, string expected)
    {
        Assert.Contains(expected, Session.Complete(line).Select(result => result.CompletionText));
    }
}
