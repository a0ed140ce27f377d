using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Save-BpfProgramPin: pins a program in bpffs, so that it stays loaded after the session.</summary>
[Cmdlet(VerbsData.Save, "BpfProgramPin", SupportsShouldProcess = true, DefaultParameterSetName = ById)]
[OutputType(typeof(BpfPin))]
public sealed class SaveBpfProgramPinCommand : SavePinCmdlet
{
    private protected override object FromId(uint id) => BpfProgram.FromId(id);

    private protected override (string What, string ProgramName) Describe(object thing) => ($"program {thing}", ((BpfProgram)thing).Name);

    private protected override BpfPin Pin(object thing, string place, BpfPinAccess? access) => ((BpfProgram)thing).Pin(place, Force, access);

    private protected override IEnumerable<object> Of(PSObject item) => item.BaseObject switch
    {
        BpfProgram program => [program],
        BpfObject obj => obj.Programs,
        _ => Try(() => ProgramSelector.ByProperties(item)
            ?? throw new BpfException(BpfErrorKind.InvalidArgument, $"A {item.BaseObject.GetType().Name} is no program.", "Pipe in programs (Get-BpfProgram) or started objects (Get-BpfObject)."), item) is { } named ? [named] : [],
    };
}
