# The module's side of the stream benchmark: one way of reading the producer's events, after a warm-up in the same way.
# It prints "HANDLED SECONDS ATTEMPTS LOST THREAD PROCESS"; the seconds are those from the producer's start to the last event that was
# handled, THREAD and PROCESS the CPU time for each handled event in nanoseconds, of the pipeline's thread and of all.
# BPFPS_BENCH holds "WAY PRODUCER_PID SECONDS OBJECT_FILE".
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/bench.psm1"
$way, $producer, $seconds, $objectFile = $env:BPFPS_BENCH -split ' ', 4

function Measure-Way([int] $ProcessId, [double] $Seconds) {
    $variables = @{ producer_pid = $ProcessId }
    $start = $way -eq 'kernel' ? @{ Filter = { $_.sequence % 1000 -eq 0 } } : @{}
    $started = Start-BpfProgram $objectFile -Variable $variables @start
    Invoke-Producer $ProcessId
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $thread, $process = [BenchCpu]::Thread, [BenchCpu]::Process
    $idle = 1 # the stream ends so many seconds after its last event
    $common = @{ InputObject = $started; IdleTimeout = $idle; WarningAction = 'SilentlyContinue'; StatisticsVariable = 'statistics' }
    switch ($way) {
        # The pipeline's own rate beside the same producer, whose events nobody reads.
        'ceiling' { Write-BenchObject -Seconds $Seconds | Out-Null; $idle = 0 }
        'batch' { Watch-BpfEvent @common -Batch 4096 | Out-Null }
        'bytes' { Watch-BpfEvent @common -Filter { $_.value % 3000 -eq 1 } | Out-Null }
        'property' { Watch-BpfEvent @common -Property sequence, pid | Out-Null }
        'measure' { Measure-BpfEvent @common -By pid -Sum call | Out-Null }
        default { Watch-BpfEvent @common | Out-Null }
    }
    $thread, $process = ([BenchCpu]::Thread - $thread), ([BenchCpu]::Process - $process)
    $elapsed = $clock.Elapsed.TotalSeconds - $idle
    $globals = Get-Global $started
    # All of the program's: the ring can be full before the stream is open.
    $lost = $started.EventsLost
    if ($way -eq 'ceiling') {
        $handled = [WriteBenchObject]::Emitted
    } elseif ($way -eq 'kernel') {
        # The filter counts from the start of the program, the stream from its own.
        $handled = $globals.attempts - $lost - $statistics.Undelivered
    } else {
        $handled = $statistics.Delivered + $statistics.FilteredByUser
        if ($handled + $lost + $statistics.Undelivered -ne $globals.attempts) {
            throw "of $($globals.attempts) events, $lost were lost, and the stream had: $statistics"
        }
    }
    [string]::Join(' ', $handled, $elapsed.ToString('f3', [cultureinfo]::InvariantCulture), $globals.attempts, $lost,
        [long] ($thread / $handled * 1e9), [long] ($process / $handled * 1e9))
    Stop-BpfProgram -InputObject $started
}

# The first run of anything in .NET is compiled as it runs; a session that has watched before is what is measured.
[void] (Measure-Way (Start-Producer 0 2 400000).Id 2)
Measure-Way ([int] $producer) ([double] $seconds)
