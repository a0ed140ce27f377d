using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfObject: what this session has started, or what an object file holds.</summary>
[Cmdlet(VerbsCommon.Get, "BpfObject", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfObject), typeof(BpfObjectSpec))]
public sealed class GetBpfObjectCommand : BpfCmdlet
{
    private const string ByName = "Name";
    private const string ByPath = "Path";

    /// <summary>Names, wildcards allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(StartedNameCompleter))]
    [SupportsWildcards]
    public string[]? Name { get; set; }

    /// <summary>Object files to read without loading them.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByPath)]
    [Alias("FullName")]
    public string[] Path { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByPath)
        {
            foreach (var path in Path)
            {
                if (Try(() => BpfObjectSpec.Read(ResolveObject(path.Contains('/') ? path : $"./{path}")), path) is { } obj)
                {
                    WriteObject(obj);
                }
            }
            return;
        }
        if (Name is null)
        {
            WriteObject(BpfSession.Objects, enumerateCollection: true);
            return;
        }
        foreach (var name in Name)
        {
            var found = Wildcards.Matching(BpfSession.Objects, name, obj => obj.Name).ToArray();
            if (found.Length == 0 && !Wildcards.IsPattern(name))
            {
                WriteError(new BpfException(BpfErrorKind.NotFound, $"This session has started nothing named '{VisibleText.Escape(name)}'.",
                    "Start it with Start-BpfProgram; what other sessions pinned is listed by Get-BpfPin."), name);
            }
            WriteObject(found, enumerateCollection: true);
        }
    }
}
