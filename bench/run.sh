#!/usr/bin/env bash
# The benchmarks: each figure beside its yardstick, taken in turn in one run. Medians and ratios are what to quote;
# machines drift. './build.sh bench' builds first, and calls this. ROUNDS=N and SECONDS_EACH=N change the lengths.
#
#   bench/run.sh [PART...]      streams, records, filters, start, maps, programs, tools, probes; all of them if none is named
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

[[ $# -gt 0 ]] || set -- streams records filters start maps programs tools probes
for part; do
    case $part in
        streams | records | filters | start | maps | programs | tools | probes) ;;
        *) echo "bench: there is no part '$part': streams, records, filters, start, maps, programs, tools or probes" >&2; exit 2 ;;
    esac
done
for part; do
    "./$part.sh"
    echo
done
