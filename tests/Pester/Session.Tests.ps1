BeforeDiscovery {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    $unprivileged = -not (Test-Privilege)
}

BeforeAll {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
}

# What was started goes with the session, however that ends.
Describe 'The end of a pwsh' -Skip:$unprivileged {
    BeforeEach {
        $before = @(Get-KernelProgramId exec_done)
    }

    It 'by SIG<_> in the middle of a stream leaves nothing attached' -ForEach 'TERM', 'HUP', 'KILL' {
        $child = Start-ChildShell 'Import-Module BpfPS; Watch-BpfEvent execsnoop | ForEach-Object { "event" }' $TestDrive
        Wait-Until { /bin/true; (Get-Item "$TestDrive/output" -ErrorAction Ignore).Length -gt 0 } -Seconds 30 | Should -BeTrue -Because (Get-Content "$TestDrive/error" -Raw)
        @(Get-KernelProgramId exec_done | Where-Object { $_ -notin $before }).Count | Should -BeGreaterThan 0

        /bin/kill "-$_" $child.Id
        $child.WaitForExit(5000) | Should -BeTrue

        Wait-Until { -not (Get-KernelProgramId exec_done | Where-Object { $_ -notin $before }) } | Should -BeTrue
        Remove-Item "$TestDrive/output"
    }

    It 'by <what> leaves nothing attached that it had started' -ForEach @(
        @{ what = 'the end of its script'; end = '' }
        @{ what = 'exit'; end = 'exit 7' }
        @{ what = 'an error'; end = 'throw "x"' }
        @{ what = 'exit with a subscription'; end = '$null = Get-BpfObject | Register-BpfEvent -Action { $global:n++ }; /bin/true; exit 7' }
    ) {
        $id = Invoke-ChildShell "Import-Module BpfPS; (Start-BpfProgram execsnoop).Programs[0].Id; $end" 2> $null
        $id | Should -Match '^\d+$'
        Wait-Until { -not (Test-KernelProgram $id) } | Should -BeTrue
    }
}

Describe 'At the prompt of a terminal' -Skip:$unprivileged {
    BeforeEach {
        $before = @(Get-KernelProgramId exec_done)
        $terminal = Open-Terminal
    }

    AfterEach {
        $terminal.Close()
    }

    It 'Ctrl+C ends a stream, not the session' {
        $terminal.Send("Import-Module BpfPS; Watch-BpfEvent execsnoop`r")
        $activity = Start-ThreadJob { while ($true) { /bin/true; Start-Sleep -Milliseconds 100 } }
        try {
            $terminal.WaitFor('time +pid +ppid')
            $terminal.WaitFor('/bin/true')
        }
        finally {
            $activity | Stop-Job -PassThru | Remove-Job -Force
        }
        $terminal.Send("`u{3}")
        $terminal.WaitFor('PS /')
        Wait-Until { -not (Get-KernelProgramId exec_done | Where-Object { $_ -notin $before }) } | Should -BeTrue

        $terminal.Send("'it is ' + (40 + 2)`r")
        $terminal.WaitFor('it is 42')
    }

    It 'the action of a subscription runs while the prompt waits' {
        $terminal.Send("Import-Module BpfPS; `$null = Register-BpfEvent execsnoop -Action { [Console]::WriteLine('seen: ' + `$_.filename) }; 1+1`r")
        $terminal.WaitFor('\n2')
        Wait-Until { Get-KernelProgramId exec_done | Where-Object { $_ -notin $before } } | Should -BeTrue
        /bin/true
        $terminal.WaitFor('seen: /bin/true')
    }

    It 'a question is asked before maps are emptied, and No leaves them as they are' {
        $terminal.Send("Import-Module BpfPS; `$m = New-BpfMap asked -KeyType u32 -ValueType u32; `$m | Set-BpfMapEntry -Key 1 -Value 2; Clear-BpfMap asked -Confirm`r")
        $terminal.WaitFor('\[Y\] Yes')
        $terminal.WaitFor('default is "Y"\)')
        $terminal.Send("n`r")
        $terminal.WaitFor('PS /')
        $terminal.Send("'left: ' + @(Get-BpfMapEntry asked).Count`r")
        $terminal.WaitFor('left: 1')
    }
}

Describe 'Thread jobs' -Skip:$unprivileged {
    It 'each have a stream with all of its events, and no others' {
        $before = @(Get-KernelProgramId burst)
        $burst = Get-TestProgram burst
        $variable = Get-ProducerVariable
        $jobs = 0..3 | ForEach-Object {
            Start-ThreadJob -ThrottleLimit 4 {
                $number = $using:_
                Import-Module BpfPS
                Watch-BpfEvent $using:burst -Variable $using:variable -First 500 -Filter ([scriptblock]::Create("`$_.sequence % 4 -eq $number")) |
                    ForEach-Object { [pscustomobject]@{ Stream = $number; Sequence = $_.sequence } }
            }
        }
        Wait-Until { Invoke-Call 100; -not ($jobs | Where-Object State -in NotStarted, Running) } -Seconds 60 | Should -BeTrue
        $events = $jobs | Receive-Job -Wait -AutoRemoveJob
        foreach ($stream in 0..3) {
            $expected = 0..499 | ForEach-Object { 4 * $_ + $stream }
            ($events | Where-Object Stream -eq $stream).Sequence -join ' ' | Should -Be ($expected -join ' ')
        }
        Wait-Until { -not (Get-KernelProgramId burst | Where-Object { $_ -notin $before }) } | Should -BeTrue
    }
}
