#!/usr/bin/env bash
# Makes the user land of Debian 13 in a folder of the project (debootstrap), and builds and tests this checkout in it, on the
# machine's own kernel. The machine lends its kernel, its .NET SDK, its pwsh and its NuGet packages; all else is Debian 13's.
#
#   tests/userland/run.sh [SUITE ...]         without one: Core, Kernel, Module and Pester
#   tests/userland/run.sh -- COMMAND ...      runs a command in the user land instead, in its copy of this checkout
#   tests/userland/run.sh --check             shows in a second that this script works, in a user land of nothing but busybox
#
# Exit status 0: all passed; 77: the user land is not to be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly suite=trixie title='Debian 13'
cache=$PWD/artifacts/userland
root=$cache/$suite
repository=$cache/repository # a copy: what is built there must not replace what was built outside
mode=test
suites=()
case ${1:-} in
    --check) mode=check root=$cache/check repository='' ;;
    --) mode=command; shift ;;
    *) suites=("$@"); set -- ;;
esac
[[ ${#suites[@]} -gt 0 ]] || suites=(Core Kernel Module Pester)

unavailable() { echo "$title was not tried: $1"; exit 77; }

# What the build and the tests need of the distribution. Their programs are the witnesses; .NET needs ICU and certificates.
packages() {
    echo clang llvm libbpf-dev libbpf1 libdw1 bpftool gcc libc6-dev binutils
    echo iproute2 iputils-ping procps util-linux bsdutils kmod python3-minimal
    echo ca-certificates libdebuginfod1t64 libssl3t64 zlib1g
    chroot "$1" apt-cache pkgnames libicu | grep -xE 'libicu[0-9]+' | sort -V | tail -n 1
}

# The first archive that apt is set up for: the one that has the other suites of the distribution too.
archive() { awk -v RS= 'NR == 1' /etc/apt/sources.list.d/debian.sources 2>/dev/null | sed -nE "s/^$1: *([^ ]+).*/\1/p"; }

# Makes the user land. It appears whole or not at all.
make_root() {
    local mirror keyring new=$cache/new
    command -v debootstrap >/dev/null || unavailable "debootstrap is not installed"
    mirror=$(archive URIs) keyring=$(archive Signed-By)
    [[ -n $mirror && -f $keyring ]] || unavailable "apt is not set up for an archive of Debian in /etc/apt/sources.list.d/debian.sources"
    echo "Making the user land of $title in artifacts/userland, which takes some minutes"
    rm -rf "$new"
    debootstrap --variant=minbase --keyring="$keyring" "$suite" "$new" "$mirror" >"$cache/log" 2>&1 \
        || unavailable "debootstrap could not make it: $(grep -E '^(E|W): ' "$cache/log" | tail -n 1)"
    # Settings of apt itself, such as a proxy, and who answers for names, are the machine's.
    apt-config dump Acquire --format '%F "%v";%n' --no-empty >"$new/etc/apt/apt.conf.d/machine"
    cp -L /etc/resolv.conf "$new/etc/resolv.conf"
    mount_around "$new" apt-get update -qq >>"$cache/log" 2>&1 || unavailable "apt-get update failed in it (artifacts/userland/log)"
    # shellcheck disable=SC2046 # words
    mount_around "$new" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(packages "$new") \
        >>"$cache/log" 2>&1 || unavailable "its packages could not be installed (artifacts/userland/log)"
    mount_around "$new" apt-get clean
    mv "$new" "$root"
}

# Runs a command in a root with what packages need while they are installed.
mount_around() {
    # shellcheck disable=SC2016 # for the other shell
    unshare --mount --propagation private bash -c 'mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot "$@"' - "$@"
}

# A root with nothing but busybox, to try the rest of this script with.
make_little_root() {
    local program
    command -v busybox >/dev/null || unavailable "busybox is not installed (package busybox-static)"
    rm -rf "$root"
    mkdir -p "$root"/{bin,proc,sys,dev,tmp,run,root}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for program in sh env sleep stat mount umount grep touch test setsid ls nsenter; do ln -s busybox "$root/bin/$program"; done
}

# This checkout without its artifacts, and with the times of its files: what is built already is not built again.
copy_repository() {
    mkdir -p "$repository"
    find "$repository" -mindepth 1 -maxdepth 1 ! -name artifacts -exec rm -rf {} +
    tar -c --exclude=./artifacts --exclude=./.git . | tar -x -C "$repository"
    rm -rf "$repository/artifacts/test-results"
}

# The processes in the user land, in whatever namespace: their root is that folder. Some end while they are looked at.
inhabitants() {
    { stat -Lc '%d:%i %n' /proc/[0-9]*/root 2>/dev/null || true; } \
        | sed -nE "s|^$(stat -c %d:%i "$root") /proc/([0-9]+)/root$|\1|p"
}

pins() { [[ ! -d /sys/fs/bpf ]] || find /sys/fs/bpf -mindepth 1 | sort; }

# Ends what is left in the user land after some seconds, and prints what it was.
end_inhabitants() {
    local left
    for _ in $(seq "$1"); do
        left=$(inhabitants)
        [[ -n $left ]] || return 0
        sleep 0.1
    done
    ps -o pid=,args= -p "${left//$'\n'/,}" || true
    # shellcheck disable=SC2086 # several
    kill -KILL $left 2>/dev/null || true
}

# Runs the command in the user land, in a mount namespace of its own: with its last process its mounts are gone.
enter() {
    local sdk=$1 pwsh=$2 nuget=$3
    shift 3
    unshare --mount --propagation private tests/userland/inside.sh "$root" "$repository" "$sdk" "$pwsh" "$nuget" "$@" &
    inside=$!
    wait "$inside"
}

[[ $EUID -eq 0 ]] || unavailable "it needs root"
mkdir -p "$cache"
# One at a time: they share the folder.
exec 9>"$cache/lock"
flock -n 9 || { echo "another run.sh is at work in artifacts/userland" >&2; exit 1; }
inside=''
# An interrupt that only this shell got reaches those in the user land so; what they leave in the kernel is gone with them.
interrupt() {
    trap - INT TERM HUP EXIT
    [[ -z $inside ]] || kill -INT "$inside" 2>/dev/null || true
    end_inhabitants 100 >/dev/null
    exit 130
}
trap interrupt INT TERM HUP

sdk='' pwsh='' nuget=''
case $mode in
    check) make_little_root; set -- /bin/sh -c "$(cat tests/userland/check.sh)" ;;
    *)
        [[ -e $root ]] || make_root
        sdk=$(dirname "$(readlink -f "$(command -v dotnet)")")
        pwsh=$(dirname "$(readlink -f "${BPFPS_PWSH:-$(./build.sh pwsh)}")")
        nuget=$(dotnet nuget locals global-packages --list | sed -n 's/^global-packages: *//p')
        copy_repository
        ;;
esac
[[ $mode != test ]] || set -- ./build.sh test -Suite "$(IFS=,; echo "${suites[*]}")"

before=$(pins)
status=0
enter "$sdk" "$pwsh" "$nuget" "$@" 9>&- || status=$?
# Those that the tests have ended may not be gone yet.
left=$(end_inhabitants "$([[ $mode == check ]] && echo 5 || echo 50)")
if [[ -n $left ]]; then
    echo "Left running in the user land, and ended:"
    echo "$left"
    [[ $mode == check ]] || status=$((status == 0 ? 1 : status))
fi
new_pins=$(comm -13 <(echo "$before") <(pins))
if [[ -n $new_pins ]]; then
    echo "New in the machine's BPF file system, and not removed, as it may be somebody else's:"
    echo "$new_pins"
fi
if grep -qF " $root/" /proc/self/mountinfo; then
    echo "Still mounted in the machine's own mount namespace:"
    grep -F " $root/" /proc/self/mountinfo
    status=1
fi
if [[ $mode == check ]]; then
    # check.sh left this one.
    [[ $left == *'sleep 4711'* ]] || { echo "not ok: what is left running is found and ended"; exit 1; }
    [[ -z $(inhabitants) ]] || { echo "not ok: nothing is left running"; exit 1; }
    echo "ok: what is left running is found and ended"
    rm -rf "$root"
fi
exit "$status"
