using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Remove-BpfPin: removes pins, and with them what nothing else holds.</summary>
[Cmdlet(VerbsCommon.Remove, "BpfPin", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(BpfPin))]
public sealed class RemoveBpfPinCommand : PinCmdlet
{
    /// <summary>Remove directories with all that is pinned below them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Give the pins that were removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void ProcessPlace(PinPlace place, object target)
    {
        foreach (var path in Try(place.Paths, target) ?? [])
        {
            Remove(path, target);
        }
    }

    private void Remove(string place, object target)
    {
        if (!Recurse && Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any())
        {
            WriteError(new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(place)}' is a directory that contains pins.", "Add -Recurse to remove it with all of them."), target);
            return;
        }
        if (!ShouldProcess(place, "Remove pins, and what nothing else holds with them: a link's last pin detaches its program"))
        {
            return;
        }
        if (Try(() => BpfPin.Remove(place), target) is { } removed && PassThru)
        {
            WriteObject(removed, enumerateCollection: true);
        }
    }
}
