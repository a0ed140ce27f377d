using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Remove-BpfPin: removes pins, and with them what nothing else holds.</summary>
[Cmdlet(VerbsCommon.Remove, "BpfPin", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(BpfPin))]
public sealed class RemoveBpfPinCommand : BpfCmdlet
{
    private const string ByPath = "Path";
    private const string ByObject = "InputObject";

    /// <summary>Pins or directories of pins, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByPath)]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Pins, or whatever has the Path of one.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Remove directories with all that is pinned below them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Give the pins that were removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var paths = ParameterSetName == ByPath ? Path : InputObject.Select(item => item.BaseObject is BpfPin pin ? pin.Path : item.Properties["Path"]?.Value?.ToString() ?? item.ToString());
        foreach (var path in paths)
        {
            foreach (var place in Try(() => PinSelector.FindPlaces(path), path) ?? [])
            {
                Remove(place, path);
            }
        }
    }

    private void Remove(string place, string target)
    {
        if (!Recurse && Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any())
        {
            WriteError(new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(place)}' is a directory with pins in it.", "Remove it with all of them: -Recurse."), target);
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
