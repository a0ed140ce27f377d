using System.Text.Json;

namespace BpfPS.Module.Tests.Program;

public sealed class GetBpfInstructionTests : KernelTest
{
    [Theory]
    [InlineData("$o | Get-BpfInstruction")]
    [InlineData("Get-BpfInstruction -Id $id")]
    [InlineData("Get-BpfProgram -Id $id | Get-BpfInstruction")]
    public void The_instructions_of_a_program_are_what_bpftool_dumps(string get)
    {
        Given("$o = Start-BpfProgram $stacks -NoAttach; $id = $o.Programs[0].Id");
        if (get.StartsWith("$o", StringComparison.Ordinal))
        {
            get = "$o.Programs[0] | Get-BpfInstruction";
        }

        var instructions = Run(get).Succeeded().Output;

        var witness = JsonDocument.Parse(Command.Output("bpftool", "-j", "prog", "dump", "xlated", "id", $"{Run("$id").Only}")).RootElement;
        Assert.Equal(witness.EnumerateArray().Count(), instructions.Count);
        Assert.Equal(witness[0].GetProperty("disasm").GetString(), instructions[0].Get("Text"));
        Assert.EndsWith("stacks.bpf.c", instructions[0].Get<string>("SourceFile"), StringComparison.Ordinal);
    }

    [Fact]
    public void Machine_code_has_addresses_bytes_and_lines()
    {
        Given("$o = Start-BpfProgram $burst -NoAttach");

        var pieces = Run("$o | Get-BpfInstruction -Jited").Succeeded().Output;

        Assert.Equal((uint)Run("$o.Programs[0].JitedSize").Only.BaseObject, (uint)pieces.Sum(piece => piece.Get<byte[]>("Bytes").Length));
        Assert.All(pieces, piece => Assert.Equal(Convert.ToHexStringLower(piece.Get<byte[]>("Bytes")), piece.Get("Text")));
        Assert.Contains(pieces, piece => piece.Get("SourceText") is "event->inverse = ~sequence;");
    }

    [Fact]
    public void What_is_not_there_is_an_error()
    {
        Run("Get-BpfInstruction -Id 4000000000").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 4000000000u);
        Run("Get-BpfInstruction nosuch").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Run("Get-BpfInstruction").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Assert.Empty(Run("Get-BpfInstruction nosuch*").Succeeded().Output);
    }
}
