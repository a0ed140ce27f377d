using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfPin: what is pinned in bpffs.</summary>
[Cmdlet(VerbsCommon.Get, "BpfPin")]
[OutputType(typeof(BpfPin))]
public sealed class GetBpfPinCommand : BpfCmdlet
{
    /// <summary>Paths in bpffs, wildcards allowed; a directory means all below it.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("PinPath")]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    public string[] Path { get; set; } = [$"{BpfFileSystem.Root}/*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var path in Path)
        {
            WriteObject(Try(() => PinSelector.Find(path), path) ?? [], enumerateCollection: true);
        }
    }
}
