# The measuring side of the event benchmark: the events of watch_events.ps1, counted and added up by groups without objects.
# It prints "MEASURED SECONDS ATTEMPTS LOST"; the seconds are those that the producer runs.
# BPFPS_BENCH holds "PRODUCER_PID SECONDS OBJECT_FILE".
$producer, $seconds, $objectFile = $env:BPFPS_BENCH -split ' ', 3

function Measure-Stream([int] $ProcessId, [double] $Duration) {
    $started = Start-BpfProgram $objectFile -Variable @{ producer_pid = $ProcessId }
    [void] [System.Diagnostics.Process]::Start('kill', "-USR1 $ProcessId")
    $groups = Measure-BpfEvent -InputObject $started -By cpu -Sum value -Duration ($Duration + 1) -WarningAction SilentlyContinue
    $count = ($groups | Measure-Object Count -Sum).Sum
    $globals = $started.Maps | Where-Object Name -like '*.bss' | Get-BpfMapEntry
    "$count $Duration $($globals.attempts) $($started.EventsLost)"
    Stop-BpfProgram -InputObject $started
}

# The first run of anything in .NET is compiled as it runs; a session that has measured before is what is measured.
$start = [System.Diagnostics.ProcessStartInfo]::new("$PSScriptRoot/../artifacts/bench/producer", '0 1 200000')
$start.RedirectStandardOutput = $true
$warm = [System.Diagnostics.Process]::Start($start)
[void] (Measure-Stream ([int] $warm.StandardOutput.ReadLine()) 1)
Measure-Stream ([int] $producer) ([double] $seconds)
