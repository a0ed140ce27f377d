#!/usr/bin/env bash
# Starting: a bare shell, one with the module, and the first event.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

title "Starting: whole processes, seconds"
: >"$out/bare"; : >"$out/import"; : >"$out/first"
(while :; do /bin/true; sleep 0.01; done) &
activity=$!
trap 'kill "$activity" 2>/dev/null || :' EXIT
for ((round = 1; round <= rounds; round++)); do
    begin=$(now); bare '1' >/dev/null; since "$begin" >>"$out/bare"; echo >>"$out/bare"
    begin=$(now); engine '1' >/dev/null; since "$begin" >>"$out/import"; echo >>"$out/import"
    begin=$(now); engine 'Watch-BpfEvent execsnoop -First 1' >/dev/null; since "$begin" >>"$out/first"; echo >>"$out/first"
done
kill "$activity" 2>/dev/null || :
b=$(grep . "$out/bare" | median); i=$(grep . "$out/import" | median); f=$(grep . "$out/first" | median)
awk -v b="$b" -v i="$i" -v f="$f" 'BEGIN {
    printf "   bare start %.3f, with Import-Module %.3f (import %.3f), with the first event of Watch-BpfEvent execsnoop %.3f (%.3f after the bare start)\n", b, i, i - b, f, f - b }'
