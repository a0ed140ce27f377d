# The module's side of the event benchmark: typed objects of the same ring buffer, through the pipeline to Out-Null.
# It prints "ATTEMPTS LOST": what was consumed is the difference, since the ring is drained to its end.
# BPFPS_BENCH holds "PRODUCER_PID SECONDS OBJECT_FILE".
$producer, $seconds, $objectFile = $env:BPFPS_BENCH -split ' ', 3

function Start-Producer([string] $Executable, [string] $Arguments) {
    $start = [System.Diagnostics.ProcessStartInfo]::new($Executable, $Arguments)
    $start.RedirectStandardOutput = $true
    [System.Diagnostics.Process]::Start($start)
}

function Measure-Loss([int] $ProcessId, [double] $Duration) {
    $started = Start-BpfProgram $objectFile -Variable @{ producer_pid = $ProcessId }
    [void] [System.Diagnostics.Process]::Start('kill', "-USR1 $ProcessId")
    Watch-BpfEvent -InputObject $started -Duration $Duration -WarningAction SilentlyContinue | Out-Null
    $globals = $started.Maps | Where-Object Name -like '*.bss' | Get-BpfMapEntry
    "$($globals.attempts) $($started.EventsLost)"
    Stop-BpfProgram -InputObject $started
}

# The first run of anything in .NET is compiled as it runs; a session that has watched before is what is measured.
$warm = Start-Producer "$PSScriptRoot/../artifacts/bench/producer" '0 1 200000'
[void] (Measure-Loss ([int] $warm.StandardOutput.ReadLine()) 1.5)
Measure-Loss ([int] $producer) ([double] $seconds + 1)
