# The module's side of the stream benchmark: one way of reading the producer's events, after a warm-up in the same way.
# It prints "HANDLED SECONDS ATTEMPTS LOST"; the seconds are those from the producer's start to the last event that was handled.
# BPFPS_BENCH holds "WAY PRODUCER_PID OBJECT_FILE".
$ErrorActionPreference = 'Stop'
$way, $producer, $objectFile = $env:BPFPS_BENCH -split ' ', 3

function Start-Producer([string] $Executable, [string] $Arguments) {
    $start = [System.Diagnostics.ProcessStartInfo]::new($Executable, $Arguments)
    $start.RedirectStandardOutput = $true
    [System.Diagnostics.Process]::Start($start)
}

function Measure-Way([int] $ProcessId) {
    $variables = @{ producer_pid = $ProcessId }
    $start = $way -eq 'kernel' ? @{ Filter = { $_.sequence % 1000 -eq 0 } } : @{}
    $started = Start-BpfProgram $objectFile -Variable $variables @start
    [void] [System.Diagnostics.Process]::Start('kill', "-USR1 $ProcessId")
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $idle = 1 # the stream ends so many seconds after its last event
    $common = @{ InputObject = $started; IdleTimeout = $idle; WarningAction = 'SilentlyContinue'; StatisticsVariable = 'statistics' }
    switch ($way) {
        'batch' { Watch-BpfEvent @common -Batch 4096 | Out-Null }
        'bytes' { Watch-BpfEvent @common -Filter { $_.value % 3000 -eq 1 } | Out-Null }
        'property' { Watch-BpfEvent @common -Property sequence, pid | Out-Null }
        'measure' { Measure-BpfEvent @common -By pid -Sum call | Out-Null }
        default { Watch-BpfEvent @common | Out-Null }
    }
    $elapsed = $clock.Elapsed.TotalSeconds - $idle
    $globals = $started.Maps | Where-Object Name -like '*.bss' | Get-BpfMapEntry
    $handled = $statistics.Delivered + $statistics.FilteredByUser + $statistics.FilteredInKernel
    # All of the program's: the ring can be full before the stream is open.
    $lost = $started.EventsLost
    if ($way -eq 'kernel') {
        # The filter counts from the start of the program, the stream from its own.
        $handled = $globals.attempts - $lost - $statistics.Undelivered
    } elseif ($handled + $lost + $statistics.Undelivered -ne $globals.attempts) {
        throw "of $($globals.attempts) events, $lost were lost, and the stream had: $statistics"
    }
    [string]::Join(' ', $handled, $elapsed.ToString('f3', [cultureinfo]::InvariantCulture), $globals.attempts, $lost)
    Stop-BpfProgram -InputObject $started
}

# The first run of anything in .NET is compiled as it runs; a session that has watched before is what is measured.
$warm = Start-Producer "$PSScriptRoot/../artifacts/bench/producer" '0 2 400000'
[void] (Measure-Way ([int] $warm.StandardOutput.ReadLine()))
Measure-Way ([int] $producer)
