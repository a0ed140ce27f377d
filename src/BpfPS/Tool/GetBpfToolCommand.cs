using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfTool: the shipped tools.</summary>
[Cmdlet(VerbsCommon.Get, "BpfTool")]
[OutputType(typeof(BpfTool))]
public sealed class GetBpfToolCommand : BpfCmdlet
{
    /// <summary>Names, wildcards allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ToolNameCompleter))]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <summary>A tool that is shown with all that there is to know of it, since it was asked for by its name.</summary>
    private static PSObject Whole(BpfTool tool)
    {
        var shown = PSObject.AsPSObject(tool);
        shown.TypeNames.Insert(0, $"{typeof(BpfTool)}#Whole");
        return shown;
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            var names = Wildcards.IsPattern(name) ? Wildcards.Matching(BpfTool.Names, name, tool => tool) : [name];
            foreach (var tool in names)
            {
                if (Try(() => BpfTool.Get(tool, ResolveObject), tool) is { } found)
                {
                    WriteObject(Wildcards.IsPattern(name) ? found : Whole(found));
                }
            }
        }
    }
}
