namespace BpfPS.Module.Tests.Program;

/// <summary>Options of Start-BpfProgram that are one text, or a text for each program.</summary>
public sealed class StartByProgramTests : KernelTest
{
    private const string Placeholders = "$placeholders";

    public StartByProgramTests() => Run($"$placeholders = '{Repository.TestProgram("placeholders")}'").Succeeded();

    [Theory]
    [InlineData("-Program held_raw_tp -Target sys_enter", "raw_tp_runs")]
    [InlineData("-Program held_raw_tp -Target @{ held_raw_tp = 'sys_enter' }", "raw_tp_runs")]
    [InlineData("-Program held_tracepoint -Target ([ordered]@{ held_tracepoint = 'syscalls/sys_enter_getppid' })", "tracepoint_runs")]
    [InlineData("-Program held_tp_btf -Target @{ held_tp_btf = (Write-Output sys_enter) }", "tp_btf_runs")]
    public void A_target_is_one_text_or_one_for_each_program(string arguments, string counter)
    {
        var id = Run($"""
            $o = Start-BpfProgram {Placeholders} {arguments} -Variable $producer; ($o.Maps | Where-Object Name -like *.bss).Id
            """).Only;
        Producer.Call(3);

        Assert.Equal(3UL, KernelWitness.Globals(id.BaseObject, ".bss")[counter].GetUInt64());
    }

    [Theory]
    [InlineData("-Target @{ held_raw_tp = 5 }", "is not a text: '5'", "held_raw_tp = 'TEXT'")]
    [InlineData("-Target @{ held_raw_tp = $null }", "is not a text", "held_raw_tp = 'TEXT'")]
    [InlineData("-Target @{ held_raw_tp = '' }", "is not a text", "held_raw_tp = 'TEXT'")]
    [InlineData("-Target @{ held_raw_tp = 'a', 'b' }", "is not a text", "held_raw_tp = 'TEXT'")]
    [InlineData("-Target a, b", "takes one text", "-Target 'TEXT'")]
    [InlineData("-Event a, b", "takes one text", "-Event 'TEXT'")]
    [InlineData("-ProgramType a, b", "takes one text", "-ProgramType 'TEXT'")]
    [InlineData("-Target ([pscustomobject]@{ held_raw_tp = 'x' })", "takes one text", "-Target 'TEXT'")]
    [InlineData("-Event @{ on_miss = 5 }", "is not a text: '5'", "on_miss = 'TEXT'")]
    public void What_is_not_a_text_is_an_error(string arguments, string message, string remedy)
    {
        var error = Run($"Start-BpfProgram {Placeholders} {arguments}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains(message, error.Exception.Message);
        Assert.Contains(remedy, error.ErrorDetails.RecommendedAction);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("-Target @{ held_raw_tpp = 'sys_enter' }", "held_raw_tp")]
    [InlineData("-Event @{ on_mis = 'cpu-clock' }", "on_miss")]
    [InlineData("-ProgramType @{ zerro = 'xdp' }", "zero")]
    public void A_program_that_the_object_does_not_have_is_an_error_with_those_that_it_has(string arguments, string near)
    {
        var error = Run($"Start-BpfProgram {Placeholders} {arguments}").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);

        Assert.Contains(near, error.ErrorDetails.RecommendedAction);
        NothingIsLeft();
    }

    [Fact]
    public void A_plain_target_that_no_program_has_a_use_for_is_an_error()
    {
        var error = Run($"Start-BpfProgram {Placeholders} -Program on_miss -Target sys_enter")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.StartsWith("Target does not apply", error.Exception.Message);
        Assert.Contains("Remove -Target.", error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void A_sampling_program_without_an_event_says_what_it_samples()
    {
        var outcome = Run($"Start-BpfProgram {Placeholders} -Program on_miss -Verbose");

        Assert.Contains(outcome.Succeeded().Verbose, message => message.Contains("'on_miss' samples the CPU clock (cpu-clock). -Event"));
        Assert.DoesNotContain(Run($"Start-BpfProgram {Placeholders} -Program on_miss -Event page-faults -Verbose").Succeeded().Verbose,
            message => message.Contains("samples the CPU clock"));
    }

    [Fact]
    public void The_advice_for_several_sampling_programs_works_as_it_is_written()
    {
        var advice = Run($"Start-BpfProgram {Placeholders} -Program on_miss, on_reference")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).ErrorDetails.RecommendedAction;
        var start = advice.IndexOf("-Event @{", StringComparison.Ordinal);
        var argument = advice[start..(advice.IndexOf('}', start) + 1)];

        var programs = Run($"(Start-BpfProgram {Placeholders} -Program on_miss, on_reference {argument}).Programs").Succeeded().Output;

        Assert.Equal(["on_miss", "on_reference"], programs.Select<string>("Name"));
    }

    [Fact]
    public void A_section_of_ones_own_is_told_its_type_as_the_error_advises()
    {
        var error = Run($"Start-BpfProgram {Placeholders} -Program zero").FailedWith("BpfInvalidData", ErrorCategory.InvalidData);
        Assert.Contains("-ProgramType, such as xdp", error.ErrorDetails.RecommendedAction);

        Assert.Equal("Loaded", $"{Run($"Start-BpfProgram {Placeholders} -Program two -ProgramType xdp -NoAttach").Only.Get("State")}");
        Assert.Equal("raw_tracepoint", Run($$"""
            (Start-BpfProgram {{Placeholders}} -Program zero -ProgramType @{ zero = 'raw_tp' } -Target sys_enter).Programs.Type
            """).Only.BaseObject);
    }

    [Theory]
    [InlineData("-Event page", "page-faults")]
    [InlineData("-ProgramType sched", "sched_cls")]
    [InlineData("-ProgramType cgroup/conn", "cgroup/connect4")]
    public void Events_and_types_are_completed(string arguments, string expected)
    {
        Assert.Contains(Session.Complete($"Start-BpfProgram {Repository.TestProgram("placeholders")} {arguments}"), result =>
            result.CompletionText.Contains(expected, StringComparison.Ordinal));
    }
}
