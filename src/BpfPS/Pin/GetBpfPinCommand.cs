using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfPin: what is pinned in bpffs.</summary>
[Cmdlet(VerbsCommon.Get, "BpfPin", DefaultParameterSetName = ByPath)]
[OutputType(typeof(BpfPin))]
public sealed class GetBpfPinCommand : PinCmdlet
{
    private protected override bool AllByDefault => true;

    private protected override void ProcessPlace(PinPlace place, object target)
    {
        var unreadable = new List<(string Path, BpfException Error)>();
        WriteObject(Try(() => place.Pins(unreadable), target) ?? [], enumerateCollection: true);
        foreach (var (pin, error) in unreadable)
        {
            WriteVerbose($"'{VisibleText.Escape(pin)}' is not listed. {error.Message}");
        }
        if (unreadable is [var (_, first), ..])
        {
            SayLeftOut(unreadable.Count == 1 ? $"One pin or directory is not listed. {first.Message}"
                : $"{unreadable.Count} pins or directories are not listed; -Verbose names them. The first: {first.Message}");
        }
    }
}
