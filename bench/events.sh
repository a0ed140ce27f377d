#!/usr/bin/env bash
# Events of a ring buffer through the pipeline, beside readers in C that only count them.
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

# Runs a consumer against the producer; prints "CONSUMED_PER_SECOND LOST ATTEMPTS".
events() {
    local consumer=$1 rate=$2 pid calls elapsed result own_seconds=
    coproc PRODUCER { "$out/producer" "$producer_cpu" "$seconds" "$rate"; }
    local input=${PRODUCER[0]} job=$PRODUCER_PID
    exec 3<&"$input"
    read -r pid <&3
    if [[ $consumer == module || $consumer == measure ]]; then
        local script=./bench/watch_events.ps1
        [[ $consumer == module ]] || script=./bench/measure_events.ps1
        result=$(export BPFPS_BENCH="$pid $seconds $object"; taskset -c "$other_cpus" bash -c "$(declare -f bare engine); pwsh='$pwsh'; module='$module'; engine '& $script'")
        set -- $result # DELIVERED SECONDS ATTEMPTS LOST
        [[ $# -eq 4 && $(($1 + $4)) -eq $3 ]] || { echo "bench: delivered and lost are not all attempts: $result" >&2; exit 1; }
        own_seconds=$2
        set -- "$1" "$3" "$4"
    else
        result=$(taskset -c "$other_cpus" "$out/count_events" "$consumer" "$object" "$pid")
        set -- $result # CONSUMED ATTEMPTS LOST
    fi
    [[ $# -eq 3 ]] || { echo "bench: the consumer '$consumer' gave no figures" >&2; kill "$job" 2>/dev/null; exit 1; }
    read -r calls elapsed <&3
    exec 3<&-
    wait "$job" 2>/dev/null || true
    [[ $calls == "$2" ]] || echo "bench: the program saw $2 calls of $calls" >&2
    awk -v n="$1" -v s="${own_seconds:-$elapsed}" -v a="$2" -v l="$3" 'BEGIN { printf "%d %d %d\n", n / s, l, a }'
}

title "Events of 64 bytes through Watch-BpfEvent | Out-Null, ring buffer 1 MiB, default wake-ups, producer on its own CPU, full speed"
: >"$out/poll"; : >"$out/timer"; : >"$out/module"; : >"$out/ratio_poll"; : >"$out/ratio_timer"
printf '   %-8s %16s %16s %16s   %s\n' round 'C, poll' 'C, timer' 'module' 'module lost of attempts'
for ((round = 1; round <= rounds; round++)); do
    read -r poll _ _ <<<"$(events poll 0)"
    read -r timer _ _ <<<"$(events timer 0)"
    read -r mine lost attempts <<<"$(events module 0)"
    printf '   %-8s %14s/s %14s/s %14s/s   %s of %s\n' "$round" "$poll" "$timer" "$mine" "$lost" "$attempts"
    echo "$poll" >>"$out/poll"; echo "$timer" >>"$out/timer"; echo "$mine" >>"$out/module"
    ratio "$mine" "$poll" >>"$out/ratio_poll"; echo >>"$out/ratio_poll"
    ratio "$mine" "$timer" >>"$out/ratio_timer"; echo >>"$out/ratio_timer"
done
echo "   median: C poll $(median <"$out/poll")/s, C timer $(median <"$out/timer")/s, module $(median <"$out/module")/s"
echo "   ratio, median of the rounds: module / C poll $(grep . "$out/ratio_poll" | median), module / C timer $(grep . "$out/ratio_timer" | median)"
echo
echo "The same, paced at 200,000 events a second"
for ((round = 1; round <= rounds; round++)); do
    read -r c_rate c_lost _ <<<"$(events poll 200000)"
    read -r mine lost attempts <<<"$(events module 200000)"
    echo "   round $round: C poll lost $c_lost; module $mine/s, lost $lost of $attempts"
done
echo
title "The same events through Measure-BpfEvent -By cpu -Sum value, full speed"
for ((round = 1; round <= rounds; round++)); do
    read -r poll _ _ <<<"$(events poll 0)"
    read -r mine lost attempts <<<"$(events measure 0)"
    echo "   round $round: C poll $poll/s; module $mine/s, lost $lost of $attempts"
done
