# The module's side of the event benchmark: typed objects of the same ring buffer, through the pipeline to Out-Null.
# It prints "ATTEMPTS LOST": what was consumed is the difference, since the ring is drained to its end.
param([int] $Producer, [double] $Seconds, [string] $ObjectFile)
$started = Start-BpfProgram $ObjectFile -Variable @{ producer_pid = $Producer }
# Warm the path, so that the compiler's own time is not the first thing measured.
Watch-BpfEvent -InputObject $started -Duration 0.2 | Out-Null
[void] [System.Diagnostics.Process]::Start('kill', "-USR1 $Producer")
Watch-BpfEvent -InputObject $started -Duration ($Seconds + 1) -WarningAction SilentlyContinue | Out-Null
$bss = $started.Maps | Where-Object Name -like '*.bss' | Get-BpfMapEntry
"$($bss.attempts) $($started.EventsLost)"
