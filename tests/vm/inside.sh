#!/usr/bin/env bash
# Runs in the guest, on the machine's root: sets up what a running system has, and runs the tests.
repository=$1 kernel=$2
work=$repository/artifacts/vm/run-$kernel
touch "$work/started"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_TieredPGO=0
mount -t bpf bpf /sys/fs/bpf
mount -t tracefs tracefs /sys/kernel/tracing
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t securityfs securityfs /sys/kernel/security
mkdir -p /dev/shm /dev/pts
mount -t tmpfs shm /dev/shm
mount -t devpts devpts /dev/pts
ip link set lo up
# A disk, as any machine has one below /var/tmp, where tools look at what is written to disks.
truncate -s 256M /tmp/disk
mkfs.ext4 -q /tmp/disk && mount -o loop /tmp/disk /var/tmp
mount --bind "$repository/artifacts/vm/$kernel/boot" /boot # the kernel's configuration
library=$(cat "$work/library")
[[ -z $library ]] || export LD_LIBRARY_PATH=$library
cd "$repository" || exit 1
export BPFPS_VM=$kernel # the tests know by this that nothing may be missing here
if [[ -n $(cat "$work/command") ]]; then
    bash "$work/command" >"$work/output" 2>&1
else
    eval "arguments=($(cat "$work/arguments"))"
    dotnet artifacts/bin/BpfPS.Kernel.Tests/release/BpfPS.Kernel.Tests.dll -nologo -noColor -reporter verbose -xml "$work/report.xml" "${arguments[@]}" >"$work/output" 2>&1
fi
status=$?
# Lockdown lasts until the guest's end, so what is tested under it comes last.
if [[ -z $(cat "$work/command") && -s $work/lockdown ]]; then
    BPFPS_LOCKDOWN=1 dotnet artifacts/bin/BpfPS.Kernel.Tests/release/BpfPS.Kernel.Tests.dll -nologo -noColor -reporter verbose -explicit only \
        -class BpfPS.Kernel.Tests.Features.LockdownTests -xml "$work/report-lockdown.xml" >>"$work/output" 2>&1 || status=$?
fi
echo "$status" >"$work/status"
