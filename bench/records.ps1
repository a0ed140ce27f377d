# The module's side of the benchmark of records: what they cost by the number of their members, or how late they are.
param([string] $Decode, [string] $Latency, [int] $Cpu, [int] $Rounds)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/bench.psm1"

Add-Type -TypeDefinition @'
using System;
using System.Collections.Generic;
using System.Linq.Expressions;
using System.Management.Automation;

/// <summary>Notes, of each object with a time, how long ago that was, in microseconds.</summary>
[Cmdlet("Measure", "BenchAge")]
public sealed class MeasureBenchAge : PSCmdlet
{
    private Func<object, DateTime?> _time;

    [Parameter(ValueFromPipeline = true)] public object InputObject { get; set; }

    public static List<double> Ages { get; } = new List<double>();

    protected override void ProcessRecord()
    {
        var now = DateTime.Now;
        var record = InputObject is PSObject wrapped ? wrapped.BaseObject : InputObject;
        if (_time == null)
        {
            var any = Expression.Parameter(typeof(object));
            _time = Expression.Lambda<Func<object, DateTime?>>(Expression.Convert(
                Expression.Property(Expression.Convert(any, record.GetType()), "time"), typeof(DateTime?)), any).Compile();
            return; // compiling takes longer than any event
        }
        Ages.Add((now - _time(record).Value).TotalMicroseconds);
    }
}
'@ -PassThru | Where-Object Name -EQ MeasureBenchAge | ForEach-Object { Import-Module $_.Assembly }

function Start-Fields([int] $Members, [string] $Object, [double] $Seconds, [int] $Rate) {
    $producer = Start-Producer $Cpu $Seconds $Rate
    $started = Start-BpfProgram $Object -Variable @{ producer_pid = $producer.Id; members = $Members }
    Invoke-Producer $producer.Id
    $map = @{ 4 = 'four'; 16 = 'sixteen'; 64 = 'sixty_four' }[$Members]
    $started, @{ InputObject = $started; Map = $map; IdleTimeout = 1; WarningAction = 'SilentlyContinue'; StatisticsVariable = 'statistics' }
}

function Get-Middle([double[]] $Values, [double] $Part = 0.5) { ($Values | Sort-Object)[[int] [Math]::Floor(($Values.Count - 1) * $Part)] }

if ($Decode) {
    foreach ($members in 4, 16, 64) {
        $times, $bytes = [System.Collections.Generic.List[double]]::new(), [System.Collections.Generic.List[double]]::new()
        foreach ($round in 0..$Rounds) {
            $started, $stream = Start-Fields $members $Decode 2 0
            $thread, $allocated = [BenchCpu]::Thread, [GC]::GetTotalAllocatedBytes($true)
            Watch-BpfEvent @stream -Batch 4096 | Out-Null
            $thread, $allocated = ([BenchCpu]::Thread - $thread), ([GC]::GetTotalAllocatedBytes($true) - $allocated)
            Stop-BpfProgram -InputObject $started
            if ($round) { # the first is compiled while it runs
                $times.Add($thread / $statistics.Delivered * 1e9)
                $bytes.Add($allocated / $statistics.Delivered)
            }
        }
        '   {0,2} members, {1,3} bytes: {2,4:f0} ns, {3,4:f0} bytes allocated' -f $members, ($members * 8), (Get-Middle $times), (Get-Middle $bytes)
    }
}
if ($Latency) {
    foreach ($round in 0..$Rounds) {
        [MeasureBenchAge]::Ages.Clear()
        $started, $stream = Start-Fields 16 $Latency 4 1000
        Watch-BpfEvent @stream | Measure-BenchAge
        Stop-BpfProgram -InputObject $started
        if ($round) {
            $ages = [MeasureBenchAge]::Ages.ToArray()
            '   round {0}: median {1:f0}, 99th percentile {2:f0}, longest {3:f0}; {4} events' -f $round, (Get-Middle $ages),
                (Get-Middle $ages 0.99), (Get-Middle $ages 1), $ages.Count
        }
    }
}
