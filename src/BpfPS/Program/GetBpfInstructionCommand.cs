using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfInstruction: the code of programs in the kernel.</summary>
[Cmdlet(VerbsCommon.Get, "BpfInstruction", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfInstruction), typeof(BpfJitedCode))]
public sealed class GetBpfInstructionCommand : ProgramCmdlet
{
    /// <summary>The machine code instead of the instructions.</summary>
    [Parameter]
    public SwitchParameter Jited { get; set; }

    private protected override void ProcessProgram(BpfProgram program, Reference<BpfProgram> reference)
    {
        System.Collections.IEnumerable? code = Jited ? Try(() => BpfInstructionReader.ReadJited(program), reference.Target) : Try(() => BpfInstructionReader.ReadTranslated(program), reference.Target);
        if (code is not null)
        {
            WriteObject(code, enumerateCollection: true);
        }
    }
}
