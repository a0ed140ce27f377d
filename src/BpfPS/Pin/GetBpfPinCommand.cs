using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfPin: what is pinned in bpffs.</summary>
[Cmdlet(VerbsCommon.Get, "BpfPin", DefaultParameterSetName = ByPath)]
[OutputType(typeof(BpfPin))]
public sealed class GetBpfPinCommand : PinCmdlet
{
    private readonly List<(string Path, BpfException Error)> _unreadable = [];

    private protected override bool AllByDefault => true;

    private protected override void ProcessPlace(PinPlace place, object target)
    {
        var before = _unreadable.Count;
        WriteObject(Try(() => place.Pins(_unreadable), target) ?? [], enumerateCollection: true);
        foreach (var (pin, error) in _unreadable.Skip(before))
        {
            WriteVerbose($"'{VisibleText.Escape(pin)}' is not listed. {error.Message}");
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => SayLeftOut(PinPlace.LeftOut(_unreadable));
}
