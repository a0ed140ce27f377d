using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Save-BpfProgramPin: pins a program in bpffs, so that it stays loaded after the session.</summary>
[Cmdlet(VerbsData.Save, "BpfProgramPin", SupportsShouldProcess = true, DefaultParameterSetName = ById)]
[OutputType(typeof(BpfPin))]
public sealed class SaveBpfProgramPinCommand : BpfCmdlet
{
    private const string ById = "Id";
    private const string ByObject = "InputObject";

    /// <summary>Ids of programs.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    public uint[] Id { get; set; } = [];

    /// <summary>Programs, or started objects, whose programs are meant.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Where to pin it: a path in bpffs; one that ends in '/' is a directory, in which the pin has the program's name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string PinPath { get; set; } = "";

    /// <summary>Replace the pin of another program that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Who may use the pin, as chmod takes it.</summary>
    [Parameter]
    public string? Mode { get; set; }

    /// <summary>Whose the pin is: user, user:group or :group.</summary>
    [Parameter]
    public string? Owner { get; set; }

    /// <summary>Give the pin.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var programs = ParameterSetName == ById ? Id.Select(id => Try(() => BpfProgram.FromId(id), id)).OfType<BpfProgram>() : InputObject.SelectMany(ProgramsOf);
        foreach (var program in programs.ToArray())
        {
            Save(program);
        }
    }

    private void Save(BpfProgram program)
    {
        var place = PinPath.EndsWith('/') ? PinPath + program.Name : PinPath;
        if (!ShouldProcess(place, $"Pin program {program}"))
        {
            return;
        }
        var pin = Try(() => FileSystems.RequireBpf(this) ? program.Pin(place, Force, BpfPinAccess.Parse(Mode, Owner)) : null, program);
        if (pin is not null && PassThru)
        {
            WriteObject(pin);
        }
    }

    private IEnumerable<BpfProgram> ProgramsOf(PSObject item)
    {
        switch (item.BaseObject)
        {
            case BpfProgram program:
                return [program];
            case BpfObject obj:
                return obj.Programs;
            default:
                return Try(() => LanguagePrimitives.TryConvertTo<uint>(item.Properties["Id"]?.Value, out var id) && id != 0 && item.BaseObject is PSCustomObject ? BpfProgram.FromId(id)
                    : throw new BpfException(BpfErrorKind.InvalidArgument, $"A {item.BaseObject.GetType().Name} is no program.", "Pipe in programs (Get-BpfProgram) or started objects (Get-BpfObject)."), item) is { } named ? [named] : [];
        }
    }
}
