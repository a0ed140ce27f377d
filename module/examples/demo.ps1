# What the kernel does on this machine, as PowerShell objects: a tour of under a minute, for pwsh and for the embedded
# engine alike (so it uses no cmdlet that only a full PowerShell has). It makes some activity of its own.

function Show-Title([string] $Text) { ''; "--- $Text"; '' }

function Start-Activity([string] $Script) {
    $start = [System.Diagnostics.ProcessStartInfo]::new('/bin/sh')
    $start.ArgumentList.Add('-c')
    $start.ArgumentList.Add($Script)
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    [System.Diagnostics.Process]::Start($start)
}

"BpfPS on Linux $([System.IO.File]::ReadAllText('/proc/sys/kernel/osrelease').Trim()), $([Environment]::ProcessorCount) CPUs"

Show-Title 'Who starts what? Watch-BpfEvent execsnoop -First 8'
$activity = Start-Activity 'sleep 1.5; for i in 1 2 3 4; do /bin/echo "event $i"; id -u; no-such-program; sleep 0.1; done'
Watch-BpfEvent execsnoop -First 8 -Duration 15s | Out-Default
$activity.WaitForExit()

Show-Title 'How long do tasks wait for a CPU? Start-BpfProgram runqlat -Variable @{ threshold_ns = 1000000 }'
$runqlat = Start-BpfProgram runqlat -Variable @{ threshold_ns = 1000000 }
try {
    # Twice as many busy loops as CPUs, so that some of them have to wait.
    $loops = foreach ($number in 1..(2 * [Environment]::ProcessorCount)) {
        Start-Activity 'end=$(($(date +%s) + 4)); while [ $(date +%s) -lt $end ]; do :; done'
    }
    $waits = @($runqlat | Watch-BpfEvent -First 5 -Duration 10s)
    foreach ($loop in $loops) { $loop.WaitForExit() }

    $buckets = @($runqlat | Get-BpfMapEntry)
    [Array]::Sort([TimeSpan[]] $buckets.from, $buckets)
    $most = 1
    foreach ($bucket in $buckets) { if ($bucket.count -gt $most) { $most = $bucket.count } }
    '{0,12} {1,12} {2,9}  {3}' -f 'wait from', 'to', 'tasks', 'distribution'
    foreach ($bucket in $buckets) {
        '{0,12} {1,12} {2,9}  {3}' -f [BpfPS.RecordText]::Duration($bucket.from), [BpfPS.RecordText]::Duration($bucket.to),
            $bucket.count, ('@' * [Math]::Ceiling(40 * $bucket.count / $most))
    }

    Show-Title 'Which waits were longer than a millisecond? $runqlat | Watch-BpfEvent'
    $waits | Out-Default

    Show-Title 'Who woke such a task, and from where in the kernel? ... | Get-BpfStack'
    $woken = @($waits | Where-Object { $_.waker_stack -ge 0 })
    if ($woken.Count -eq 0) {
        # Every wait so far was a preemption, which has no waker: look at any wake-up at all.
        Stop-BpfProgram runqlat
        $runqlat = Start-BpfProgram runqlat -Variable @{ threshold_ns = 1000 }
        $woken = @($runqlat | Watch-BpfEvent -Filter { $_.waker_stack -ge 0 } -First 1 -Duration 5s)
    }
    if ($woken.Count -eq 0) { throw 'No task was woken within five seconds, so there is no stack to show.' }
    $woken[0] | Get-BpfStack | Out-Default
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
