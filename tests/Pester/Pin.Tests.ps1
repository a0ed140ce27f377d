BeforeDiscovery {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    $unprivileged = -not (Test-Privilege)
}

Describe 'A pin' -Skip:$unprivileged {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
        Import-Module BpfPS
    }

    It 'carries a program from one pwsh to the next, and nothing stays when it is stopped' {
        Invoke-ChildShell 'Import-Module BpfPS; Start-BpfProgram runqlat -PinPath bpfps-acceptance | Out-Null'
        try {
            $hist = Get-BpfMap -Path /sys/fs/bpf/bpfps-acceptance/hist
            $hist.ValueType | Should -Be 'struct runqlat_count'
            Wait-Until { $hist | Get-BpfMapEntry } | Should -BeTrue -Because 'the program counts on while nobody but the pin holds it'
        }
        finally {
            Stop-BpfProgram -Path bpfps-acceptance
        }
        Test-Path /sys/fs/bpf/bpfps-acceptance | Should -BeFalse
    }
}
