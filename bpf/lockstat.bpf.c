/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * lockstat - which locks of the kernel are fought over, where, and for how long.
 *
 * Why: CPUs that are busy in the kernel, or tasks that sleep there, though there
 * is nothing to wait for but each other. The stack says what they were doing: more
 * of the same work at the same time is what to avoid.
 *
 * The map waits adds up the waits for locks that another task or CPU had:
 *   flags	what kind of lock: MUTEX; READ or WRITE of one that many may read or one
 *		may write; SPIN it was waited for (also) without sleeping; PERCPU, RT;
 *		0 a semaphore, or a mutex before Linux 6.2
 *   kernel_stack	where it was waited, in front the functions of the lock itself; an
 *		error of the kernel: -17 (EEXIST) another stack has its place in the map
 *   count	how often
 *   total	how long, until the task had the lock or gave up
 *   longest	the longest of them
 *   pid, comm	who waited; 0 and empty with per_process = false. For a lock that is
 *		taken in an interrupt, it is whoever was interrupted.
 *
 * Only the kernel's own locks: what threads of a program fight over among
 * themselves is in futex waits (offcputime). A lock that is free is not seen, so
 * that nothing is known of who holds it, and how long. Linux 5.19 or later.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "histogram.h"
#include "stacks.h"

#define STACKS		16384
#define WAITS		16384
#define WAITERS		16384

/* Kernel ABI. */
enum lock_flags {
	SPIN = 1 << 0,
	READ = 1 << 1,
	WRITE = 1 << 2,
	RT = 1 << 3,
	PERCPU = 1 << 4,
	MUTEX = 1 << 5,
};

struct lockstat_wait {
	bpfps_pid_t pid;
	bpfps_kernel_stack_t kernel_stack;
	enum lock_flags flags;
	char comm[TASK_COMM_LEN];
};

_Static_assert(sizeof(struct lockstat_wait) == 28, "hidden padding");

struct lockstat_time {
	__u64 count;
	bpfps_duration_t total;
	bpfps_duration_t longest;
};

BPFPS_HELP("Which locks of the kernel are fought over, and where?",
	   "Watch-BpfEvent lockstat -Every 5s",
	   "Locks of programs (futex: offcputime); who holds a lock. Linux before 5.19.",
	   "5 to 20 us for each wait; nothing for a lock that is free");

BPFPS_TOOL("Adds up how long locks of the kernel are waited for, by stack.");

BPFPS_VARIABLE(bpfps_duration_t, least_ns, 0, "ns", "Only waits of at least this long.");
BPFPS_VARIABLE(bool, per_process, true, "", "Count the waits of each process separately.");

/* Waits that found no room: in waiters, and in waits. */
__u64 untracked_waits;
__u64 uncounted_waits;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WAITS);
	__type(key, struct lockstat_wait);
	__type(value, struct lockstat_time);
} waits SEC(".maps");

STACKS_MAP(STACKS);

/* An interrupt can wait for another lock than the task does, and the idle task on several CPUs. */
struct waiter {
	__u64 lock;
	__u32 tid;
	__u32 cpu;	/* of the idle task; 0 for others */
};

struct progress {
	__u64 since;
	__s32 kernel_stack;
	__u32 flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WAITERS);
	__type(key, struct waiter);
	__type(value, struct progress);
} waiters SEC(".maps") BPFPS_INTERNAL;

static __always_inline struct waiter waiter_for(void *lock)
{
	struct waiter waiter = { .lock = (__u64)lock, .tid = bpf_get_current_pid_tgid() };

	if (!waiter.tid)
		waiter.cpu = bpf_get_smp_processor_id();
	return waiter;
}

SEC("tp_btf/contention_begin")
int BPF_PROG(begun, void *lock, unsigned int flags)
{
	struct progress fresh = { .since = bpf_ktime_get_ns(), .flags = flags }, *progress;
	struct waiter waiter;

	if (!bpfps_is_target())
		return 0;
	waiter = waiter_for(lock);
	progress = bpf_map_lookup_elem(&waiters, &waiter);
	if (progress) {
		/* It has waited in another way before, and not got it yet. */
		progress->flags |= flags;
		return 0;
	}
	/* Now, because it waits in any case: at the end it would make all others wait longer. */
	fresh.kernel_stack = bpf_get_stackid(ctx, &stacks, 0);
	if (bpf_map_update_elem(&waiters, &waiter, &fresh, BPF_NOEXIST))
		__sync_fetch_and_add(&untracked_waits, 1);
	return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(ended, void *lock, int result)
{
	struct waiter waiter = waiter_for(lock);
	struct lockstat_time none = {}, *wait;
	struct lockstat_wait key = {};
	struct progress *progress;
	__u64 time;

	progress = bpf_map_lookup_elem(&waiters, &waiter);
	if (!progress)
		return 0;
	time = time_since(progress->since);
	key.kernel_stack = progress->kernel_stack;
	key.flags = progress->flags;
	bpf_map_delete_elem(&waiters, &waiter);
	if (time < least_ns)
		return 0;
	if (per_process) {
		key.pid = bpf_get_current_pid_tgid() >> 32;
		bpf_get_current_comm(key.comm, sizeof(key.comm));
	}
	wait = find_or_make(&waits, &key, &none);
	if (!wait) {
		__sync_fetch_and_add(&uncounted_waits, 1);
		return 0;
	}
	__sync_fetch_and_add(&wait->count, 1);
	__sync_fetch_and_add(&wait->total, time);
	keep_greatest(wait->longest, time);
	return 0;
}
