# What run.sh --check runs in a user land of nothing but busybox: is there what the tests find in the whole one?
failed=0
check() {
    what=$1
    shift
    if "$@" >/dev/null 2>&1; then echo "ok: $what"; else echo "not ok: $what"; failed=1; fi
}
is_of() { test "$(stat -f -c %T "$1")" = "$2" || grep -q " $1 $2 " /proc/mounts; }
check "the root is the user land's" test ! -e /etc
check "the machine's own root is gone" test -z "$(ls -A /.machine)"
check "the mount namespace begins at the user land" nsenter -t $$ -m /bin/test ! -e /etc
check "/proc is there, with the kernel's configuration of processes" test -r /proc/self/status
check "the BPF file system is mounted" is_of /sys/fs/bpf bpf
check "the kernel's trace is mounted" is_of /sys/kernel/tracing tracefs
check "cgroups are mounted" grep -q ' cgroup2 ' /proc/mounts
check "the kernel's BTF can be read" test -r /sys/kernel/btf/vmlinux
check "there are devices" test -c /dev/null
for place in /tmp /run /root /dev/shm; do check "$place is its own" is_of "$place" tmpfs; done
check "mounts are possible" mount -t tmpfs mine /run
setsid sleep 4711 </dev/null >/dev/null 2>&1 & # run.sh must find and end it
exit $failed
