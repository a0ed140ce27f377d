# What the scripts of the benchmarks share that run in pwsh: the producer, a cmdlet that only emits objects, and CPU times.

Add-Type -TypeDefinition @'
using System.Diagnostics;
using System.Management.Automation;
using System.Runtime.InteropServices;

/// <summary>Emits objects that hold nothing: what is left is what the pipeline costs.</summary>
[Cmdlet("Write", "BenchObject")]
public sealed class WriteBenchObject : PSCmdlet
{
    [Parameter] public int Count { get; set; } = int.MaxValue;

    [Parameter] public double Seconds { get; set; } = double.MaxValue;

    /// <summary>How many the last one emitted.</summary>
    public static int Emitted { get; private set; }

    protected override void EndProcessing()
    {
        var clock = Stopwatch.StartNew();
        for (Emitted = 0; Emitted < Count && ((Emitted & 0xff) != 0 || clock.Elapsed.TotalSeconds < Seconds); Emitted++)
        {
            WriteObject(new object());
        }
    }
}

/// <summary>CPU time in seconds, which other work on the machine changes little.</summary>
public static class BenchCpu
{
    private const int OfProcess = 2;
    private const int OfThread = 3;

    public static double Process => Read(OfProcess);

    public static double Thread => Read(OfThread);

    private static double Read(int clock)
    {
        clock_gettime(clock, out var time);
        return time.Seconds + time.Nanoseconds * 1e-9;
    }

    [DllImport("libc")] private static extern int clock_gettime(int clock, out Time time);

    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
'@ -PassThru | Where-Object Name -EQ WriteBenchObject | ForEach-Object { Import-Module $_.Assembly }

<#
.SYNOPSIS
Starts the producer. Its Id is that of its process; it begins when Invoke-Producer is called for it.
#>
function Start-Producer {
    param([int] $Cpu, [double] $Seconds, [int] $Rate)
    $start = [System.Diagnostics.ProcessStartInfo]::new("$PSScriptRoot/../artifacts/bench/producer", "$Cpu $Seconds $Rate")
    $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    [void] $process.StandardOutput.ReadLine()
    $process
}

<#
.SYNOPSIS
Lets a producer begin.
#>
function Invoke-Producer {
    param([int] $Id)
    [void] [System.Diagnostics.Process]::Start('kill', "-USR1 $Id")
}

<#
.SYNOPSIS
The global variables of an object that was started.
#>
function Get-Global {
    param($Started)
    $Started.Maps | Where-Object Name -Like '*.bss' | Get-BpfMapEntry
}

Export-ModuleMember -Function * -Cmdlet *
