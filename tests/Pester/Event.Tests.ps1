BeforeDiscovery {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    $unprivileged = -not (Test-Privilege)
}

BeforeAll {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    Import-Module BpfPS
}

AfterAll {
    Get-BpfObject | Stop-BpfProgram
}

Describe 'Events in the pipeline' -Skip:$unprivileged {
    BeforeAll {
        $object = Start-BpfProgram (Get-TestProgram burst) -Variable (Get-ProducerVariable)
        Invoke-Call 20
        $events = $object | Watch-BpfEvent -First 20
    }

    AfterAll {
        $object | Stop-BpfProgram
    }

    It 'are objects with typed properties' {
        $members = $events | Get-Member -MemberType Property
        $members.TypeName | Select-Object -Unique | Should -Be 'BpfPS.Events.burst_event'
        ($members | Where-Object Name -eq sequence).Definition | Should -BeLike 'ulong sequence *'
        ($members | Where-Object Name -eq pid).Definition | Should -BeLike 'uint pid *'
        ($members | Where-Object Name -eq call).Definition | Should -BeLike 'long call *'
    }

    It 'are sorted' {
        ($events | Sort-Object sequence -Descending)[0].sequence | Should -Be 19
        ($events | Sort-Object negative)[0].sequence | Should -Be 19
    }

    It 'are grouped' {
        $groups = $events | Group-Object { $_.sequence % 2 }
        $groups.Count | Should -Be 2
        ($groups | Measure-Object Count -Sum).Sum | Should -Be 20
        ($events | Group-Object pid).Name | Should -Be "$PID"
    }

    It 'are measured and selected' {
        ($events | Measure-Object value -Sum).Sum | Should -Be (3 * 190 + 20)
        $selected = $events | Select-Object -Last 1 -Property sequence, value
        $selected.sequence | Should -Be 19
        $selected.value | Should -Be 58
    }

    It 'are filtered' {
        ($events | Where-Object sequence -ge 18).Count | Should -Be 2
        ($events | Where-Object { $_.value % 2 -eq 0 }).Count | Should -Be 10
    }

    It 'go through Export-Csv and come back' {
        $events | Export-Csv "$TestDrive/events.csv"
        $back = Import-Csv "$TestDrive/events.csv"
        $back.Count | Should -Be 20
        ($back[0].psobject.Properties.Name) -join ' ' | Should -Be 'sequence pid tid cpu uid call value negative inverse zero'
        for ($i = 0; $i -lt 20; $i++) {
            foreach ($property in $back[$i].psobject.Properties) {
                $property.Value | Should -Be "$($events[$i].($property.Name))"
            }
        }
    }
}

Describe 'The columns of Export-Csv' -Skip:$unprivileged {
    It 'are the same however the file is written, one event at a time' {
        $object = Start-BpfProgram execsnoop -Variable @{ ppid = $PID }
        /bin/true
        /bin/echo one | Out-Null
        $object | Watch-BpfEvent -Filter { $_.filename -like '*bin/*' } -First 2 | Export-Csv "$TestDrive/execs.csv"
        $object | Stop-BpfProgram
        $back = Import-Csv "$TestDrive/execs.csv"
        $back.comm | Should -Be 'true', 'echo'
        $back.ret | Should -Be 'Success', 'Success'
        $back[0].ppid | Should -Be "$PID"
        [datetime]::Parse($back[0].time) | Should -BeGreaterThan (Get-Date).AddMinutes(-5)
    }
}

