using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfPin: what is pinned in bpffs.</summary>
[Cmdlet(VerbsCommon.Get, "BpfPin", DefaultParameterSetName = ByPath)]
[OutputType(typeof(BpfPin))]
public sealed class GetBpfPinCommand : BpfCmdlet
{
    private const string ByPath = "Path";
    private const string ByObject = "InputObject";

    /// <summary>Paths in bpffs, wildcards allowed; a directory means all below it.</summary>
    [Parameter(Position = 0, ParameterSetName = ByPath)]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    public string[] Path { get; set; } = [$"{BpfFileSystem.Root}/*"];

    /// <summary>Started objects, whose pins are wanted.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public BpfObject[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var paths = ParameterSetName == ByObject ? InputObject.Select(obj => obj.PinPath).OfType<string>() : Path;
        foreach (var path in paths)
        {
            WriteObject(Try(() => PinSelector.Find(path), path) ?? [], enumerateCollection: true);
        }
    }
}
