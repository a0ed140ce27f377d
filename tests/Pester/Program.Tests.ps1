BeforeDiscovery {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    $unprivileged = -not (Test-Privilege)
}

BeforeAll {
    Import-Module "$PSScriptRoot/Support/Acceptance.psm1" -Force
    Import-Module BpfPS
    $bpftool = Find-BpfTool

    # A program of one's own, with a warning in it.
    $ipv4only = @'
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

__u64 dropped;

SEC("xdp")
int ipv4only(struct xdp_md *ctx)
{
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	int spare;

	if ((void *)(ethernet + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	if (ethernet->h_proto == bpf_htons(ETHERTYPE))
		return XDP_PASS;
	__sync_fetch_and_add(&dropped, 1);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
'@
    $source = Join-Path $TestDrive 'ipv4only.bpf.c'
    Set-Content $source $ipv4only
    $ipv4 = 'ffffffffffff 020000000001 0800 4500'
    $ipv6 = 'ffffffffffff 020000000001 86dd 6000'
}

AfterAll {
    Get-BpfObject | Stop-BpfProgram
}

Describe 'A C source' -Skip:$unprivileged {
    It 'is built, with its warnings, and started from the pipeline' {
        $built = Build-BpfProgram $source -Definition @{ ETHERTYPE = 0x0800 } -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike "*ipv4only.bpf.c:11:6: warning: unused variable 'spare' *"
        $built.Warnings[0].Line | Should -Be 11
        $object = $built | Start-BpfProgram -NoAttach
        Test-KernelProgram $object.Programs[0].Id | Should -BeTrue
        $object | Stop-BpfProgram
    }

    It 'is compiled once for each content' {
        $first = Build-BpfProgram $source -Definition @{ ETHERTYPE = 1 } -WarningAction Ignore
        $second = Build-BpfProgram $source -Definition @{ ETHERTYPE = 1 } -WarningAction Ignore
        $third = Build-BpfProgram $source -Definition @{ ETHERTYPE = 2 } -WarningAction Ignore
        $second.FromCache | Should -BeTrue
        $second.FilePath | Should -Be $first.FilePath
        $third.FilePath | Should -Not -Be $first.FilePath
    }

    It 'that does not compile is one error with all of them in it' {
        Set-Content "$TestDrive/broken.bpf.c" "int a = b;`nint c = d;"
        $failure = { Build-BpfProgram "$TestDrive/broken.bpf.c" -ErrorAction Stop } | Should -Throw -PassThru
        $failure.Exception.Diagnostics.Line | Should -Be 1, 2
        $failure.CategoryInfo.Category | Should -Be SyntaxError
    }

    It 'goes to a file that bpftool loads' {
        $built = Get-Item $source | Build-BpfProgram -Destination $TestDrive -Definition @{ ETHERTYPE = 0x0800 } -WarningAction Ignore
        $built.FilePath | Should -Be "$TestDrive/ipv4only.bpf.o"
        & $bpftool btf dump file $built.FilePath | Select-String "FUNC 'ipv4only'" | Should -Not -BeNullOrEmpty
    }
}

Describe 'A program' -Skip:$unprivileged {
    BeforeAll {
        $object = Build-BpfProgram $source -Definition @{ ETHERTYPE = 0x0800 } -WarningAction Ignore | Start-BpfProgram -NoAttach
        $id = $object.Programs[0].Id
    }

    AfterAll {
        $object | Stop-BpfProgram
    }

    It 'is listed as bpftool lists it' {
        $seen = & $bpftool -j prog show id $id | ConvertFrom-Json
        $program = Get-BpfProgram -Id $id
        $program.Tag | Should -Be $seen.tag
        $program.TranslatedSize | Should -Be $seen.bytes_xlated
        $program.JitedSize | Should -Be $seen.bytes_jited
        $program.MapIds | Should -Be $seen.map_ids
        $program.Processes.ProcessId | Should -Be $PID
        [Math]::Abs(([DateTimeOffset] $program.LoadTime).ToUnixTimeSeconds() - $seen.loaded_at) | Should -BeLessOrEqual 1
    }

    It 'is found, exported and counted' {
        (Get-BpfProgram | Where-Object { $_.Processes.ProcessId -contains $PID -and $_.Name -eq 'ipv4only' }).Id | Should -Contain $id
        Get-BpfProgram -Id $id | Export-Csv "$TestDrive/program.csv"
        (Import-Csv "$TestDrive/program.csv").Id | Should -Be "$id"
        (Get-BpfProgram -Id $id | ConvertTo-Json -Depth 3 | ConvertFrom-Json).Name | Should -Be 'ipv4only'
    }

    It 'is run on packets' {
        $results = $object | Invoke-BpfProgram -Data $ipv4, $ipv6
        $results.ReturnName | Should -Be 'XDP_PASS', 'XDP_DROP'
        $results[0].Data.Count | Should -Be 16
        ($object | Get-BpfVariable dropped).Value | Should -Be 1
    }

    It 'is measured, and statistics are off again afterwards' {
        $before = Get-Content /proc/sys/kernel/bpf_stats_enabled
        $running = Start-BpfProgram (Get-TestProgram burst) -Variable (Get-ProducerVariable)
        $calls = Start-ChildShell "while (`$true) { `$null = [IO.Directory]::GetCurrentDirectory() }" $TestDrive
        $measured = $running | Measure-BpfProgram -Duration 1s
        $calls.Kill()
        $running | Stop-BpfProgram
        $measured.Name | Should -Be 'burst'
        $measured.RunCount | Should -BeGreaterThan 0
        $measured.RunTime | Should -BeOfType TimeSpan
        Get-Content /proc/sys/kernel/bpf_stats_enabled | Should -Be $before
    }

    It 'shows its instructions with their source' {
        $instructions = Get-BpfInstruction -Id $id
        $seen = & $bpftool -j prog dump xlated id $id | ConvertFrom-Json
        $instructions.Count | Should -Be @($seen | Where-Object disasm).Count
        $instructions.SourceText | Should -Contain 'if (ethernet->h_proto == bpf_htons(ETHERTYPE))'
        ($instructions | Where-Object SourceLine -eq 13).Count | Should -BeGreaterThan 0
    }
}

Describe 'A program that the verifier rejects' -Skip:$unprivileged {
    It 'is an error with reason, place, registers, log and a hint' {
        Set-Content "$TestDrive/unchecked.bpf.c" ($ipv4only -replace '(?s)if \(\(void \*\)\(ethernet.*?DROP;', '' -replace 'ETHERTYPE', '0x0800')
        $failure = { Start-BpfProgram "$TestDrive/unchecked.bpf.c" -NoAttach -WarningAction Ignore -ErrorAction Stop } | Should -Throw -PassThru
        $rejection = $failure.Exception
        $failure.FullyQualifiedErrorId | Should -BeLike 'BpfVerifierRejected,*'
        $rejection.Reason | Should -BeLike '*outside of the packet*'
        $rejection.SourceText | Should -BeLike '*ethernet->h_proto*'
        $rejection.SourceLine | Should -Be 14
        $rejection.Hint | Should -Match 'data_end'
        $rejection.Log | Should -Match 'R\d'
        Get-KernelProgramId ipv4only | Should -BeNullOrEmpty
    }
}

Describe 'An attachment' -Skip:$unprivileged {
    It 'to an interface is listed, and removed, with the names a person knows' {
        ip link add acceptance0 type veth peer name acceptance1
        try {
            $object = Build-BpfProgram $source -Definition @{ ETHERTYPE = 0x0800 } -WarningAction Ignore | Start-BpfProgram -Interface acceptance0
            $link = Get-BpfLink -Interface acceptance0
            $link.Type | Should -Be 'xdp'
            $link.ProgramName | Should -Be 'ipv4only'
            (& $bpftool -j link show id $link.Id | ConvertFrom-Json).prog_id | Should -Be $link.ProgramId
            (ip -j link show acceptance0 | ConvertFrom-Json).xdp.prog.id | Should -Be $link.ProgramId
            $link | Remove-BpfLink
            (ip -j link show acceptance0 | ConvertFrom-Json).xdp | Should -BeNullOrEmpty
            $object | Stop-BpfProgram
        }
        finally {
            ip link delete acceptance0
        }
    }

    It 'to what is not there suggests what is' {
        $failure = { Build-BpfProgram $source -Definition @{ ETHERTYPE = 1 } -WarningAction Ignore | Start-BpfProgram -Interface loo -ErrorAction Stop } | Should -Throw -PassThru
        "$($failure.Exception.Message) $($failure.ErrorDetails.RecommendedAction)" | Should -Match "\blo\b"
        @(Get-BpfObject | Where-Object Name -eq ipv4only).Count | Should -Be 0
    }
}

Describe 'What this machine can do' -Skip:$unprivileged {
    It 'agrees with bpftool on types of maps and programs' {
        $seen = & $bpftool -j feature probe | ConvertFrom-Json
        foreach ($type in 'hash', 'ringbuf', 'lpm_trie', 'array', 'stack_trace') {
            Test-BpfFeature -MapType $type | Should -Be $seen.map_types."have_${type}_map_type"
        }
        foreach ($type in 'xdp', 'kprobe', 'socket_filter', 'tracepoint') {
            Test-BpfFeature -ProgramType $type | Should -Be $seen.program_types."have_${type}_prog_type"
        }
    }

    It 'is asked for an object' {
        $built = Build-BpfProgram $source -Definition @{ ETHERTYPE = 1 } -WarningAction Ignore
        $built | Test-BpfFeature -NoAttach | Should -BeTrue
        Test-BpfFeature -Object (Get-TestProgram lacking) | Should -BeFalse
        (Test-BpfFeature -Object (Get-TestProgram lacking) -Detailed | Where-Object Support -EQ No).Reason | Should -Not -BeNullOrEmpty
    }

    It 'is listed and grouped' {
        $groups = Get-BpfFeature | Group-Object Category -AsHashTable -AsString
        $groups.Keys | Should -Contain 'MapType'
        ($groups.MapType | Where-Object Name -eq hash).Support | Should -Be 'Yes'
        $groups.Values | ForEach-Object { $_ } | Where-Object Support -EQ No | ForEach-Object { $_.Reason | Should -Not -BeNullOrEmpty }
    }
}
