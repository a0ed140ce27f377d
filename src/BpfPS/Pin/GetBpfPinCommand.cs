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
    public string[]? Path { get; set; }

    /// <summary>Started objects, whose pins are wanted, pins, or whatever has the Path of a pin.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var paths = ParameterSetName == ByObject ? InputObject.Select(PathOf).OfType<string>() : Path ?? [.. BpfFileSystem.Mounts.Select(mount => $"{mount}/*")];
        foreach (var path in paths)
        {
            var unreadable = new List<(string Path, BpfException Error)>();
            WriteObject(Try(() => PinSelector.Find(path, unreadable), path) ?? [], enumerateCollection: true);
            foreach (var (pin, error) in unreadable)
            {
                WriteError(error, pin);
            }
        }
    }

    private static string? PathOf(PSObject item) => item.BaseObject switch
    {
        BpfObject obj => obj.PinPath,
        BpfPin pin => pin.Path,
        string path => path,
        _ => (item.Properties["PinPath"] ?? item.Properties["Path"])?.Value?.ToString(),
    };
}
