# What the benchmarks share: where things are, how a script is run in an engine, medians and ratios.
rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-4}
out=$PWD/artifacts/bench
module=$PWD/artifacts/module/BpfPS
export PATH=$PATH:/usr/sbin DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

[[ $EUID -eq 0 ]] || { echo "bench: loading BPF programs needs root" >&2; exit 1; }
mkdir -p "$out"
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
# build.ps1 says which pwsh; by hand it is the one that build.sh fetched, or the one on the PATH.
pwsh=${BPFPS_PWSH:-$PWD/artifacts/tools/pwsh}
[[ -x $pwsh ]] || pwsh=$(command -v pwsh) || { echo "bench: there is no pwsh; './build.sh bench' fetches one" >&2; exit 1; }
# A package holds IL only, which is compiled while it runs: starts and first calls take longer than in a distribution's.
pwsh=$(readlink -f "$pwsh")
if [[ $pwsh != "$PWD"/artifacts/tools/* ]]; then
    kind='as installed'
elif [[ -e ${pwsh%/*}/precompiled ]]; then
    kind='tool package, precompiled'
else
    kind='tool package, IL only'
fi
name="pwsh $("$pwsh" --version | grep -oE '[0-9.]+$'), $kind"
export POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off
bare() { "$pwsh" -NoProfile -NonInteractive -Command "$1"; }
title() { echo "$1 ($name, Linux $(uname -r | grep -oE "^[0-9]+\.[0-9]+"), $(nproc) CPUs, $rounds rounds, load $(cut -d' ' -f1 /proc/loadavg))"; }
engine() { bare "Import-Module '$module'; $1"; }

compile() { gcc -O2 -Wall -o "$out/$1" "bench/$1.c" -lbpf; }
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.3f", b - a }'; }
# Column N of a file of figures, as its median.
column() { cut -d' ' -f"$2" "$1" | median; }

# The producer of events runs on the last CPU, and who reads them on the others.
producer_cpu=$(($(nproc) - 1))
other_cpus=0-$((producer_cpu > 0 ? producer_cpu - 1 : 0))

# What the benchmarks of events need.
compile_events() {
    compile producer
    compile count_events
    dotnet msbuild bpf/bpf.proj -nologo -v:quiet -t:BuildTests
}

# Starts a producer of so many events a second, 0 for as many as it can; its process id is then in producer_pid.
start_producer() {
    coproc PRODUCER { "$out/producer" "$producer_cpu" "$seconds" "$1"; }
    producer_job=$PRODUCER_PID
    exec 3<&"${PRODUCER[0]}"
    read -r producer_pid <&3
}

# Waits for the end of the producer; its calls and the seconds that they took are then in producer_calls and producer_seconds.
end_producer() {
    read -r producer_calls producer_seconds <&3
    exec 3<&-
    wait "$producer_job" 2>/dev/null || true
}
