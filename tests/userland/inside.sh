#!/usr/bin/env bash
# Called by run.sh in a mount namespace of its own: mounts in the folder of the user land what a running system has there and what the
# machine lends, makes the folder the root and becomes the command.
set -euo pipefail
root=$1 repository=$2 sdk=$3 pwsh=$4 nuget=$5
shift 5

# Lends a folder of the machine, which nobody in the user land can change.
lend() {
    [[ -d $1 ]] || return 0
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    mount -o remount,bind,ro "$root$2"
}

# The root must be a mount: pwsh takes its drives from the list of mounts, and finds no module without the drive /.
mount --bind "$root" "$root"
# With all that is mounted below: cgroups, tracefs, and the machine's BPF file system. One of its own would be what BpfPS warns of at
# every pin, as nobody outside sees it.
for place in /proc /sys /dev; do mount --rbind "$place" "$root$place"; done
[[ $(stat -f -c %T "$root/sys/fs/bpf") == bpf_fs ]] || mount -t bpf bpf "$root/sys/fs/bpf"
[[ $(stat -f -c %T "$root/sys/kernel/tracing") == tracefs ]] || mount -t tracefs tracefs "$root/sys/kernel/tracing"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=700 home "$root/root"
# The kernel's configuration and modules.
lend /boot /boot
lend "/lib/modules/$(uname -r)" "/lib/modules/$(uname -r)"
directory=/
if [[ -n $repository ]]; then
    lend "$sdk" /usr/share/dotnet # where .NET is looked for
    lend "$pwsh" /opt/powershell
    lend "$nuget" /opt/nuget
    ln -sfn /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
    ln -sfn /opt/powershell/pwsh "$root/usr/bin/pwsh"
    directory=/opt/BpfPS
    mkdir -p "$root$directory"
    mount --bind "$repository" "$root$directory"
fi

variables=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "TERM=${TERM:-dumb}")
variables+=(DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK=1 POWERSHELL_TELEMETRY_OPTOUT=1)
# The packages are there, and were asked about outside. A compiler server would outlive the build.
variables+=(NUGET_PACKAGES=/opt/nuget NuGetAudit=false UseSharedCompilation=false)
variables+=(BPFPS_USERLAND=1) # build.ps1 knows by this that the libbpf is not the one that all tests are of
[[ -z ${CI:-} ]] || variables+=("CI=$CI")
# The folder becomes the root of the mount namespace, not of a process only: the paths of a process in a namespace that a test makes of
# this one would else begin at the machine's root. A process that was started in the background has Ctrl+C ignored, and so would those
# that the tests send it to.
mkdir -p "$root/.machine"
cd "$root"
# shellcheck disable=SC2016 # for the other shell
exec env -i --default-signal=INT,QUIT "${variables[@]}" bash -euc '
    pivot_root . .machine
    cd "$0"
    umount -l /.machine
    exec "$@"' "$directory" "$@"
