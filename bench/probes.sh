#!/usr/bin/env bash
# Tracing by name, without C: the programs that the module writes by itself, beside C on libbpf (probes.bpf.c) and bpftrace. How long it
# takes from the command to the first event, what an event costs in the kernel, and how many events a second come.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

clang=$(compgen -c clang | grep -E '^clang(-[0-9]+)?$' | sort -V | tail -1)
gcc -O2 -Wall -o "$out/calls" bench/calls.c -lpthread
compile probes
"$clang" -g -O2 -Wall -target bpf "-I/usr/include/$(gcc -dumpmachine)" -c -o "$out/probes.bpf.o" bench/probes.bpf.c
command -v bpftrace >/dev/null || echo "bench: bpftrace is not installed; it is left out" >&2
each=${SECONDS_EACH:-1}
stats=$(sysctl -n kernel.bpf_stats_enabled)
tracer='' worker=''
finish() {
    [[ -z $tracer ]] || kill "$tracer" 2>/dev/null || true
    [[ -z $worker ]] || kill "$worker" 2>/dev/null || true
    sysctl -q "kernel.bpf_stats_enabled=$stats"
}
trap finish EXIT

# What is traced, for each of the three. The columns of an event are the same.
enter=tracepoint:syscalls:sys_enter_openat leave=tracepoint:syscalls:sys_exit_openat
declare -A ours=(
    [string]='Watch-BpfEvent -Tracepoint syscalls:sys_enter_openat -Property time, pid, tid, comm, filename'
    [pair]='Watch-BpfEvent -Syscall openat -Property pid, comm, ret, duration'
    [count]='Measure-BpfEvent -Tracepoint syscalls:sys_enter_openat -By comm'
    [histogram]='Measure-BpfEvent -Tracepoint syscalls:sys_exit_openat -Histogram ret'
    [rejected]='Watch-BpfEvent -Tracepoint syscalls:sys_enter_openat -Filter { $_.dfd -eq 12345 } -Property pid'
)
declare -A theirs=(
    [string]="$enter { printf(\"%d %d %d %s %s\\n\", nsecs, pid, tid, comm, str(args->filename)); }"
    [pair]="$enter { @begin[tid] = nsecs; } $leave /@begin[tid]/ { printf(\"%d %s %d %d\\n\", pid, comm, args->ret,
        nsecs - @begin[tid]); delete(@begin[tid]); }"
    [count]="$enter { @[comm] = count(); }"
    [histogram]="$leave { @ = hist(args->ret); }"
    [rejected]="$enter /args->dfd == 12345/ { printf(\"%d\\n\", pid); }"
)

figures() { # of the programs that the tracer holds, whatever else runs here: "ID NANOSECONDS RUNS" each
    local id line
    for id in $(cat "/proc/$tracer/fdinfo/"* 2>/dev/null | awk '$1 == "prog_id:" { print $2 }' | sort -u); do
        line=$(bpftool -j prog show id "$id" 2>/dev/null) || continue
        echo "$id $(grep -oE '"run_time_ns":[0-9]+' <<<"$line" | cut -d: -f2) $(grep -oE '"run_cnt":[0-9]+' <<<"$line" | cut -d: -f2)"
    done | awk 'NF == 3'
}

# WHO WHAT: prints the nanoseconds in the kernel for each event, of both programs of a pair.
cost() {
    local who=$1 what=$2
    case $who in
        ours) "$pwsh" -NoProfile -NonInteractive -Command "Import-Module '$module'; ${ours[$what]} | Out-Null" >/dev/null 2>&1 & ;;
        C) "$out/probes" "$out/probes.bpf.o" "$what" >/dev/null 2>&1 & ;;
        bpftrace) bpftrace -e "${theirs[$what]}" >/dev/null 2>&1 & ;;
    esac
    tracer=$!
    for ((i = 0; i < 100; i++)); do # until its programs run
        "$out/calls" open 0.02 >/dev/null
        [[ $(figures | awk '$3 > 50' | wc -l) -lt $([[ $what == pair ]] && echo 2 || echo 1) ]] || break
        sleep 0.1
    done
    "$out/calls" open 0.2 >/dev/null # maps and caches are warm
    figures | sort >"$out/begin"
    "$out/calls" open "$each" >/dev/null
    figures | sort >"$out/end"
    join "$out/begin" "$out/end" | awk '$5 > $3 + 1000 { total += ($4 - $2) / ($5 - $3) } END { printf "%.1f\n", total }'
    kill -INT "$tracer" 2>/dev/null || true
    sleep 0.5
    kill "$tracer" 2>/dev/null || true
    wait "$tracer" 2>/dev/null || true
    tracer=''
}

