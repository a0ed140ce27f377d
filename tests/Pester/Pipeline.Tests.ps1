# What only a real pwsh can show: the cmdlets that users compose with.
BeforeDiscovery {
    $script:isRoot = (id -u) -eq 0
}

BeforeAll {
    Import-Module BpfPS -Force
    $bpftool = (Get-Command bpftool, /usr/sbin/bpftool -ErrorAction Ignore | Select-Object -First 1).Source

    # Something to see: a process that starts others until it is stopped.
    $start = [System.Diagnostics.ProcessStartInfo]::new('/bin/sh')
    $start.ArgumentList.Add('-c')
    $start.ArgumentList.Add('while kill -0 "$1" 2>/dev/null; do /bin/echo "bpfps acceptance" >/dev/null; sleep 0.02; done')
    $start.ArgumentList.Add('activity')
    $start.ArgumentList.Add("$PID")
    $activity = [System.Diagnostics.Process]::Start($start)

    # bpftool is the witness: which programs of a name there are.
    function Get-ProgramId([string] $Name) {
        @(& $bpftool -j prog list | ConvertFrom-Json | Where-Object name -eq $Name | ForEach-Object id)
    }

    # Programs go a moment after their last link: the kernel waits for those that are running.
    function Wait-Released([string] $Name, [int[]] $Before) {
        foreach ($attempt in 1..60) {
            if (-not (Get-ProgramId $Name | Where-Object { $_ -notin $Before })) { return $true }
            Start-Sleep -Milliseconds 50
        }
        $false
    }
}

AfterAll {
    $activity.Kill()
    Remove-Module BpfPS
}

Describe 'The module' {
    It 'is imported by its name, with the cmdlets that its manifest names' {
        $module = Get-Module BpfPS
        $module.ExportedCmdlets.Count | Should -Be 11
        $module.ExportedCmdlets.Keys | Should -Contain 'Watch-BpfEvent'
    }

    It 'has types that a script can name' {
        { param([BpfMap] $Map, [BpfPS.BpfObject] $Object) }.Ast.ParamBlock.Parameters[0].StaticType.FullName | Should -Be 'BpfPS.BpfMap'
    }

    It 'has help with examples for every cmdlet' {
        foreach ($command in Get-Command -Module BpfPS) {
            $help = Get-Help $command.Name -Full
            $help.Synopsis | Should -Not -BeNullOrEmpty
            @($help.examples.example).Count | Should -BeGreaterOrEqual 2 -Because $command.Name
        }
        Get-Help about_BpfPS | Out-String | Should -Match 'BpfPS'
    }
}

