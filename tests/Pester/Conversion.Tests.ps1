BeforeDiscovery {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    $unprivileged = -not (Test-Privilege)
}

Describe 'What leaves the session' -Skip:$unprivileged {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
        Import-Module BpfPS
        $object = Start-BpfProgram (Get-TestProgram types) -Variable (Get-ProducerVariable)
        Invoke-Call 1
        $event = $object | Watch-BpfEvent -First 1
        $entry = Get-BpfMapEntry -InputObject ($object.Maps | Where-Object Name -eq by_struct)

        # What every way out must keep.
        function Assert-Same($Back) {
            foreach ($name in 'u8', 's16', 'u64', 's64', 'text', 'full', 'control', 'yes', 'no', 'bits17', 'signed20', 'real', 'port', 'inner_first') {
                $Back.$name | Should -Be $event.$name -Because $name
            }
            $Back.numbers | Should -Be 1, -2, 3, -4
            $Back.strings | Should -Be 'one', '', 'three'
            $Back.point.x | Should -Be -7
            $Back.points[1].z | Should -Be -100000
            $Back.matrix[1][2] | Should -Be 23
        }
    }

    AfterAll {
        $object | Stop-BpfProgram
    }

    It 'survives ConvertTo-Json' {
        $back = $event | ConvertTo-Json -Depth 5 | ConvertFrom-Json
        Assert-Same $back
        $back.time | Should -Be $event.time
    }

    It 'keeps the value of every member in ConvertTo-Json' {
        $back = $event | ConvertTo-Json -Depth 5 | ConvertFrom-Json
        foreach ($property in $back.psobject.Properties) {
            ConvertTo-Json $property.Value -Depth 5 -Compress | Should -Not -Be '{}' -Because "$($property.Name) was '$($event.($property.Name))'"
        }
    }

    It 'survives ConvertTo-Json as an entry' {
        $back = $entry | ConvertTo-Json -Depth 3 | ConvertFrom-Json
        $back.packets | Should -Be 7
        $back.source_port | Should -Be 443
        $back.label | Should -Be 'flow'
    }

    It 'survives Export-Clixml' {
        $event, $entry | Export-Clixml "$TestDrive/it.xml"
        $back = Import-Clixml "$TestDrive/it.xml"
        Assert-Same $back[0]
        $back[0].psobject.TypeNames[0] | Should -Be 'Deserialized.BpfPS.Events.types_event'
        $back[0].time | Should -Be $event.time
        $back[0].duration | Should -Be $event.duration
        "$($back[0].ipv4) $($back[0].ipv6)" | Should -Be '192.0.2.1 2001:db8::1:2'
        $back[0].colour.ToString(), $back[0].failure.ToString() | Should -Be 'COLOUR_BLUE', 'ENOENT'
        "$($back[0].u128)" | Should -Be "$($event.u128)"
        "$($back[1].source)" | Should -Be '192.0.2.1'
    }

    It 'survives the serializer of remoting and jobs' {
        $text = [System.Management.Automation.PSSerializer]::Serialize($event, 3)
        $back = [System.Management.Automation.PSSerializer]::Deserialize($text)
        Assert-Same $back
        $back.duration | Should -BeOfType [timespan]
        $back.time | Should -BeOfType [datetime]
    }

    It 'survives it as <what>' -ForEach @(
        @{ what = 'a started object'; get = { Get-BpfObject types }; property = 'Name'; value = 'types' }
        @{ what = 'a program'; get = { (Get-BpfObject types).Programs[0] }; property = 'Type'; value = 'tracing' }
        @{ what = 'a map'; get = { (Get-BpfObject types).Maps | Where-Object Name -eq by_struct }; property = 'KeyType'; value = 'struct flow_key' }
        @{ what = 'a tool'; get = { Get-BpfTool runqlat }; property = 'EventType'; value = 'struct runqlat_event' }
        @{ what = 'a variable'; get = { (Get-BpfTool runqlat).Variables | Where-Object Name -eq threshold_ns }; property = 'Unit'; value = 'ns' }
    ) {
        $back = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((& $get)))
        $back.$property | Should -Be $value
    }

    It 'survives it as an error record' {
        $record = $null
        try { Start-BpfProgram (Get-TestProgram rejected) -ErrorAction Stop } catch { $record = $_ }
        $back = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($record, 3))
        $back.FullyQualifiedErrorId | Should -Be 'BpfVerifierRejected,BpfPS.Commands.StartBpfProgramCommand'
        $back.Exception.Reason | Should -Be "R0 invalid mem access 'map_value_or_null'"
    }

    It 'comes from a job' {
        $names = Start-Job { Import-Module BpfPS; Get-BpfTool | ForEach-Object Name } | Receive-Job -Wait -AutoRemoveJob
        $names | Should -Contain 'runqlat'
        $back = Start-Job {
            Import-Module BpfPS
            $null = Start-Process /bin/true -PassThru
            Watch-BpfEvent runqlat -Variable @{ threshold_ns = 1 } -First 1
        } | Receive-Job -Wait -AutoRemoveJob
        $back.wait | Should -BeOfType [timespan]
        $back.psobject.TypeNames | Should -Contain 'Deserialized.BpfPS.Events.runqlat_event'
    }

    It 'comes from a job as an entry that is written back to its map' {
        $map = New-BpfMap job_ways -KeyType u32 -ValueType 'struct { bpfps_ipv6_t address; bpfps_mac_t mac; u16 ports[2]; }'
        try {
            Set-BpfMapEntry job_ways -Key 1 -Value @{ address = '2001:db8::1'; mac = '02:00:5e:10:00:ff'; ports = 80, 443 }
            $back = Start-Job { Import-Module BpfPS; Get-BpfMapEntry job_ways } | Receive-Job -Wait -AutoRemoveJob
            $back.address | Should -Be ([ipaddress]'2001:db8::1')
            $back.mac.ToString() | Should -Be '02:00:5e:10:00:ff'
            Remove-BpfMapEntry job_ways -Key 1
            $back | Set-BpfMapEntry
            $entry = Get-BpfMapEntry job_ways
            "$($entry.address) $($entry.mac) $($entry.ports)" | Should -Be '2001:db8::1 02:00:5e:10:00:ff 80 443'
        }
        finally {
            $map | Remove-BpfMap
        }
    }

    It 'shows in a job''s output as in the session' {
        $back = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($event, 3))
        "$back" | Should -BeLike 'u8=129 s8=-2 *'
    }
}

Describe 'ForEach-Object -Parallel' {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
        Import-Module BpfPS
    }

    It 'uses the module in every runspace' {
        $names = 1..6 | ForEach-Object -Parallel { Import-Module BpfPS; (Get-BpfTool runqlat).Name } -ThrottleLimit 3
        $names | Should -Be (@('runqlat') * 6)
        Get-BpfTool runqlat | ForEach-Object Name | Should -Be 'runqlat'
    }

    It 'reads what the session started, and leaves it running' -Skip:(-not (Test-Privilege)) {
        $object = Start-BpfProgram (Get-TestProgram types) -Variable (Get-ProducerVariable)
        try {
            Invoke-Call 1
            $maps = $object.Maps | Where-Object Name -in by_struct, by_number, array
            $entries = $maps | ForEach-Object -Parallel { Import-Module BpfPS; $_ | Get-BpfMapEntry } -ThrottleLimit 3
            $entries.Count | Should -Be 10
            $object.State | Should -Be 'Attached'
            Test-KernelProgram $object.Programs[0].Id | Should -BeTrue
            [BpfMap].FullName | Should -Be 'BpfPS.BpfMap'
        }
        finally {
            $object | Stop-BpfProgram
        }
    }
}
