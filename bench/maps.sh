#!/usr/bin/env bash
# Maps of a million entries: reading and writing, beside C in batches and bpftool, each in turn in one run; and the
# memory that reading takes. ENTRIES=N changes how many.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

entries=${ENTRIES:-1000000}
place=/sys/fs/bpf/bpfps_bench_maps
clean() { rm -rf "$place" "$out/dump.json"; }
trap clean EXIT
clean
compile map_batch
# Not part of the solution: nothing but this needs it.
dotnet msbuild bench/MapReading -restore -p:Configuration=Release -nologo -v:quiet -nodeReuse:false
reading=artifacts/bin/MapReading/release/MapReading.dll
record='struct record { u64 a; u64 b; u64 c; u64 d; u64 e; u64 f; u64 g; u64 h; }'

# make_map PIN TYPE VALUE_TYPE FILLED
make_map() {
    local key=u64
    [[ $2 == array ]] && key=u32
    engine "New-BpfMap bench -Type $2 -KeyType $key -ValueType '$3' -MaxEntries $entries -PinPath $1 | Out-Null"
    "$out/map_batch" fill "$1" "$4" >/dev/null
}

# The medians of the columns of a file; of two columns' ratios in each round.
seconds() { printf '%.2f s' "$(column "$out/figures" "$1")"; }
times() { printf '%.2f' "$(awk -v a="$1" -v b="$2" '{ print $a / $b }' "$out/figures" | median)"; }

# Keeps all rounds but the first, which has the compiling in it, of what was printed.
figures() {
    tail -n +2 >"$out/figures"
    [[ $(wc -l <"$out/figures") -eq $rounds ]] || { echo "bench: there are no figures of all rounds" >&2; exit 1; }
}

compare() {
    local pin=$1
    dotnet "$reading" "$pin" $((rounds + 1)) "$out/map_batch" | figures
    [[ $(awk -v n="$entries" '$3 == n' "$out/figures" | wc -l) -eq $rounds ]] || { echo "bench: not all entries were read" >&2; exit 1; }
    echo "   read to typed records          $(seconds 2)   C bpf_map_lookup_batch $(seconds 1)   $(times 2 1) times its time"

    engine "./bench/map_pipeline.ps1 $pin $rounds '$out/map_batch' '$out/dump.json'" | figures
    echo "   Get-BpfMapEntry | Out-Null     $(seconds 2)   bpftool -j map dump to a file $(seconds 1)   $(times 1 2) times as fast"
    echo "   a cmdlet that does nothing     $(seconds 3)   (as many objects through the engine's pipeline)"
    echo "   C bpf_map_update_batch         $(seconds 5)   of the same entries in the same order; keys from 0 up $(seconds 4)"
    echo "   entries | Set-BpfMapEntry      $(seconds 6)   $(times 5 6) of C's rate; of that from 0 up $(times 4 6)"
    echo "   Set-BpfMapEntry -InputObject   $(seconds 7)   $(times 5 7) of C's rate; of that from 0 up $(times 4 7)"
    echo "   hashtables | Set-BpfMapEntry   $(seconds 8)   $(times 5 8) of C's rate; a tenth of the entries, times ten"
    echo "   objects | Set-BpfMapEntry      $(seconds 9)   $(times 5 9) of C's rate; PSCustomObjects, likewise"
}

title "Maps of $entries entries, medians"
for type in hash array; do
    for value in u64 "$record"; do
        echo "$type, $([[ $value == u64 ]] && echo 8 || echo 64)-byte values"
        make_map "$place/$type" "$type" "$value" "$entries"
        compare "$place/$type"
        rm "$place/$type"
    done
done

echo "Memory at its peak (VmHWM) in MiB, while a hash of 64-byte values streams through Get-BpfMapEntry | Out-Null"
make_map "$place/small" hash "$record" $((entries / 10))
make_map "$place/large" hash "$record" "$entries"
peak="[int]([regex]::Match([System.IO.File]::ReadAllText('/proc/self/status'), 'VmHWM:\s+(\d+)').Groups[1].Value / 1024)"
for ((round = 1; round <= rounds; round++)); do
    echo "$(engine "$peak") $(engine "Get-BpfMapEntry -Path $place/small | Out-Null; $peak") $(engine "Get-BpfMapEntry -Path $place/large | Out-Null; $peak")"
done >"$out/memory"
awk -v n="$entries" -v bare="$(column "$out/memory" 1)" -v small="$(column "$out/memory" 2)" -v large="$(column "$out/memory" 3)" 'BEGIN {
    printf "   with the module imported %d, after %d entries %d (+%d), after %d entries %d (+%d)\n", bare, n / 10, small, small - bare, n, large, large - bare }'
