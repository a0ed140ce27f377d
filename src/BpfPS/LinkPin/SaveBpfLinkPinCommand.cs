using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Save-BpfLinkPin: pins a link in bpffs, so that its program stays attached after the session.</summary>
[Cmdlet(VerbsData.Save, "BpfLinkPin", SupportsShouldProcess = true, DefaultParameterSetName = ById)]
[OutputType(typeof(BpfPin))]
public sealed class SaveBpfLinkPinCommand : BpfCmdlet
{
    private const string ById = "Id";
    private const string ByObject = "InputObject";

    /// <summary>Ids of links.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    public uint[] Id { get; set; } = [];

    /// <summary>Links, pins of links, or started objects, whose links are meant.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Where to pin it: a path in bpffs; one that ends in '/' is a directory, in which the pin has the program's name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string PinPath { get; set; } = "";

    /// <summary>Replace the pin of another link that is there.</summary>
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
        var links = ParameterSetName == ById ? Id.Select(id => Try(() => BpfLink.FromId(id), id)).OfType<BpfLink>() : InputObject.SelectMany(LinksOf);
        foreach (var link in links.ToArray())
        {
            Save(link);
        }
    }

    private void Save(BpfLink link)
    {
        var place = PinPath.EndsWith('/') ? PinPath + link.ProgramName : PinPath;
        if (!ShouldProcess(place, $"Pin link {link}"))
        {
            return;
        }
        var pin = Try(() => FileSystems.RequireBpf(this) ? link.Pin(place, Force, BpfPinAccess.Parse(Mode, Owner)) : null, link);
        if (pin is not null && PassThru)
        {
            WriteObject(pin);
        }
    }

    private IEnumerable<BpfLink> LinksOf(PSObject item)
    {
        switch (item.BaseObject)
        {
            case BpfLink link:
                return [link];
            case BpfObject obj:
                return Try(() => BpfLink.Of(obj), obj) ?? [];
            case BpfPin { Kind: BpfPinKind.Link } pin:
                return Try(() => BpfLink.FromPin(pin.Path), pin) is { } pinned ? [pinned] : [];
            default:
                WriteError(new BpfException(BpfErrorKind.InvalidArgument, $"A {item.BaseObject.GetType().Name} is no link.", "Pipe in links (Get-BpfLink), pins of links (Get-BpfPin) or started objects (Get-BpfObject), or give -Id."), item);
                return [];
        }
    }
}
