#!/usr/bin/env bash
# The ways of reading a stream, beside readers in C that only count, the pipeline's own ceiling, and bpftrace.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

object=$PWD/artifacts/tests/bpf/burst.bpf.o
compile_events

# Runs a consumer against the producer; prints "HANDLED_PER_SECOND LOST ATTEMPTS THREAD PROCESS", the last two in ns of CPU an event.
run() {
    local kind=$1 way=$2 rate=$3 result
    start_producer "$rate"
    case $kind in
        C) result=$(taskset -c "$other_cpus" "$out/count_events" "$way" "$object" "$producer_pid") # CONSUMED ATTEMPTS LOST CPU
           set -- $result; set -- "$1" '' "$2" "$3" "$4" "$4" ;;
        module) result=$(export BPFPS_BENCH="$way $producer_pid $seconds $object"
                taskset -c "$other_cpus" "$pwsh" -NoProfile -NonInteractive -Command "Import-Module '$module'; & ./bench/streams.ps1")
           set -- $result ;; # HANDLED SECONDS ATTEMPTS LOST THREAD PROCESS
        bpftrace) # a line of the same members for each event; what it loses it says on its standard error
           taskset -c "$other_cpus" timeout -s INT $((seconds + 8)) bpftrace -e \
               "tracepoint:syscalls:sys_enter_getppid /pid == $producer_pid/ { printf(\"%lu %d %d %d %d %d\\n\", nsecs, pid, tid, cpu, uid, args->__syscall_nr); }" \
               >"$out/lines" 2>"$out/errors" &
           local tracer=$!
           sleep 5; kill -USR1 "$producer_pid"; sleep "$((seconds + 2))"; wait "$tracer" || true
           set -- "$(grep -c '^[0-9]' "$out/lines")" '' '' "$(awk '/Lost/ { n += $2 } END { print n + 0 }' "$out/errors")" 0 0 ;;
    esac
    [[ $# -eq 6 ]] || { echo "bench: '$kind $way' gave no figures" >&2; kill "$producer_job" 2>/dev/null; exit 1; }
    end_producer
    awk -v n="$1" -v s="${2:-$producer_seconds}" -v a="${3:-$producer_calls}" -v l="$4" -v t="$5" -v p="$6" \
        'BEGIN { printf "%d %d %d %d %d\n", n / s, l, a, t, p }'
}

ways=('C poll' 'C timer' 'module ceiling' 'module objects' 'module property' 'module batch' 'module bytes' 'module kernel' 'module measure')
command -v bpftrace >/dev/null && ways+=('bpftrace printf')
title "Events of 64 bytes, ring buffer 1 MiB, producer on its own CPU, events handled a second: at full speed"
for ((round = 1; round <= rounds; round++)); do
    for way in "${ways[@]}"; do
        run $way 0 >>"$out/${way// /-}.new"
    done
done
for file in "$out"/*.new; do mv "$file" "${file%.new}.figures"; done
poll=$(column "$out/C-poll.figures" 1)
timer=$(column "$out/C-timer.figures" 1)
ceiling=$(column "$out/module-ceiling.figures" 1)
for way in "${ways[@]}"; do
    file=$out/${way// /-}.figures
    rate=$(column "$file" 1)
    printf '   %-16s %9s/s  %5s of C poll  %5s of C timer  %5s of the ceiling  CPU %4s ns, process %4s ns  lost %s of %s\n' "$way" "$rate" \
        "$(ratio "$rate" "$poll")" "$(ratio "$rate" "$timer")" "$(ratio "$rate" "$ceiling")" "$(column "$file" 4)" "$(column "$file" 5)" \
        "$(column "$file" 2)" "$(column "$file" 3)"
done
echo "   Paced, events lost:"
for pace in 200000 400000; do
    for way in 'C poll' 'module objects' 'module batch'; do
        : >"$out/paced"
        for ((round = 1; round <= rounds; round++)); do run $way "$pace" >>"$out/paced"; done
        printf '   %-18s at %s/s: %s of %s\n' "$way" "$pace" "$(column "$out/paced" 2)" "$(column "$out/paced" 3)"
    done
done
