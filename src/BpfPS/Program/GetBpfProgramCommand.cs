using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfProgram: the programs in the kernel.</summary>
[Cmdlet(VerbsCommon.Get, "BpfProgram", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfProgram))]
public sealed class GetBpfProgramCommand : ProgramCmdlet
{
    private protected override bool AllByDefault => true;

    private protected override void ProcessProgram(BpfProgram program, Reference<BpfProgram> reference)
    {
        // Counters move on: what the kernel says now of what came through the pipeline, not what it said then.
        if ((InputObject.Length > 0 ? Try(() => BpfProgram.FromId(program.Id), reference.Target) : program) is { } now)
        {
            WriteObject(now);
        }
    }
}
