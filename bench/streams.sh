#!/usr/bin/env bash
# The ways of reading a stream, beside readers in C that only count, the pipeline's own ceiling, and bpftrace.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

object=$PWD/artifacts/tests/bpf/burst.bpf.o
cpus=$(nproc)
producer_cpu=$((cpus - 1))
other_cpus=0-$((cpus > 1 ? cpus - 2 : 0))

compile producer
compile count_events
dotnet msbuild bpf/bpf.proj -nologo -v:quiet -t:BuildTests

# Runs a consumer against the producer; prints "HANDLED_PER_SECOND LOST ATTEMPTS".
run() {
    local kind=$1 way=$2 rate=$3 pid calls elapsed result
    coproc PRODUCER { "$out/producer" "$producer_cpu" "$seconds" "$rate"; }
    local input=${PRODUCER[0]} job=$PRODUCER_PID
    exec 3<&"$input"
    read -r pid <&3
    case $kind in
        C) result=$(taskset -c "$other_cpus" "$out/count_events" "$way" "$object" "$pid") # CONSUMED ATTEMPTS LOST
           set -- $result; set -- "$1" '' "$2" "$3" ;;
        module) result=$(export BPFPS_BENCH="$way $pid $object"
                taskset -c "$other_cpus" "$pwsh" -NoProfile -NonInteractive -Command "Import-Module '$module'; & ./bench/streams.ps1")
           set -- $result ;; # HANDLED SECONDS ATTEMPTS LOST
        bpftrace) # a line of the same members for each event; what it loses it says on its standard error
           taskset -c "$other_cpus" timeout -s INT $((seconds + 8)) bpftrace -e \
               "tracepoint:syscalls:sys_enter_getppid /pid == $pid/ { printf(\"%lu %d %d %d %d %d\\n\", nsecs, pid, tid, cpu, uid, args->__syscall_nr); }" \
               >"$out/lines" 2>"$out/errors" &
           local tracer=$!
           sleep 5; kill -USR1 "$pid"; sleep "$((seconds + 2))"; wait "$tracer" || true
           set -- "$(grep -c '^[0-9]' "$out/lines")" '' '' "$(awk '/Lost/ { n += $2 } END { print n + 0 }' "$out/errors")" ;;
    esac
    read -r calls elapsed <&3
    exec 3<&-
    wait "$job" 2>/dev/null || true
    awk -v n="$1" -v s="${2:-$elapsed}" -v a="${3:-$calls}" -v l="$4" 'BEGIN { printf "%d %d %d\n", n / s, l, a }'
}

ways=('C poll' 'C timer' 'module objects' 'module property' 'module batch' 'module bytes' 'module kernel' 'module measure')
command -v bpftrace >/dev/null && ways+=('bpftrace printf')
title "Events of 64 bytes, ring buffer 1 MiB, producer on its own CPU, events handled a second: at full speed"
for ((round = 1; round <= rounds; round++)); do
    for way in "${ways[@]}"; do
        read -r handled lost attempts <<<"$(run $way 0)"
        echo "$handled $lost $attempts" >>"$out/${way// /-}.new"
    done
    taskset -c "$other_cpus" "$pwsh" -NoProfile -NonInteractive -File bench/ceiling.ps1 >>"$out/ceiling.new"
done
for file in "$out"/*.new; do mv "$file" "${file%.new}.figures"; done
poll=$(column "$out/C-poll.figures" 1)
ceiling=$(median <"$out/ceiling.figures")
printf '   %-18s %12s/s\n' ceiling "$ceiling"
for way in "${ways[@]}"; do
    file=$out/${way// /-}.figures
    rate=$(column "$file" 1)
    printf '   %-18s %12s/s   %5s of C poll   %5s of the ceiling   lost %s of %s\n' "$way" "$rate" "$(ratio "$rate" "$poll")" \
        "$(ratio "$rate" "$ceiling")" "$(column "$file" 2)" "$(column "$file" 3)"
done
echo "   Paced, events lost:"
for pace in 200000 400000; do
    for way in 'C poll' 'module objects' 'module batch'; do
        : >"$out/paced"
        for ((round = 1; round <= rounds; round++)); do run $way "$pace" >>"$out/paced"; done
        printf '   %-18s at %s/s: %s of %s\n' "$way" "$pace" "$(column "$out/paced" 2)" "$(column "$out/paced" 3)"
    done
done
