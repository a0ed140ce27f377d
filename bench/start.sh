#!/usr/bin/env bash
# Starting: a bare shell, one with the module, and the first event. Stopping: tools with many tracepoints, and with one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

title "Starting: whole processes, seconds"
: >"$out/bare"; : >"$out/import"; : >"$out/first"
(while :; do /bin/true; sleep 0.01; done) &
activity=$!
trap 'kill "$activity" 2>/dev/null || :' EXIT
for ((round = 1; round <= rounds; round++)); do
    begin=$(now); bare '1' >/dev/null; since "$begin" >>"$out/bare"; echo >>"$out/bare"
    begin=$(now); engine '1' >/dev/null; since "$begin" >>"$out/import"; echo >>"$out/import"
    begin=$(now); engine 'Watch-BpfEvent execsnoop -First 1' >/dev/null; since "$begin" >>"$out/first"; echo >>"$out/first"
done
kill "$activity" 2>/dev/null || :
b=$(grep . "$out/bare" | median); i=$(grep . "$out/import" | median); f=$(grep . "$out/first" | median)
awk -v b="$b" -v i="$i" -v f="$f" 'BEGIN {
    printf "   bare start %.3f, with Import-Module %.3f (import %.3f), with the first event of Watch-BpfEvent execsnoop %.3f (%.3f after the bare start)\n", b, i, i - b, f, f - b }'

title "Stopping: Stop-BpfProgram in a shell that has stopped one before, ms (perf events of the process all closed)"
for tool in runqlat opensnoop execsnoop mountsnoop; do
    engine "
        foreach (\$round in 0..$rounds) {
            \$started = Start-BpfProgram $tool
            Start-Sleep -Milliseconds 300
            \$clock = [System.Diagnostics.Stopwatch]::StartNew()
            Stop-BpfProgram -InputObject \$started
            \$stopped = \$clock.ElapsedMilliseconds
            while (Get-ChildItem /proc/self/fd -ErrorAction Ignore | Where-Object LinkTarget -like '*perf_event*') {
                Start-Sleep -Milliseconds 5
            }
            if (\$round) { '{0} {1}' -f \$stopped, \$clock.ElapsedMilliseconds }
        }" >"$out/stops"
    printf '   %-12s %4s (%s)\n' "$tool" "$(column "$out/stops" 1)" "$(column "$out/stops" 2)"
done
