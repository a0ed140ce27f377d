using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Pins what has an id in bpffs: what Save-BpfLinkPin and Save-BpfProgramPin do alike.</summary>
public abstract class SavePinCmdlet : BpfCmdlet
{
    private protected const string ById = "Id";
    private protected const string ByObject = "InputObject";

    /// <summary>Ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    public uint[] Id { get; set; } = [];

    /// <summary>The things themselves, or what stands for them.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Where to pin it: a path in bpffs; one that ends in '/' is a directory, in which the pin has the program's name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string PinPath { get; set; } = "";

    /// <summary>Replace the pin of another that is there.</summary>
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

    /// <summary>Opens by id.</summary>
    private protected abstract object FromId(uint id);

    /// <summary>What an object of the pipeline stands for; an error is written for one that stands for nothing.</summary>
    private protected abstract IEnumerable<object> Of(PSObject item);

    /// <summary>What it is, in words, and the name of its program.</summary>
    private protected abstract (string What, string ProgramName) Describe(object thing);

    /// <summary>Pins it.</summary>
    private protected abstract BpfPin Pin(object thing, string place, BpfPinAccess? access);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var things = ParameterSetName == ById ? Id.Select(id => Try(() => FromId(id), id)).OfType<object>() : InputObject.SelectMany(Of);
        foreach (var thing in things.ToArray())
        {
            Save(thing);
        }
    }

    private void Save(object thing)
    {
        var (what, name) = Describe(thing);
        var place = PinPath.EndsWith('/') ? PinPath + name : PinPath;
        if (!ShouldProcess(place, $"Pin {what}"))
        {
            return;
        }
        var pin = Try(() => FileSystems.RequireBpf(this) ? Pin(thing, place, BpfPinAccess.Parse(Mode, Owner)) : null, thing);
        if (pin is not null && PassThru)
        {
            WriteObject(pin);
        }
    }
}
