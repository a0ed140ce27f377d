# The module's side of the event benchmark: typed objects of the same ring buffer, through the pipeline to Out-Null.
# It prints "DELIVERED SECONDS ATTEMPTS LOST"; the seconds are those from the first event to the last, so that what the
# module drains after the producer's end counts with its time.
# BPFPS_BENCH holds "PRODUCER_PID SECONDS OBJECT_FILE".
$producer, $seconds, $objectFile = $env:BPFPS_BENCH -split ' ', 3

function Start-Producer([string] $Executable, [string] $Arguments) {
    $start = [System.Diagnostics.ProcessStartInfo]::new($Executable, $Arguments)
    $start.RedirectStandardOutput = $true
    [System.Diagnostics.Process]::Start($start)
}

function Measure-Stream([int] $ProcessId, [double] $Duration) {
    $started = Start-BpfProgram $objectFile -Variable @{ producer_pid = $ProcessId }
    [void] [System.Diagnostics.Process]::Start('kill', "-USR1 $ProcessId")
    $messages = [System.IO.Path]::GetTempFileName()
    Watch-BpfEvent -InputObject $started -Duration $Duration -WarningAction SilentlyContinue -Verbose 4> $messages | Out-Null
    $summary = [System.IO.File]::ReadAllText($messages)
    [System.IO.File]::Delete($messages)
    if ($summary -notmatch ': (\d+) events in ([\d.]+) s') { throw "no summary in: $summary" }
    $globals = $started.Maps | Where-Object Name -like '*.bss' | Get-BpfMapEntry
    "$($Matches[1]) $($Matches[2]) $($globals.attempts) $($started.EventsLost)"
    Stop-BpfProgram -InputObject $started
}

# The first run of anything in .NET is compiled as it runs; a session that has watched before is what is measured.
$warm = Start-Producer "$PSScriptRoot/../artifacts/bench/producer" '0 1 200000'
[void] (Measure-Stream ([int] $warm.StandardOutput.ReadLine()) 1.5)
Measure-Stream ([int] $producer) ([double] $seconds + 2)
