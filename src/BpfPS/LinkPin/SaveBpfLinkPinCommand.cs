using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Save-BpfLinkPin: pins a link in bpffs, so that its program stays attached after the session.</summary>
[Cmdlet(VerbsData.Save, "BpfLinkPin", SupportsShouldProcess = true, DefaultParameterSetName = ById)]
[OutputType(typeof(BpfPin))]
public sealed class SaveBpfLinkPinCommand : SavePinCmdlet
{
    private protected override object FromId(uint id) => BpfLink.FromId(id);

    private protected override (string What, string ProgramName) Describe(object thing) => ($"link {thing}", ((BpfLink)thing).ProgramName);

    private protected override BpfPin Pin(object thing, string place, BpfPinAccess? access) => ((BpfLink)thing).Pin(place, Force, access);

    private protected override IEnumerable<object> Of(PSObject item)
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
