using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Test-BpfTool: holds tools against independent witnesses on this machine.</summary>
[Cmdlet(VerbsDiagnostic.Test, "BpfTool")]
[OutputType(typeof(BpfToolTest))]
public sealed class TestBpfToolCommand : BpfCmdlet
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
            string[] names = Wildcards.IsPattern(name) ? [.. Wildcards.Matching(BpfToolProver.Names, name, tool => tool)] : [name];
            foreach (var tool in names.TakeWhile(_ => !StopToken.IsCancellationRequested))
            {
                WriteProgress(new ProgressRecord(0, "Testing tools", tool));
                if (Try(() => BpfToolProver.Prove(tool, WriteMessage, StopToken), tool) is { } result)
                {
                    WriteObject(result);
                }
            }
        }
    }
}
