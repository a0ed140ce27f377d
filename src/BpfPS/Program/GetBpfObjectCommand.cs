using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfObject: what this session has started, or what an object file holds.</summary>
[Cmdlet(VerbsCommon.Get, "BpfObject", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfObject), typeof(BpfObjectSpec))]
public sealed class GetBpfObjectCommand : ReferenceCmdlet
{
    private const string ByFile = "FilePath";
    private const string ByLiteralFile = "LiteralPath";

    /// <summary>Object files or C sources to read without loading them; wildcards allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByFile)]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] FilePath { get; set; } = [];

    /// <summary>Object files or C sources to read, by names without wildcards.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByLiteralFile)]
    [Alias("PSPath")]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    internal override IReferenceKind Kind => ObjectResolver.Instance;

    private protected override bool AllByDefault => true;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case ByFile:
                foreach (var path in FilePath)
                {
                    foreach (var file in Try(() => ResolveFiles(path).ToArray(), path) ?? [])
                    {
                        Read(file, Wildcards.IsPattern(path) ? file : path);
                    }
                }
                break;
            case ByLiteralFile:
                foreach (var path in LiteralPath)
                {
                    Read(ResolveFile(path), path);
                }
                break;
            default:
                // Get-ChildItem's files are read; what else is piped in is something that was started.
                foreach (var file in InputObject.Select(item => PSObject.AsPSObject(item).BaseObject).OfType<FileInfo>())
                {
                    Read(file.FullName, file);
                }
                InputObject = [.. InputObject.Where(item => PSObject.AsPSObject(item).BaseObject is not FileInfo)];
                foreach (var obj in References(ObjectResolver.Instance))
                {
                    WriteObject(obj.Thing);
                }
                break;
        }
    }

    private void Read(string file, object target)
    {
        if (Try(() => BpfObjectSpec.Read(ResolveObject(file)), target) is { } obj)
        {
            WriteObject(obj);
        }
    }
}
