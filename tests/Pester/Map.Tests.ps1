BeforeDiscovery {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    $unprivileged = -not (Test-Privilege)
}

Describe 'A map' -Skip:$unprivileged {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
        Import-Module BpfPS
        $bpftool = Find-BpfTool

        # What bpftool sees in a map, with its types.
        function Get-Witness([uint] $Id) {
            (& $bpftool -j map dump id $Id | ConvertFrom-Json).formatted
        }
    }

    BeforeEach {
        $map = New-BpfMap acceptance -KeyType u32 -ValueType 'struct { u64 packets; u64 bytes; char label[8]; }' -MaxEntries 1000
    }

    AfterEach {
        Remove-BpfMap -InputObject $map
    }

    It 'is written from hashtables, and missing members are zero' {
        $map | Set-BpfMapEntry -Key 7 -Value @{ packets = 3; label = 'web' }
        $seen = Get-Witness $map.Id
        $seen.value.packets | Should -Be 3
        $seen.value.bytes | Should -Be 0
        ($map | Get-BpfMapEntry -Key 7).label | Should -Be 'web'
    }

    It 'is changed in a pipeline' {
        1..100 | ForEach-Object { [pscustomobject]@{ key = $_; packets = $_; bytes = 10 * $_ } } | Set-BpfMapEntry -Id $map.Id
        $map | Get-BpfMapEntry | Where-Object key -gt 90 | ForEach-Object { $_.packets = 0; $_ } | Set-BpfMapEntry
        $seen = Get-Witness $map.Id
        @($seen).Count | Should -Be 100
        @($seen | Where-Object { $_.value.packets -eq 0 }).Count | Should -Be 10
        ($seen | Measure-Object { $_.value.bytes } -Sum).Sum | Should -Be 50500
        $map | Get-BpfMapEntry | Where-Object packets -eq 0 | Remove-BpfMapEntry
        @(Get-Witness $map.Id).Count | Should -Be 90
    }

    It 'goes through a CSV file and comes back' {
        1..5 | ForEach-Object { $map | Set-BpfMapEntry -Key $_ -Value @{ packets = $_; label = "n$_" } }
        $map | Get-BpfMapEntry | Export-Csv "$TestDrive/map.csv"
        $map | Clear-BpfMap
        @($map | Get-BpfMapEntry).Count | Should -Be 0
        Import-Csv "$TestDrive/map.csv" | Set-BpfMapEntry -Id $map.Id
        $map | Get-BpfMapEntry | Sort-Object key | ForEach-Object label | Should -Be 'n1', 'n2', 'n3', 'n4', 'n5'
    }

    It 'is saved with its types, and refused where they differ' {
        $map | Set-BpfMapEntry -Key 1 -Value @{ packets = 5 }
        Export-BpfMap -InputObject $map "$TestDrive/map.json"
        (Get-Content "$TestDrive/map.json" | ConvertFrom-Json).maps[0].name | Should -Be 'acceptance'
        $other = New-BpfMap narrower -KeyType u32 -ValueType 'struct { u32 packets; u64 bytes; char label[8]; }'
        { Import-BpfMap "$TestDrive/map.json" -Map $other -ErrorAction Stop } | Should -Throw '*packets: u64 at 0 in the file is u32 at 0 in the map*'
        @($other | Get-BpfMapEntry).Count | Should -Be 0
        Remove-BpfMap -InputObject $other
        $map | Clear-BpfMap
        Import-BpfMap "$TestDrive/map.json" -Map $map
        ($map | Get-BpfMapEntry -Key 1).packets | Should -Be 5
    }

    It 'says what fits and what does not' {
        { $map | Set-BpfMapEntry -Key 1 -Value @{ packets = -1 } -ErrorAction Stop } | Should -Throw '*must be from 0 to 18446744073709551615*'
        $problem = $null
        $map | Set-BpfMapEntry -Key 1 -Value @{ paquets = 1 } -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].ErrorDetails.RecommendedAction | Should -BeLike '*packets, bytes, label*'
        @($map | Get-BpfMapEntry).Count | Should -Be 0
    }

    It 'is watched' {
        $map | Set-BpfMapEntry -Key 1 -Value @{ packets = 1 }
        $id = $map.Id
        # bpftool counts up until the change was seen: whenever the first look is taken, a second one sees more.
        $job = Start-ThreadJob {
            for ($i = 2; ; $i = $i % 250 + 2) {
                & $using:bpftool map update id $using:id key 1 0 0 0 value $i 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
            }
        }
        $change = $map | Watch-BpfMap -Interval 0.2s -First 1 -Duration 60s
        $job | Remove-Job -Force
        $change.Old.packets | Should -BeGreaterOrEqual 1
        $change.New.packets | Should -Not -Be $change.Old.packets
        $rate = ([double] $change.New.packets - $change.Old.packets) / $change.Interval.TotalSeconds
        [Math]::Abs($change.Rate.packets - $rate) | Should -BeLessThan 0.01
    }
}

Describe 'A pinned map' -Skip:$unprivileged {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
        Import-Module BpfPS
    }

    It 'carries its entries from one pwsh to the next, for whom its mode says' {
        Invoke-ChildShell 'Import-Module BpfPS; New-BpfMap kept -KeyType bpfps_ipv4_t -ValueType u64 -PinPath bpfps-acceptance/kept -Mode 0640 | Set-BpfMapEntry -Key 192.0.2.1 -Value 7'
        try {
            (Get-BpfMapEntry -Path bpfps-acceptance/kept -Key 192.0.2.1).value | Should -Be 7
            (Get-BpfPin bpfps-acceptance/kept).Mode | Should -Be '0640'
            (Get-BpfPin bpfps-acceptance/kept).Owner | Should -Be 'root'
        }
        finally {
            Remove-BpfPin bpfps-acceptance -Recurse
        }
        Test-Path /sys/fs/bpf/bpfps-acceptance | Should -BeFalse
    }
}