Describe 'Select-Object -First' -Skip:$unprivileged {
    It 'ends a stream within a second or so, and what the stream started goes with it' {
        $before = @(Get-KernelProgramId burst)
        # A thread of its own makes the events: this one is in the pipeline.
        $producer = [powershell]::Create().AddScript('while ($true) { $null = [IO.Directory]::GetCurrentDirectory(); Start-Sleep -Milliseconds 5 }')
        $null = $producer.BeginInvoke()
        try {
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $events = Watch-BpfEvent (Get-TestProgram burst) -Variable (Get-ProducerVariable) | Select-Object -First 3
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 3
            $events.sequence | Should -Be 0, 1, 2
            Wait-Until { -not (Get-KernelProgramId burst | Where-Object { $_ -notin $before }) } | Should -BeTrue
        }
        finally {
            $producer.Stop()
            $producer.Dispose()
        }
    }

    It 'leaves what was running before the stream as it was' {
        $object = Start-BpfProgram (Get-TestProgram burst) -Variable (Get-ProducerVariable)
        Invoke-Call 5
        ($object | Watch-BpfEvent | Select-Object -First 2).Count | Should -Be 2
        $object.State | Should -Be 'Attached'
        ($object | Watch-BpfEvent | Select-Object -First 1).sequence | Should -Be 2
        $object | Stop-BpfProgram
    }

    It 'ends the reading of a map' {
        $object = Start-BpfProgram (Get-TestProgram types)
        (Get-BpfMapEntry -InputObject ($object.Maps | Where-Object Name -eq array) | Select-Object -First 2).Count | Should -Be 2
        $object | Stop-BpfProgram
    }
}

Describe 'A subscription' -Skip:$unprivileged {
    It 'runs its action while the script goes on, and ends with Unregister-Event' {
        $before = @(Get-KernelProgramId exec_done)
        $seen = [Collections.Generic.List[string]]::new()
        $job = Register-BpfEvent execsnoop -Variable @{ ppid = $PID } -SourceIdentifier starts -MessageData $seen -Action {
            $Event.MessageData.Add("$($_.comm) $($EventArgs.Event.filename)")
            $_.comm
        }
        /bin/true
        /bin/echo | Out-Null
        Wait-Until { $seen.Count -ge 2 } | Should -BeTrue
        $seen | Should -Be 'true /bin/true', 'echo /bin/echo'
        Unregister-Event starts
        Wait-Until { -not (Get-KernelProgramId exec_done | Where-Object { $_ -notin $before }) } | Should -BeTrue
        $job.State | Should -Be 'Stopped'
        Receive-Job $job | Should -Be 'true', 'echo'
        Remove-Job $job
        Get-EventSubscriber -Force | Should -BeNullOrEmpty
    }

    It 'fills the queue when it has no action' {
        Register-BpfEvent execsnoop -Variable @{ ppid = $PID } -SourceIdentifier starts -MaxTriggerCount 1
        /bin/true
        (Wait-Event starts -Timeout 10).SourceEventArgs.Event.comm | Should -Be 'true'
        Remove-Event starts
        Wait-Until { -not (Get-EventSubscriber -Force) } | Should -BeTrue
    }
}

Describe 'A duration' -Skip:$unprivileged {
    It 'may be written as <text>' -ForEach @(
        @{ text = '1s' }, @{ text = '"1s"' }, @{ text = '1' }, @{ text = '(New-TimeSpan -Seconds 1)' }, @{ text = '1000ms' }
    ) {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        & ([scriptblock]::Create("Watch-BpfEvent (Get-TestProgram burst) -Duration $text"))
        $clock.Elapsed.TotalSeconds | Should -BeGreaterThan 0.9
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 4
    }
}

Describe 'Ctrl+C' -Skip:$unprivileged {
    It 'ends <what> in another pwsh, and nothing stays attached' -ForEach @(
        @{ what = 'a stream'; script = 'Watch-BpfEvent execsnoop | ForEach-Object { "event" }' }
        @{ what = 'a stream that is displayed'; script = 'Watch-BpfEvent execsnoop' }
        @{ what = 'a stream of what was started before'; script = '$o = Start-BpfProgram execsnoop; $o | Watch-BpfEvent | ForEach-Object { "event" }' }
    ) {
        $before = @(Get-KernelProgramId exec_done)
        $child = Start-ChildShell "Import-Module BpfPS; $script" $TestDrive
        Wait-Until { /bin/true; (Get-Item "$TestDrive/output" -ErrorAction Ignore).Length -gt 0 } -Seconds 30 | Should -BeTrue -Because (Get-Content "$TestDrive/error" -Raw)
        @(Get-KernelProgramId exec_done | Where-Object { $_ -notin $before }).Count | Should -BeGreaterThan 0

        /bin/kill -INT $child.Id
        $child.WaitForExit(5000) | Should -BeTrue

        Wait-Until { -not (Get-KernelProgramId exec_done | Where-Object { $_ -notin $before }) } | Should -BeTrue
    }
}
