BeforeDiscovery {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    $unprivileged = -not (Test-Privilege)
}

Describe 'Entries in the pipeline' -Skip:$unprivileged {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
        Import-Module BpfPS
        $object = Start-BpfProgram (Get-TestProgram types) -Variable (Get-ProducerVariable)
        Invoke-Call 1
        $flow = Get-BpfMapEntry -InputObject ($object.Maps | Where-Object Name -eq by_struct)
        $elements = Get-BpfMapEntry -InputObject ($object.Maps | Where-Object Name -eq array)
    }

    AfterAll {
        $object | Stop-BpfProgram
    }

    It 'are objects with typed properties' {
        $members = $flow | Get-Member -MemberType Property
        ($members | Where-Object Name -eq source).Definition | Should -BeLike '*ipaddress source *'
        ($members | Where-Object Name -eq source_port).Definition | Should -BeLike 'ushort source_port *'
        ($members | Where-Object Name -eq packets).Definition | Should -BeLike 'ulong packets *'
        ($members | Where-Object Name -eq label).Definition | Should -BeLike 'string label *'
    }

    It 'go through Export-Csv and come back' {
        $elements | Export-Csv "$TestDrive/elements.csv"
        $back = Import-Csv "$TestDrive/elements.csv"
        $back.Count | Should -Be 8
        $back.key | Should -Be ('0', '1', '2', '3', '4', '5', '6', '7')
        $back[3].value | Should -Be '33'

        $flow | Export-Csv "$TestDrive/flow.csv"
        $back = Import-Csv "$TestDrive/flow.csv"
        $back.source | Should -Be '192.0.2.1'
        $back.target_port | Should -Be '53031'
        $back.label | Should -Be 'flow'
    }

    It 'are sorted, filtered and measured' {
        ($elements | Sort-Object value -Descending)[0].key | Should -Be 3
        ($elements | Where-Object value -gt 0).key | Should -Be 3
        ($elements | Measure-Object value -Sum).Sum | Should -Be 33
        ($flow | Where-Object source -eq '192.0.2.1').packets | Should -Be 7
    }

    It 'of a histogram add up' {
        $waits = Start-BpfProgram runqlat
        $hist = $waits.Maps | Where-Object Name -eq hist
        Wait-Until { Get-BpfMapEntry -InputObject $hist } | Should -BeTrue -Because 'somebody waits for a CPU now and then'
        $entries = Get-BpfMapEntry -InputObject $hist | Sort-Object count -Descending
        $waits | Stop-BpfProgram
        $entries[0].count | Should -BeGreaterOrEqual $entries[-1].count
        $entries[0].from | Should -BeOfType [timespan]
        ($entries | Measure-Object count -Sum).Sum | Should -BeGreaterThan 0
    }
}
