#!/usr/bin/env bash
# What tools cost: one thing done again and again without a tool, with ours, and with the program of libbpf-tools that does the same. The
# kernel's own figures (run_time_ns) of all programs that the tool has, for each thing done; the memory of its maps; and what it costs
# while nothing is done.
#
#   bench/tools.sh [TOOL...]      all tools that have something to do here; ROUNDS=N and SECONDS_EACH=N set the length
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

gcc -O2 -Wall -o "$out/calls" bench/calls.c -lpthread
command -v opensnoop >/dev/null || { echo "bench: the package libbpf-tools is not installed; only this project's tools are measured" >&2; }
stats=$(sysctl -n kernel.bpf_stats_enabled)
trap 'sysctl -q "kernel.bpf_stats_enabled=$stats"' EXIT
sysctl -q kernel.bpf_stats_enabled=1

# Tool, the thing that is done (see calls.c), and the command of libbpf-tools; - for none. Not statsnoop: that of libbpf-tools does not see
# newfstatat(), which is what the C library calls. Not here: what needs an interface (packetcapture, xdpfilter), and what is too rare to
# do again and again (drsnoop, oomkill, tcpretrans, dnssnoop).
table='
bindsnoop bind bindsnoop
biolatency disk biolatency
biosnoop disk biosnoop
cachestat read cachestat
capable privilege capable
cpudist switch cpudist
execsnoop exec execsnoop
exitsnoop fork exitsnoop
filelife create filelife
fileslower read fsslower -t ext4
filetop read filetop
gethostlatency lookup gethostlatency
hardirqs disk hardirqs
listensnoop listen solisten
lockstat lock klockstat
memleak malloc -
mountsnoop mount mountsnoop
netdrop drop -
offcputime switch offcputime
opensnoop open opensnoop
pagefaults fault -
profile call -
runqlat switch runqlat
sigsnoop kill sigsnoop
softirqs send softirqs
statsnoop stat -
syscount call syscount
tcpaccept connect -
tcpconnect connect tcpconnect
tcplife connect tcplife
tcprtt send tcprtt
tcpstates connect tcpstates
tcptop send tcptop
wakeuptime switch wakeuptime
'

# A process and its children: a package's pwsh starts another process.
family() { echo "$1"; pgrep -P "$1" || true; }

# Prints the run time in nanoseconds of all programs that a tool has open, each once, and how often they ran.
run_time() {
    local process
    for process in $(family "$1"); do
        cat /proc/"$process"/fdinfo/* 2>/dev/null || true
    done | awk '$1 == "prog_id:" { id = $2 } $1 == "run_time_ns:" { time[id] = $2 } $1 == "run_cnt:" { runs[id] = $2 }
        END { for (id in time) { total += time[id]; ran += runs[id] } printf "%.0f %.0f\n", total, ran }'
}
programs() { # how many there are
    local process
    for process in $(family "$1"); do
        cat /proc/"$process"/fdinfo/* 2>/dev/null || true
    done | { grep -c '^run_time_ns:' || true; }
}
memory() { # of its maps, in KiB
    local process
    for process in $(family "$1"); do
        cat /proc/"$process"/fdinfo/* 2>/dev/null || true
    done | awk '$1 == "memlock:" { bytes = $2 } $1 == "map_id:" { map[$2] = bytes } END { for (id in map) total += map[id]; printf "%.0f", total / 1024 }'
}

# WHO TOOL THING COMMAND...: prints "NS_IN_THE_KERNEL_FOR_EACH NS_THAT_ONE_TAKES KIB_OF_MAPS PERMILLE_OF_A_CPU_WHEN_IDLE NS_OF_A_RUN".
measure() {
    local who=$1 tool=$2 thing=$3 tracer='' begin count took idle kib ran end runs
    shift 3
    case $who in
        none) read -r count took < <("$out/calls" "$thing" "$seconds"); echo "0 $took 0 0 0"; return ;;
        ours) # the shell itself, so that the signal reaches it
            "$pwsh" -NoProfile -NonInteractive -Command "Import-Module '$module'; Watch-BpfEvent $tool | Out-Null" >/dev/null 2>&1 & tracer=$! ;;
        theirs) "$@" >/dev/null 2>&1 & tracer=$! ;;
    esac
    for _ in {1..150}; do
        [[ $(programs "$tracer") == 0 ]] || break
        sleep 0.1
    done
    sleep 2 # until all of them are attached, and the reader waits
    read -r begin ran < <(run_time "$tracer")
    sleep 2
    read -r end ran < <(run_time "$tracer")
    idle=$(((end - begin) / 2000000))
    kib=$(memory "$tracer")
    read -r begin ran < <(run_time "$tracer")
    read -r count took < <("$out/calls" "$thing" "$seconds")
    read -r end runs < <(run_time "$tracer")
    echo "$(((end - begin) / count)) $took $kib $idle $((runs > ran ? (end - begin) / (runs - ran) : 0))"
    kill -INT "$tracer" 2>/dev/null || true
    sleep 1
    kill "$tracer" 2>/dev/null || true
    wait "$tracer" 2>/dev/null || true
}

title "Tools: nanoseconds in the kernel for each thing done; of libbpf-tools beside them"
printf '   %-15s %-9s %9s %9s %6s %11s %11s %11s %9s %6s\n' tool thing ours theirs ratio 'ours, a run' 'alone, ns' 'watched, ns' 'maps, KiB' 'idle'
while read -r tool thing theirs; do
    [[ -n $tool ]] && { [[ $# -eq 0 ]] || [[ " $* " == *" $tool "* ]]; } || continue
    whos=(none ours)
    [[ $theirs == - || -z $(type -P "${theirs%% *}") ]] || whos+=(theirs)
    for who in "${whos[@]}"; do : >"$out/$tool-$who.figures"; done
    for ((round = 1; round <= rounds; round++)); do
        # shellcheck disable=SC2086 # the command's words
        for who in "${whos[@]}"; do measure "$who" "$tool" "$thing" $theirs >>"$out/$tool-$who.figures" </dev/null; done
    done
    ours=$(column "$out/$tool-ours.figures" 1) other=- ratio=-
    if [[ ${#whos[@]} -eq 3 ]]; then
        other=$(column "$out/$tool-theirs.figures" 1)
        # One that cannot start here, for want of kprobes for example, has no figure.
        [[ $other == 0 ]] && other=- || ratio=$(ratio "$ours" "$other")
    fi
    printf '   %-15s %-9s %9s %9s %6s %11s %11s %11s %9s %5s‰\n' "$tool" "$thing" "$ours" "$other" "$ratio" "$(column "$out/$tool-ours.figures" 5)" \
        "$(column "$out/$tool-none.figures" 2)" "$(column "$out/$tool-ours.figures" 2)" "$(column "$out/$tool-ours.figures" 3)" \
        "$(column "$out/$tool-ours.figures" 4)"
done <<<"$table"
