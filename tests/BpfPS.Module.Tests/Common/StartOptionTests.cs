namespace BpfPS.Module.Tests;

/// <summary>An option of starting stands once in the engine and once in the cmdlet, under one name.</summary>
public sealed class StartOptionTests : KernelTest
{
    [Fact]
    public void Every_option_of_attaching_is_a_parameter_of_Start_BpfProgram()
    {
        var options = Run("""
            [BpfPS.BpfAttachOptions].GetProperties() | ForEach-Object CustomAttributes |
                Where-Object { $_.AttributeType.Name -eq 'AttachParameterAttribute' } | ForEach-Object { $_.ConstructorArguments[0].Value }
            """).Succeeded().Output.Select(name => $"{name}").ToArray();
        var parameters = Run("(Get-Command Start-BpfProgram).Parameters.Keys").Succeeded().Output.Select(name => $"{name}").ToHashSet();

        Assert.True(options.Length > 15, string.Join(", ", options));
        Assert.All(options, option => Assert.Contains(option, parameters));
    }

    [Theory]
    [InlineData("-Interface lo", "-Interface")]
    [InlineData("-XdpMode Generic", "-XdpMode")]
    [InlineData("-Direction Egress", "-Direction")]
    [InlineData("-Priority 1", "-Priority")]
    [InlineData("-Before $o.Programs[0]", "-Before")]
    [InlineData("-After burst", "-After")]
    [InlineData("-Replace", "-Replace")]
    [InlineData("-Cgroup /", "-Cgroup")]
    [InlineData("-CgroupMode Single", "-CgroupMode")]
    [InlineData("-ProcessId $PID", "-ProcessId")]
    [InlineData("-Cpu 0", "-Cpu")]
    [InlineData("-Event cpu-clock", "-Event")]
    [InlineData("-Frequency 9", "-Frequency")]
    [InlineData("-Period 9", "-Period")]
    [InlineData("-ProgramType xdp", "-ProgramType")]
    [InlineData("-NetworkNamespace 1", "-NetworkNamespace")]
    [InlineData("-Map $o.Maps[0]", "-Map")]
    [InlineData("-Socket 1/2", "-Socket")]
    [InlineData("-Hook ipv4/input", "-Hook")]
    public void An_option_that_none_of_the_programs_takes_is_an_error_that_names_it(string argument, string parameter)
    {
        Given("$o = Start-BpfProgram $burst");

        var error = Run($"Start-BpfProgram $types {argument}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.StartsWith(parameter[1..] + " ", error.Exception.Message);
        Assert.Contains($"Remove {parameter}.", error.ErrorDetails.RecommendedAction);
        Assert.Empty(KernelWitness.Programs("types"));
    }
}