Describe 'Events' -Skip:(-not $isRoot) {
    It 'have typed properties' {
        $execution = Watch-BpfEvent execsnoop -Filter { $_.comm -eq 'echo' } -First 1 -Duration 20s
        $execution.time | Should -BeOfType [datetime]
        $execution.pid | Should -BeOfType [uint]
        $execution.args | Should -Be '/bin/echo', 'bpfps acceptance'
        ($execution | Get-Member -MemberType Property).Name | Should -Contain 'filename'
    }

    It 'go to a CSV file and come back' {
        $path = Join-Path $TestDrive 'execs.csv'
        Watch-BpfEvent execsnoop -First 5 -Duration 20s | Export-Csv $path
        $rows = Import-Csv $path
        $rows.Count | Should -Be 5
        $rows[0].pid | Should -Match '^\d+$'
    }

    It 'can be sorted, grouped and made JSON' {
        $events = Watch-BpfEvent execsnoop -First 10 -Duration 20s
        $sorted = $events | Sort-Object pid -Descending
        $sorted[0].pid | Should -BeGreaterOrEqual $sorted[-1].pid
        ($events | Group-Object comm | Measure-Object Count -Sum).Sum | Should -Be 10
        ($events[0] | ConvertTo-Json | ConvertFrom-Json).filename | Should -Be $events[0].filename
    }

    It 'survive Export-Clixml' {
        $event_ = Watch-BpfEvent execsnoop -First 1 -Duration 20s
        $path = Join-Path $TestDrive 'event.xml'
        $event_ | Export-Clixml $path
        $copy = Import-Clixml $path
        $copy.pid | Should -Be $event_.pid
        $copy.args | Should -Be $event_.args
        $copy.time | Should -Be $event_.time
    }

    It 'end with Select-Object -First, and the program with them' {
        $before = Get-ProgramId exec_done
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        @(Watch-BpfEvent execsnoop | Select-Object -First 3).Count | Should -Be 3
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 20
        Wait-Released exec_done $before | Should -BeTrue
    }

    It 'end with Ctrl+C, and the program with them' {
        $before = Get-ProgramId exec_done
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path)
        '-NoProfile', '-NonInteractive', '-Command', 'Import-Module BpfPS; Watch-BpfEvent execsnoop | Out-Null' |
            ForEach-Object { $start.ArgumentList.Add($_) }
        $child = [System.Diagnostics.Process]::Start($start)
        try {
            foreach ($attempt in 1..100) {
                if (Get-ProgramId exec_done | Where-Object { $_ -notin $before }) { break }
                Start-Sleep -Milliseconds 100
            }
            Get-ProgramId exec_done | Where-Object { $_ -notin $before } | Should -Not -BeNullOrEmpty
            /bin/kill -INT $child.Id
            $child.WaitForExit(10000) | Should -BeTrue
        }
        finally {
            if (-not $child.HasExited) { $child.Kill() }
        }
        Wait-Released exec_done $before | Should -BeTrue
    }

    It 'show in a table at once, with control characters escaped' {
        $text = Watch-BpfEvent execsnoop -First 2 -Duration 20s | Format-Table | Out-String
        $text | Should -Match 'time\s+pid\s+ppid'
    }
}

Describe 'Maps' -Skip:(-not $isRoot) {
    BeforeAll {
        $runqlat = Start-BpfProgram runqlat -Variable @{ per_cpu = $true }
        Start-Sleep -Seconds 1
    }

    AfterAll {
        Stop-BpfProgram -InputObject $runqlat
    }

    It 'give entries that can be sorted, measured and exported' {
        $entries = $runqlat | Get-BpfMapEntry | Sort-Object count -Descending
        $entries[0].count | Should -BeGreaterOrEqual $entries[-1].count
        ($entries | Measure-Object count -Sum).Sum | Should -BeGreaterThan 0
        $entries[0].from | Should -BeOfType [timespan]
        $path = Join-Path $TestDrive 'hist.csv'
        $entries | Export-Csv $path
        (Import-Csv $path).Count | Should -Be $entries.Count
    }

    It 'are what bpftool lists' {
        $theirs = & $bpftool -j map list | ConvertFrom-Json
        foreach ($map in $runqlat.Maps) {
            $same = $theirs | Where-Object id -eq $map.Id
            $same.type | Should -Be $map.Type
            $same.bytes_value | Should -Be $map.ValueSize
        }
    }

    It 'can be read by their ids from parallel runspaces' {
        $id = ($runqlat.Maps | Where-Object Name -eq hist).Id
        $counts = 1..3 | ForEach-Object -Parallel {
            Import-Module BpfPS
            @(Get-BpfMapEntry -Id $using:id).Count
        }
        $counts.Count | Should -Be 3
        $counts | ForEach-Object { $_ | Should -BeGreaterThan 0 }
        (Get-BpfObject runqlat).State | Should -Be 'Attached'
    }
}

Describe 'Pins' -Skip:(-not $isRoot) {
    It 'carry a program from one pwsh to the next' {
        $pwsh = (Get-Process -Id $PID).Path
        & $pwsh -NoProfile -Command 'Import-Module BpfPS; Start-BpfProgram runqlat -PinPath bpfps-acceptance | Out-Null'
        try {
            Start-Sleep -Milliseconds 500
            $hist = Get-BpfMap -Path /sys/fs/bpf/bpfps-acceptance/hist
            $hist.ValueType | Should -Be 'struct runqlat_count'
            @($hist | Get-BpfMapEntry).Count | Should -BeGreaterThan 0
        }
        finally {
            Stop-BpfProgram -Path bpfps-acceptance
        }
        Test-Path /sys/fs/bpf/bpfps-acceptance | Should -BeFalse
    }
}
