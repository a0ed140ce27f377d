#!/usr/bin/env bash
# Programs: listing them with their holders, asking what the machine can do, test runs, and C sources to objects.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

title "Programs: in a shell that runs, milliseconds, beside whole processes of bpftool and clang"
copies=100
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/bench.bpf.c" <<'C'
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
C
head -c 64 /dev/zero >"$work/packet"
export XDG_CACHE_HOME=$work/cache
script=$(cat <<PS
\$tools = 1..$copies | ForEach-Object { Start-BpfProgram '$work/out/bench.bpf.o' -NoAttach }
function Time([scriptblock] \$Call) {
    & \$Call | Out-Null
    \$all = for (\$i = 0; \$i -lt 7; \$i++) { \$clock = [System.Diagnostics.Stopwatch]::StartNew(); & \$Call | Out-Null; \$clock.Elapsed.TotalMilliseconds }
    [System.Array]::Sort(\$all)
    \$all[3]
}
function Yardstick([string] \$Command) { Time { sh -c \$Command } }
\$pin = "/sys/fs/bpf/bench-\$PID"
Save-BpfProgramPin -Id \$tools[0].Programs[0].Id \$pin
try {
    'list', (Time { Get-BpfProgram }), (Yardstick 'bpftool -j prog show >/dev/null') -join ' '
    'feature', (Time { Get-BpfFeature }), (Yardstick 'bpftool -j feature probe >/dev/null') -join ' '
    \$ours = for (\$i = 0; \$i -lt 7; \$i++) { (Invoke-BpfProgram -Path \$pin -Data ([byte[]]::new(64)) -Repeat 1000000).NanosecondsPerRun }
    [System.Array]::Sort(\$ours)
    \$theirs = for (\$i = 0; \$i -lt 7; \$i++) { if (((bpftool prog run pinned \$pin data_in '$work/packet' repeat 1000000) -join ' ') -match 'duration \(average\): (\d+)ns') { [int] \$Matches[1] } }
    [System.Array]::Sort(\$theirs)
    'run', \$ours[3], \$theirs[3] -join ' '
    \$clang = (Build-BpfProgram '$work/bench.bpf.c').CommandLine
    'build', (Time { Build-BpfProgram '$work/bench.bpf.c' -Force }), (Yardstick \$clang) -join ' '
    'cached', (Time { Build-BpfProgram '$work/bench.bpf.c' }), (Yardstick \$clang) -join ' '
}
finally {
    Remove-BpfPin \$pin
    \$tools | Stop-BpfProgram
}
PS
)
mkdir "$work/out"
engine "Build-BpfProgram '$work/bench.bpf.c' -Destination '$work/out' | Out-Null"
: >"$out/programs"
for ((round = 1; round <= rounds; round++)); do
    engine "$script" >>"$out/programs"
done
row() {
    local ours theirs
    ours=$(grep "^$1 " "$out/programs" | cut -d' ' -f2 | median) theirs=$(grep "^$1 " "$out/programs" | cut -d' ' -f3 | median)
    awk -v text="$2" -v a="$ours" -v b="$theirs" -v beside="$3" -v unit="$4" 'BEGIN { printf "   %-42s %8.1f %s   %s %.1f %s   %.2f times its time\n", text, a, unit, beside, b, unit, a / b }'
}
row list "Get-BpfProgram, $copies programs, with holders" "bpftool -j prog show" ms
row feature "Get-BpfFeature, everything" "bpftool -j feature probe" ms
row run "Invoke-BpfProgram -Repeat 1000000, a run" "bpftool prog run" ns
row build "Build-BpfProgram -Force" "clang alone" ms
row cached "Build-BpfProgram from the cache" "clang alone" ms
