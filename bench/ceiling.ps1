# What the pipeline itself can do: a cmdlet that does nothing but emit objects, to Out-Null. It prints objects a second.
$ErrorActionPreference = 'Stop'
Add-Type -TypeDefinition @'
using System.Management.Automation;

[Cmdlet("Write", "BenchObject")]
public sealed class WriteBenchObject : PSCmdlet
{
    [Parameter] public int Count { get; set; }

    protected override void EndProcessing()
    {
        for (var i = 0; i < Count; i++)
        {
            WriteObject(new object());
        }
    }
}
'@ -PassThru | ForEach-Object { Import-Module $_.Assembly }
Write-BenchObject -Count 1000000 | Out-Null
$count = 5000000
$clock = [System.Diagnostics.Stopwatch]::StartNew()
Write-BenchObject -Count $count | Out-Null
[int] ($count / $clock.Elapsed.TotalSeconds)
