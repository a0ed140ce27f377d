using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Save-BpfProgramPin: pins a program in bpffs, so that it stays loaded after the session.</summary>
[Cmdlet(VerbsData.Save, "BpfProgramPin", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfPin))]
public sealed class SaveBpfProgramPinCommand : SavePinCmdlet
{
    internal override IReferenceKind Kind => ProgramResolver.Instance;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Save(ProgramResolver.Instance, (program, place, access) => program.Pin(place, Force, access));
}
