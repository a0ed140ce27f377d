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

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            var names = Wildcards.IsPattern(name) ? Wildcards.Matching(BpfTool.Names, name, tool => tool) : [name];
            foreach (var tool in names)
            {
                if (Try(() => BpfTool.Get(tool), tool) is { } found)
                {
                    WriteObject(found);
                }
            }
        }
    }
}
