#!/usr/bin/env bash
# Maps of a million entries: reading and writing, beside C in batches and bpftool, each in turn in one run.
# './build.sh bench' builds first, and calls this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

entries=${ENTRIES:-1000000}
place=/sys/fs/bpf/bpfps_bench_maps
trap 'rm -rf "$place"' EXIT
rm -rf "$place"
compile map_batch
# Not part of the solution: nothing but this needs it.
dotnet build bench/MapReading -c Release --nologo -v quiet -clp:NoSummary -nodeReuse:false
reading=artifacts/bin/MapReading/release/MapReading.dll

echo "Maps of $entries entries: $name, Linux $(uname -r | grep -oE "^[0-9]+\.[0-9]+"), $(nproc) CPUs, $rounds rounds, load $(cut -d' ' -f1 /proc/loadavg)"
echo "Medians of the rounds but the first, which has the compiling in it."
echo
for type in hash array; do
    for value in u64 'struct record { u64 a; u64 b; u64 c; u64 d; u64 e; u64 f; u64 g; u64 h; }'; do
        pin=$place/$type; pin+=_${value%% *}
        key=u64
        [[ $type == array ]] && key=u32
        engine "New-BpfMap bench -Type $type -KeyType $key -ValueType '$value' -MaxEntries $entries -PinPath $pin | Out-Null"
        "$out/map_batch" write "$pin" "$entries" >/dev/null
        title="$type, $([[ $value == u64 ]] && echo 8 || echo 64)-byte values"

        dotnet "$reading" "$pin" $((rounds + 1)) "$out/map_batch" | tail -n +2 >"$out/reading"
        [[ $(awk -v n="$entries" '$3 == n' "$out/reading" | wc -l) -eq $rounds ]] || { echo "bench: not all entries were read" >&2; exit 1; }
        awk '{ print $2 / $1 }' "$out/reading" >"$out/reading_ratio"
        echo "$title: read to typed records $(column "$out/reading" 2) s, C bpf_map_lookup_batch $(column "$out/reading" 1) s: $(median <"$out/reading_ratio") times its time"

        printf '#!/bin/sh\nexec bpftool -j map dump pinned %s >%s\n' "$pin" "$out/dump.json" >"$out/dump"
        chmod +x "$out/dump"
        # Takes a program's own figure, or how long it ran.
        engine "
            function Run(\$program, \$arguments) {
                \$start = [System.Diagnostics.ProcessStartInfo]::new(\$program, [string[]] \$arguments)
                \$start.RedirectStandardOutput = \$true
                \$clock = [System.Diagnostics.Stopwatch]::StartNew()
                \$process = [System.Diagnostics.Process]::Start(\$start)
                \$text = \$process.StandardOutput.ReadToEnd()
                \$process.WaitForExit()
                if (\$text) { [double] \$text } else { \$clock.Elapsed.TotalSeconds }
            }
            \$map = Get-BpfMap -Path $pin
            \$kept = @(\$map | Get-BpfMapEntry)
            \$file = [System.IO.StreamWriter]::new('$out/pipeline')
            0..$rounds | ForEach-Object {
                \$dump = Run '$out/dump' @()
                \$clock = [System.Diagnostics.Stopwatch]::StartNew()
                \$map | Get-BpfMapEntry | Out-Null
                \$read = \$clock.Elapsed.TotalSeconds
                \$batch = Run '$out/map_batch' @('write', '$pin', '$entries')
                \$clock.Restart()
                \$kept | Set-BpfMapEntry
                \$piped = \$clock.Elapsed.TotalSeconds
                \$clock.Restart()
                Set-BpfMapEntry -InputObject \$kept
                \$file.WriteLine([string]::Format([cultureinfo]::InvariantCulture, '{0:f3} {1:f3} {2:f3} {3:f3} {4:f3}', \$dump, \$read, \$batch, \$piped, \$clock.Elapsed.TotalSeconds))
            }
            \$file.Dispose()"
        tail -n +2 "$out/pipeline" >"$out/pipeline_rest"
        [[ $(wc -l <"$out/pipeline_rest") -eq $rounds ]] || { echo "bench: the pipeline gave no figures" >&2; exit 1; }
        awk '{ print $1 / $2 }' "$out/pipeline_rest" >"$out/dump_ratio"
        awk '{ print $3 / $4 }' "$out/pipeline_rest" >"$out/write_ratio"
        awk '{ print $3 / $5 }' "$out/pipeline_rest" >"$out/list_ratio"
        echo "$title: Get-BpfMapEntry | Out-Null $(column "$out/pipeline_rest" 2) s, bpftool -j map dump to a file $(column "$out/pipeline_rest" 1) s: $(median <"$out/dump_ratio") times as fast"
        echo "$title: entries | Set-BpfMapEntry $(column "$out/pipeline_rest" 4) s, C bpf_map_update_batch $(column "$out/pipeline_rest" 3) s: $(median <"$out/write_ratio") of its rate"
        echo "$title: Set-BpfMapEntry -InputObject LIST $(column "$out/pipeline_rest" 5) s: $(median <"$out/list_ratio") of its rate"
        rm -f "$out/dump.json"
    done
done
echo
echo "Memory at its peak (VmHWM), MiB, while a hash of 64-byte values streams through Get-BpfMapEntry | Out-Null"
peak="[int]([regex]::Match([System.IO.File]::ReadAllText('/proc/self/status'), 'VmHWM:\s+(\d+)').Groups[1].Value / 1024)"
engine "New-BpfMap small -KeyType u64 -ValueType 'struct record { u64 a; u64 b; u64 c; u64 d; u64 e; u64 f; u64 g; u64 h; }' -MaxEntries $entries -PinPath $place/small | Out-Null"
"$out/map_batch" write "$place/small" $((entries / 10)) >/dev/null
bare_peak=$(engine "$peak")
small_peak=$(engine "Get-BpfMapEntry -Path $place/small | Out-Null; $peak")
large_peak=$(engine "Get-BpfMapEntry -Path $place/hash_struct | Out-Null; $peak")
echo "the module imported $bare_peak, $((entries / 10)) entries $small_peak (+$((small_peak - bare_peak))), $entries entries $large_peak (+$((large_peak - bare_peak)))"
