#!/usr/bin/env bash
# Boots other kernels in QEMU, without KVM, and runs live tests of this build in them, two guests at a time. The root of the
# machine is the root of the guest (virtiofs), so that what was built here runs there. One command:
#
#   tests/vm/run.sh [KERNEL ...] [-- ARGUMENTS OF THE TEST PROGRAM]
#
# KERNEL is 6.1, 6.12 or 7.3; without one, all three. Exit status 0: all passed; 77: no QEMU or kernel is to be had.
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

# What runs in a guest when nothing else is asked for: a few minutes of tests that show that the engine works on that kernel, of what
# that kernel is the one to have. The nightly tests run everything.
classes() {
    case $1 in
        6.1) echo Events.KernelFilterTests Hooks.GuestHookTests Hooks.GuestLinkTests Hooks.SectionTests Hooks.TracingHookTests Features.FeatureWitnessTests \
            Tools.GuestToolTests ;;
        6.12) echo Hooks.GuestHookTests Hooks.CgroupVerdictTests Hooks.ReplacementTests Hooks.UserProbeTests Features.ObjectFeatureTests \
            Tools.GuestToolTests ;;
        7.3) echo Events.ProgramStreamTests Hooks.GuestHookTests Hooks.InterfaceHookTests Hooks.NetkitTests Hooks.ExclusiveHookTests Hooks.IteratorTests \
            Verifier.RejectionTests Tools.GuestToolTests ;;
    esac
}
at_a_time=$(($(nproc) < 2 ? 1 : 2))
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

# Boots a guest and waits for its end. It runs in a process of its own, whose end ends the guest.
boot() {
    local folder=$1 work=$2 series=$3 processor=max server emulator result=0
    # With cx16 a 6.12 takes a double fault now and then while it boots; without it a 7.3 has no memory for arenas.
    [[ $series != 6.* ]] || processor=max,-cx16
    rm -f "$work/socket"
    "$virtiofsd" --socket-path="$work/socket" -o source=/ -o cache=always -o sandbox=chroot --thread-pool-size=4 >"$work/virtiofsd.log" 2>&1 &
    server=$!
    for _ in {1..600}; do [[ -S $work/socket ]] && break; sleep 0.1; done
    timeout "$((minutes * 60))" qemu-system-x86_64 -accel tcg,thread=multi -cpu "$processor" -smp 2 -m 3072 -nographic -no-reboot -nodefaults -serial file:"$work/console" \
        -object memory-backend-memfd,id=memory,size=3072M,share=on -numa node,memdev=memory \
        -chardev socket,id=fs,path="$work/socket" -device vhost-user-fs-pci,chardev=fs,tag=host \
        -kernel "$folder/vmlinuz" -initrd "$work/initramfs.gz" \
        -append "console=ttyS0 panic=-1 softlockup_panic=1 watchdog_thresh=30 quiet lsm=bpf,landlock,lockdown,yama bpfps.repository=$PWD bpfps.kernel=$series" </dev/null >"$work/qemu.log" 2>&1 &
    emulator=$!
    trap 'kill "$emulator" "$server" 2>/dev/null; exit 1' TERM
    wait "$emulator" || result=$?
    trap - TERM
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    return "$result"
}

# Gets what a guest needs; 77 where that is not to be had. One at a time: they share the caches.
prepare() {
    local series=$1 folder library work=$cache/run-$1 class
    rm -rf "$work"
    folder=$(kernel_folder "$series") || return 77
    library=$(library_folder "$series") || echo "No newer libbpf is to be had: Linux $series is tried with the system's"
    mkdir -p "$work"
    initramfs "$folder" "$work/initramfs.gz"
    if [[ ${#arguments[@]} -gt 0 ]]; then
        printf '%q ' "${arguments[@]}" >"$work/arguments"
    else
        for class in $(classes "$series"); do printf -- '-class BpfPS.Kernel.Tests.%s ' "$class"; done >"$work/arguments"
    fi
    # Under lockdown only where nothing else was asked for, and in one kernel: it is about the errors.
    [[ ${#arguments[@]} -gt 0 || $series != 6.12 ]] || echo yes >"$work/lockdown"
    echo "$library" >"$work/library"
    echo "${BPFPS_VM_COMMAND:-}" >"$work/command"
}

# Runs a guest that is prepared, and says what came of it.
run_guest() {
    local series=$1 work=$cache/run-$1 status=0
    # A guest that did not come as far as to its tests gets another chance.
    for _ in {1..3}; do
        # So does one whose kernel panicked: the emulated processor can execute an instruction that the kernel is just patching
        # ("Oops: int3"), and with two of them that wait for each other the guest would hang until its time is over: a minute of that is
        # a panic too. It is said, and the tests begin anew.
        if [[ -e $work/started && ! -s $work/status ]] && grep -qa 'Kernel panic' "$work/console"; then
            echo "Linux $series panicked, and is booted again: $(grep -a -m 1 -oE 'Oops: .*|Kernel panic.*' "$work/console")"
            rm -f "$work/started" "$work/output"
        fi
        [[ -e $work/started ]] || boot "$cache/$series" "$work" "$series" || status=$?
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
declare -A guests=() # the process that runs a guest, by kernel
end_guests() { kill "${guests[@]}" 2>/dev/null || true; }
trap 'end_guests; exit 130' INT TERM HUP
trap end_guests EXIT

for series in "${kernels[@]}"; do
    status=0
    prepare "$series" || status=$?
    case $status in
        0) ;;
        77) unavailable=$((unavailable + 1)); echo "Linux $series was not tried: $(cat "$cache/why-$series")"; continue ;;
        *) exit "$status" ;;
    esac
    # Full: the next one starts when one of those that run has ended.
    running=$(jobs -rp | wc -l)
    while [[ $running -ge $at_a_time ]]; do
        sleep 1
        running=$(jobs -rp | wc -l)
    done
    echo "Linux $series in QEMU started"
    began=$SECONDS
    {
        result=0
        run_guest "$series" || result=$?
        echo "Linux $series took $((SECONDS - began)) seconds"
        exit "$result"
    } >"$cache/run-$series/summary" 2>&1 &
    guests[$series]=$!
done
for series in "${kernels[@]}"; do
    [[ -n ${guests[$series]:-} ]] || continue
    status=0
    wait "${guests[$series]}" || status=$?
    echo "== Linux $series in QEMU"
    cat "$cache/run-$series/summary"
    [[ $status -eq 0 ]] || failures=$((failures + 1))
done
guests=()
[[ $failures -eq 0 ]] || exit 1
[[ $unavailable -lt ${#kernels[@]} ]] || exit 77
