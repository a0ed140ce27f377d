BeforeDiscovery {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    $unprivileged = -not (Test-Privilege)
}

Describe 'What a person sees' -Skip:$unprivileged {
    BeforeAll {
        Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
        Import-Module BpfPS
        $rendering = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'PlainText'

        # The lines that are not empty, with what stands in their cells.
        function Get-Shown([Parameter(ValueFromPipeline)] $InputObject) {
            $input | Out-String -Width 200 | ForEach-Object { $_ -split '\r?\n' -replace ' +', ' ' -replace '^ | $' } | Where-Object { $_ }
        }
    }

    AfterAll {
        $PSStyle.OutputRendering = $rendering
        Get-BpfObject | Stop-BpfProgram
    }

    It 'of a tool' {
        $shown = Get-BpfTool runql* | Get-Shown
        $shown[0] | Should -Be 'Name Gives Question'
        $shown[2] | Should -BeLike 'runqlat events, hist*'
    }

    It 'of an object, its programs and its maps' {
        $object = Start-BpfProgram (Get-TestProgram burst)
        ($object | Get-Shown)[2] | Should -BeLike 'burst Attached 1 1 3 *'
        ($object.Programs | Get-Shown)[2] | Should -BeLike '* burst tracing *'
        ($object.Maps | Where-Object Name -eq events | Get-Shown)[2] | Should -BeLike '* events ringbuf 1048576*'
        $object | Stop-BpfProgram
    }

    It 'of an event, as a table with Format-Table and as a list with Format-List' {
        $object = Start-BpfProgram execsnoop -Variable @{ ppid = $PID }
        /bin/echo some words | Out-Null
        $event = $object | Watch-BpfEvent -Filter { $_.comm -eq 'echo' } -First 1
        $object | Stop-BpfProgram

        $shown = $event | Get-Shown
        $shown[0] | Should -Be 'time pid ppid uid ret comm filename args'
        $shown[2] | Should -BeLike "*:* * $PID 0 Success echo /bin/echo some words"
        ($event | Format-Table | Get-Shown)[2] | Should -Be $shown[2]
        ($event | Format-Table comm, ppid | Get-Shown)[2] | Should -Be "echo $PID"
        $event | Format-List | Get-Shown | Should -Contain 'comm : echo'
    }

    It 'of an entry' {
        $object = Start-BpfProgram (Get-TestProgram types) -Variable (Get-ProducerVariable)
        Invoke-Call 1
        $shown = Get-BpfMapEntry -InputObject ($object.Maps | Where-Object Name -eq recent) | Get-Shown
        $object | Stop-BpfProgram
        $shown[0] | Should -Be 'Key Value'
        $shown[2] | Should -Be '16909060 packets=1 bytes=2 label=recent'
    }

    It 'has no control characters that a process chose' {
        $wild = "a`e[31mred`nline$([char] 0x9b)1m"
        $object = Start-BpfProgram execsnoop -Variable @{ ppid = $PID }
        /bin/true $wild
        $event = $object | Watch-BpfEvent -Filter { $_.comm -eq 'true' } -First 1
        $object | Stop-BpfProgram
        $text = $event | Out-String -Width 200
        $text.Contains("`e") | Should -BeFalse
        $text | Should -BeLike '*a\e`[31mred\nline\x9b1m*'
        $event.args[1] | Should -Be $wild
    }

    It 'of an error is one short message with a recommendation' {
        $text = Start-BpfProgram nosuch -ErrorAction Continue 2>&1 | Out-String
        $text | Should -BeLike "*There is no tool named 'nosuch'*"
        ($text -split '\n' | Where-Object { $_.Trim() }).Count | Should -BeLessThan 8
        $Error[0].ErrorDetails.RecommendedAction | Should -BeLike '*runqlat*'
    }
}