# WHO: prints "EVENTS_A_SECOND LOST" of calls at full rate.
rate() {
    local who=$1 made took came
    case $who in
        ours) "$pwsh" -NoProfile -NonInteractive -Command "Import-Module '$module'; ${ours[string]} -Command calls -Batch 4096 \`
            -IdleTimeout 3s -StatisticsVariable all | Out-Null; \"\$(\$all.Delivered) \$(\$all.Lost)\"" >"$out/rate" & ;;
        C) "$out/probes" "$out/probes.bpf.o" string >"$out/rate" & ;;
        bpftrace) bpftrace -e "${theirs[string]/$enter/$enter /comm == \"calls\"/}" >"$out/rate.lines" 2>/dev/null & ;;
    esac
    tracer=$!
    sleep 2.5
    read -r made took < <("$out/calls" open "$each")
    [[ $who == ours ]] || sleep 1
    [[ $who == ours ]] || kill -INT "$tracer"
    wait "$tracer" 2>/dev/null || true
    tracer=''
    if [[ $who == bpftrace ]]; then
        came=$(grep -c calls "$out/rate.lines" || true)
        echo "$came $((made - came))" >"$out/rate"
    fi
    awk -v took="$took" -v made="$made" '{ printf "%.0f %d\n", $1 / (took * made / 1e9), $2 }' "$out/rate"
}

whos=(ours C)
[[ -z $(type -P bpftrace) ]] || whos+=(bpftrace)

title "Tracing by name: from the command to the first event"
[[ -p $out/pause ]] || mkfifo "$out/pause"
while true; do : </dev/null; read -rt 0.002 <>"$out/pause" || true; done & worker=$! # opens a file every 2 ms
engine "\$WarningPreference = 'SilentlyContinue'; for (\$i = 0; \$i -le $rounds; \$i++) {
    \$clock = [Diagnostics.Stopwatch]::StartNew(); \$null = Watch-BpfEvent -Syscall openat -First 1; \$clock.Elapsed.TotalMilliseconds
}" >"$out/first"
printf '   in a running shell           %7.0f ms   its first one %.0f ms\n' "$(tail -n +2 "$out/first" | median)" "$(head -1 "$out/first")"
for who in bare import ours C bpftrace; do : >"$out/first-$who"; done
for ((round = 1; round <= rounds; round++)); do
    begin=$(now); bare '1' >/dev/null; since "$begin" >>"$out/first-bare"
    begin=$(now); engine '1' >/dev/null; since "$begin" >>"$out/first-import"
    begin=$(now); engine 'Watch-BpfEvent -Syscall openat -First 1' >/dev/null; since "$begin" >>"$out/first-ours"
    begin=$(now); "$out/probes" "$out/probes.bpf.o" pair 1 >/dev/null; since "$begin" >>"$out/first-C"
    [[ ${#whos[@]} -lt 3 ]] || { begin=$(now); bpftrace -e "${theirs[pair]/delete/exit(); delete}" >/dev/null 2>&1
        since "$begin" >>"$out/first-bpftrace"; }
done
printf '   whole processes: pwsh alone %s s, with the module %s s, to the first event %s s' "$(median <"$out/first-bare")" \
    "$(median <"$out/first-import")" "$(median <"$out/first-ours")"
printf '; C %s s' "$(median <"$out/first-C")"
[[ ${#whos[@]} -lt 3 ]] || printf '; bpftrace %s s' "$(median <"$out/first-bpftrace")"
echo
kill "$worker"; wait "$worker" 2>/dev/null || true
worker=''

sysctl -q kernel.bpf_stats_enabled=1
title "Tracing by name: nanoseconds in the kernel for each event"
for what in empty string pair count histogram rejected; do
    who_all=("${whos[@]}")
    [[ $what != empty ]] || who_all=(C)
    for who in "${who_all[@]}"; do : >"$out/cost-$what-$who"; done
    for ((round = 1; round <= rounds; round++)); do
        for who in "${who_all[@]}"; do cost "$who" "$what" >>"$out/cost-$what-$who"; done
    done
    printf '   %-10s' "$what"
    for who in "${who_all[@]}"; do printf ' %s %7.1f ns  ' "$who" "$(median <"$out/cost-$what-$who")"; done
    [[ $what == empty ]] || printf ' ours of C %s' "$(ratio "$(median <"$out/cost-$what-ours")" "$(median <"$out/cost-$what-C")")"
    [[ $what != rejected ]] || printf ', beyond empty %s ns' "$(awk -v a="$(median <"$out/cost-rejected-ours")" \
        -v b="$(median <"$out/cost-empty-C")" 'BEGIN { printf "%.0f", a - b }')"
    echo
done
sysctl -q "kernel.bpf_stats_enabled=$stats"

title "Tracing by name: events with a string that come each second, at full rate"
for who in "${whos[@]}"; do
    : >"$out/rate-$who"
    for ((round = 1; round <= rounds; round++)); do rate "$who" >>"$out/rate-$who"; done
    printf '   %-10s %9.0f a second, lost %s\n' "$who" "$(column "$out/rate-$who" 1)" "$(column "$out/rate-$who" 2)"
done
