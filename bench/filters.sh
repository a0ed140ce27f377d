#!/usr/bin/env bash
# What it costs that a filter in the kernel rejects an event.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/common.sh

dotnet msbuild bpf/bpf.proj -nologo -v:quiet -t:BuildTests
title "An event that a filter in the kernel rejects, nanoseconds a run"
engine "& ./bench/filters.ps1 '$PWD/artifacts/tests/bpf/rejecting.bpf.o' $rounds"
