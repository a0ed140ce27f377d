#!/usr/bin/env bash
# Boots other kernels in QEMU, without KVM, and runs live tests of this build in them. The root of the machine is the
# root of the guest (virtiofs), so that what was built here runs there. One command:
#
#   tests/vm/run.sh [KERNEL ...] [-- ARGUMENTS OF THE TEST PROGRAM]
#
# KERNEL is 6.1, 6.12 or 7.3, all of them when nothing is said. Exit status 0: all passed; 77: no QEMU or kernel is to be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/vm/kernels.sh

cache=$PWD/artifacts/vm
kernels=()
while [[ $# -gt 0 && $1 != -- ]]; do
    kernels+=("$1")
    shift
done
[[ ${1:-} == -- ]] && shift
arguments=("$@")
[[ ${#kernels[@]} -gt 0 ]] || kernels=(6.1 6.12 7.3)
if [[ ${#arguments[@]} -eq 0 ]]; then
    for room in Hooks Links Features Verifier; do arguments+=(-namespace "BpfPS.Kernel.Tests.$room"); done
fi
minutes=${BPFPS_VM_MINUTES:-25}

unavailable() { echo "Other kernels were not tried: $1"; exit 77; }
[[ $EUID -eq 0 ]] || unavailable "sharing the machine's root with a guest needs root"
[[ $(uname -m) == x86_64 ]] || unavailable "the kernels are of x86-64"
command -v qemu-system-x86_64 >/dev/null || unavailable "qemu-system-x86_64 is not installed (package qemu-system-x86)"
virtiofsd=/usr/lib/qemu/virtiofsd
[[ -x $virtiofsd ]] || virtiofsd=/usr/libexec/virtiofsd
[[ -x $virtiofsd ]] || unavailable "virtiofsd is not installed"
command -v busybox >/dev/null || unavailable "busybox is not installed (package busybox-static)"
mkdir -p "$cache"

# An initramfs that mounts the machine's root and goes there.
initramfs() {
    local kernel=$1 target=$2 root module
    root=$(mktemp -d)
    mkdir -p "$root"/{bin,dev,proc,sys,host,modules}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for module in $(cat tests/vm/modules); do
        find "$kernel" -name "$module.ko*" -exec cp {} "$root/modules/" \;
    done
    for module in "$root"/modules/*.xz; do
        [[ -e $module ]] && xz -d "$module"
    done
    cp tests/vm/modules "$root/modules/list"
    cp tests/vm/init "$root/init"
    (cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$target"
    rm -rf "$root"
}

server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true' EXIT

# Boots a guest and waits for its end. Uses run_kernel's variables.
boot() {
    local result=0
    rm -f "$work/socket"
    "$virtiofsd" --socket-path="$work/socket" -o source=/ -o cache=auto -o sandbox=chroot --thread-pool-size=4 >"$work/virtiofsd.log" 2>&1 &
    server=$!
    for _ in {1..600}; do [[ -S $work/socket ]] && break; sleep 0.1; done
    timeout --foreground "$((minutes * 60))" qemu-system-x86_64 -accel tcg,thread=multi -cpu "$processor" -smp 2 -m 3072 -nographic -no-reboot -nodefaults -serial file:"$work/console" \
        -object memory-backend-memfd,id=memory,size=3072M,share=on -numa node,memdev=memory \
        -chardev socket,id=fs,path="$work/socket" -device vhost-user-fs-pci,chardev=fs,tag=host \
        -kernel "$folder/vmlinuz" -initrd "$work/initramfs.gz" \
        -append "console=ttyS0 panic=-1 quiet lsm=bpf,landlock,lockdown,yama bpfps.repository=$PWD bpfps.kernel=$series" </dev/null >"$work/qemu.log" 2>&1 || result=$?
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
    return "$result"
}

run_kernel() {
    local series=$1 folder library work processor status=0
    folder=$(kernel_folder "$series") || return 77
    library=$(library_folder "$series") || echo "No newer libbpf is to be had: Linux $series is tried with the system's"
    work=$cache/run-$series
    rm -rf "$work"
    mkdir -p "$work"
    initramfs "$folder" "$work/initramfs.gz"
    printf '%q ' "${arguments[@]}" >"$work/arguments"
    echo "$library" >"$work/library"
    echo "${BPFPS_VM_COMMAND:-}" >"$work/command"
    # With cx16 a 6.12 takes a double fault now and then while it boots; without it a 7.3 has no memory for arenas.
    [[ $series == 6.* ]] && processor=max,-cx16 || processor=max
    # A guest that did not come as far as to its tests gets another chance.
    for _ in {1..3}; do
        [[ -e $work/started ]] || boot || status=$?
    done
    if [[ ! -s $work/status ]]; then
        echo "Linux $series: the guest ended without a result (status $status); the end of its console, and of what QEMU and virtiofsd said:"
        tail -n 15 "$work"/console "$work/qemu.log" "$work/virtiofsd.log" 2>/dev/null | sed 's/\r//g'
        [[ ! -e $work/output ]] || { echo "and of what it had said:"; tail -n 5 "$work/output"; }
        return 1
    fi
    # Tests that begin and end well are of interest while they run only.
    grep -vE '\[(STARTING|FINISHED)\]' "$work/output" || true
    return "$(cat "$work/status")"
}

failures=0 unavailable=0
for series in "${kernels[@]}"; do
    echo "== Linux $series in QEMU"
    status=0
    run_kernel "$series" || status=$?
    case $status in
        0) ;;
        77) unavailable=$((unavailable + 1)); echo "Linux $series was not tried: $(cat "$cache/why")" ;;
        *) failures=$((failures + 1)) ;;
    esac
done
[[ $failures -eq 0 ]] || exit 1
[[ $unavailable -lt ${#kernels[@]} ]] || exit 77
