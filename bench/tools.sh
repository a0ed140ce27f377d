#!/usr/bin/env bash
# What tools cost: one thing done many times without a tool, with ours, and with the program of libbpf-tools that has the same name. The
# kernel's own figures (run_time_ns) of all programs that the tool brought, for each thing done; and how long that took.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

compile calls
command -v opensnoop >/dev/null || { echo "bench: the package libbpf-tools is not installed; only this project's tools are measured" >&2; }
count=${COUNT:-100000}
stats=$(sysctl -n kernel.bpf_stats_enabled)
trap 'sysctl -q "kernel.bpf_stats_enabled=$stats"' EXIT
sysctl -q kernel.bpf_stats_enabled=1

programs() { bpftool -j prog show | grep -oE '"id":[0-9]+' | cut -d: -f2 | sort; }
run_time() { # of the programs that are there and were not before
    local id total=0 time
    for id in $(comm -13 "$out/before" <(programs)); do
        time=$(bpftool -j prog show id "$id" 2>/dev/null | grep -oE '"run_time_ns":[0-9]+' | cut -d: -f2 || true)
        total=$((total + ${time:-0}))
    done
    echo "$total"
}

# WHO TOOL CALL: prints "NS_IN_THE_KERNEL NS_A_CALL".
measure() {
    local who=$1 tool=$2 call=$3 tracer='' n=$count begin took
    [[ $call != fork ]] || n=$((count / 50))
    programs >"$out/before"
    case $who in
        ours) engine "Watch-BpfEvent $tool -Batch 4096 | Out-Null" >/dev/null 2>&1 & tracer=$! ;;
        theirs) "$tool" >/dev/null 2>&1 & tracer=$! ;;
    esac
    [[ -z $tracer ]] || sleep 4
    begin=$(run_time)
    took=$("$out/calls" "$call" "$n")
    echo "$((($(run_time) - begin) / n)) $took"
    if [[ -n $tracer ]]; then
        kill -INT "$tracer" 2>/dev/null || true
        sleep 1
        kill "$tracer" 2>/dev/null || true
        wait "$tracer" 2>/dev/null || true
    fi
}

title "Tools: nanoseconds in the kernel for each call, and the time of a call"
# Not statsnoop: that of libbpf-tools does not see newfstatat(), which is what the C library calls.
for pair in 'opensnoop open' 'sigsnoop kill' 'exitsnoop fork'; do
    read -r tool call <<<"$pair"
    whos=(none ours)
    [[ -z $(type -P "$tool") ]] || whos+=(theirs)
    for who in "${whos[@]}"; do
        : >"$out/$tool-$who.figures"
    done
    for ((round = 1; round <= rounds; round++)); do
        for who in "${whos[@]}"; do measure "$who" "$tool" "$call" >>"$out/$tool-$who.figures"; done
    done
    for who in "${whos[@]}"; do
        printf '   %-10s %-7s %6s ns in the kernel, a call takes %6s ns\n' "$tool" "$who" "$(column "$out/$tool-$who.figures" 1)" \
            "$(column "$out/$tool-$who.figures" 2)"
    done
    [[ ${#whos[@]} -lt 3 ]] || printf '   %-10s ratio in the kernel %s\n' "$tool" \
        "$(ratio "$(column "$out/$tool-ours.figures" 1)" "$(column "$out/$tool-theirs.figures" 1)")"
done
