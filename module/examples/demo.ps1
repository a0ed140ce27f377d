# What the kernel does on this machine, as PowerShell objects: a tour of under a minute. It makes some activity of its own.

function Show-Title([string] $Text) { ''; "--- $Text"; '' }

# Runs a script of /bin/sh in the background, without its output.
function Start-Activity([string] $Script) {
    Start-ThreadJob { /bin/sh -c $using:Script *> $null } -ThrottleLimit (1 + 2 * [Environment]::ProcessorCount)
}

"BpfPS on Linux $((Get-Content /proc/sys/kernel/osrelease)), $([Environment]::ProcessorCount) CPUs"

Show-Title '$starts = Watch-BpfEvent execsnoop -First 8                      Who starts what?'
$activity = Start-Activity 'sleep 1.5; for i in 1 2 3 4; do /bin/echo "event $i"; id -u; no-such-program; sleep 0.1; done'
Watch-BpfEvent execsnoop -First 8 -Duration 15s -OutVariable starts | Out-Default
$activity | Wait-Job | Remove-Job

Show-Title '$starts | Group-Object comm | Sort-Object Count -Descending      They are objects: count them,'
$starts | Group-Object comm -NoElement | Sort-Object Count -Descending | Format-Table Count, Name

Show-Title '$starts | Export-Csv execs.csv                                   and keep them.'
$file = New-TemporaryFile
$starts | Select-Object time, pid, comm, filename | Export-Csv $file
Get-Content $file -TotalCount 3
Remove-Item $file

Show-Title '$runqlat = Start-BpfProgram runqlat; $runqlat | Get-BpfMapEntry   How long do tasks wait for a CPU?'
$runqlat = Start-BpfProgram runqlat -Variable @{ threshold_ns = 1000000 }
try {
    # Twice as many busy loops as CPUs, so that some of them have to wait.
    $loops = 1..(2 * [Environment]::ProcessorCount) | ForEach-Object {
        Start-Activity 'end=$(($(date +%s) + 4)); while [ $(date +%s) -lt $end ]; do :; done'
    }
    $waits = @($runqlat | Watch-BpfEvent -First 5 -Duration 10s)
    $loops | Wait-Job | Remove-Job

    $buckets = $runqlat | Get-BpfMapEntry | Sort-Object from
    $most = ($buckets | Measure-Object count -Maximum).Maximum
    $buckets | Format-Table @(
        @{ Label = 'wait from'; Expression = { [BpfPS.RecordText]::Duration($_.from) }; Align = 'Right' }
        @{ Label = 'to'; Expression = { [BpfPS.RecordText]::Duration($_.to) }; Align = 'Right' }
        @{ Label = 'tasks'; Expression = { $_.count } }
        @{ Label = 'distribution'; Expression = { '@' * [Math]::Ceiling(40 * $_.count / $most) } }
    )

    Show-Title '$runqlat | Watch-BpfEvent                                        Which waits were longer than a millisecond?'
    $waits | Out-Default

    Show-Title '$waits[0] | Get-BpfStack                                         Who woke such a task, and where in the kernel?'
    $woken = $waits | Where-Object waker_stack -ge 0 | Select-Object -First 1
    if (-not $woken) {
        # Every wait so far was a preemption, which has no waker: look at any wake-up at all.
        Stop-BpfProgram runqlat
        $runqlat = Start-BpfProgram runqlat -Variable @{ threshold_ns = 1000 }
        $woken = $runqlat | Watch-BpfEvent -Filter { $_.waker_stack -ge 0 } -First 1 -Duration 5s
    }
    if (-not $woken) { throw 'No task was woken within five seconds, so there is no stack to show.' }
    $woken | Get-BpfStack | Out-Default
}
finally {
    if ($runqlat.State -ne 'Stopped') { Stop-BpfProgram -InputObject $runqlat }
}

Show-Title 'Everything is detached again. What to type next'
@'
  Get-BpfTool                                          the tools, and (Get-BpfTool runqlat).Variables for their settings
  Watch-BpfEvent execsnoop | Where-Object uid -eq 0    any object, any filter; Ctrl+C ends it
  Start-BpfProgram runqlat -Pin                        keeps running after this session; Get-BpfPin lists it
  Get-BpfProgram; Get-BpfMap | Get-BpfMapEntry         what this host has loaded, whoever loaded it
  Start-BpfProgram ./your-own.bpf.c | Watch-BpfEvent   your own C: its struct is the object
  Get-Help Watch-BpfEvent -Full; Get-Help about_BpfPS
'@
