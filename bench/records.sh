#!/usr/bin/env bash
# What a record costs by the number of its members, and how late an event is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

object=$PWD/artifacts/tests/bpf/fields.bpf.o
compile_events
pipeline() { taskset -c "$other_cpus" "$pwsh" -NoProfile -NonInteractive -Command "Import-Module '$module'; & ./bench/records.ps1 $*"; }

title "A record of 4, 16 and 64 members of 8 bytes, -Batch 4096 | Out-Null: CPU time of the pipeline's thread, and bytes allocated"
pipeline -Decode "'$object'" -Cpu "$producer_cpu" -Rounds "$rounds"
echo
title "From the kernel's time stamp to the pipeline, 1,000 events a second: microseconds"
pipeline -Latency "'$object'" -Cpu "$producer_cpu" -Rounds "$rounds"
