/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * wakeuptime - who ends the waits of tasks, and how long those had waited.
 *
 * Why: where a task waits (offcputime) often only says that it waits for somebody.
 * The one who woke it is who it waited for: the thread that let go of a lock, the
 * process at the other end of a pipe, the interrupt of a disk.
 *
 * The map waits adds up, for each sleeper and waker and their stacks:
 *   pid, comm, user_stack, kernel_stack	who waited, and where
 *   waker_pid, waker_comm, waker_stack	who woke it, and from where in the kernel
 *   count	how often
 *   total	the time from the moment that the task left the CPU until it was woken;
 *		the wait for a CPU after that is not in it (runqlat)
 *   longest	the longest of them
 *
 * A task that an interrupt woke (a timer, a disk, a packet) has no real waker:
 * waker_pid is then the process that was interrupted, 0 if the CPU had nothing to
 * do, and only the stack shows it: it goes through the interrupt's entry.
 *
 * Stacks: NO_STACK (-2) was not asked for; any other negative number is the
 * kernel's error: -14 (EFAULT) no such stack, -17 (EEXIST) another stack has its
 * place in the map. User stacks are walked by frame pointers: code compiled
 * without them gives short or wrong ones.
 *
 * Restricted to processes, users or cgroups, it is those that wait; anybody may
 * wake them. Threads of the kernel wait for work most of the time, so that they
 * are left out as sleepers unless kernel_threads = true.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "sched.h"
#include "histogram.h"
#include "stacks.h"

#define THREADS	32768
#define STACKS	16384
#define WAITS	16384

struct wakeuptime_wait {
	bpfps_pid_t pid;
	bpfps_user_stack_t user_stack;
	bpfps_kernel_stack_t kernel_stack;
	__u32 waker_pid;
	bpfps_kernel_stack_t waker_stack;
	char comm[TASK_COMM_LEN];
	char waker_comm[TASK_COMM_LEN];
};

_Static_assert(sizeof(struct wakeuptime_wait) == 52, "hidden padding");

struct wakeuptime_time {
	__u64 count;
	bpfps_duration_t total;
	bpfps_duration_t longest;
};

BPFPS_HELP("Whom do programs wait for?",
	   "Watch-BpfEvent wakeuptime -Every 5s",
	   "Waits that have not ended. What an interrupt woke shows only in the waker's stack.",
	   "4 us for each wait");

BPFPS_TOOL("Adds up how long tasks wait until they are woken, by who wakes them.");

BPFPS_VARIABLE(bpfps_duration_t, least_ns, 1000, "ns", "Only waits of at least this long.");
BPFPS_VARIABLE(bool, kernel_threads, false, "", "Also threads of the kernel as those that wait.");
BPFPS_VARIABLE(bool, user_stacks, true, "", "Tell waits apart by the sleeper's stack in user space.");
BPFPS_VARIABLE(bool, kernel_stacks, true, "", "Tell waits apart by the sleeper's stack in the kernel.");
BPFPS_VARIABLE(bool, waker_stacks, true, "", "Tell waits apart by the waker's stack in the kernel.");

/* Waits that found no room: in threads, and in waits. */
__u64 untracked_waits;
__u64 uncounted_waits;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WAITS);
	__type(key, struct wakeuptime_wait);
	__type(value, struct wakeuptime_time);
} waits SEC(".maps");

STACKS_MAP(STACKS);

struct thread {
	__u64 since;	/* 0: not waiting */
	__s32 user_stack;
	__s32 kernel_stack;
};

/* An entry stays until its thread ends: to look one up costs less than to make and delete one for each wait. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, THREADS);
	__type(key, __u32);
	__type(value, struct thread);
} threads SEC(".maps") BPFPS_INTERNAL;

static __always_inline struct thread *find_thread(struct task_struct *task)
{
	__u32 tid = task->pid;

	return bpf_map_lookup_elem(&threads, &tid);
}

/* The task is still the current one. */
static __always_inline void begin_wait(void *ctx, struct task_struct *task)
{
	struct thread none = {}, *thread;
	__u32 tid = task->pid;

	if ((!task->mm && !kernel_threads) || !bpfps_is_target())
		return;
	thread = find_or_make(&threads, &tid, &none);
	if (!thread) {
		__sync_fetch_and_add(&untracked_waits, 1);
		return;
	}
	thread->user_stack = user_stacks ? bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK) : NO_STACK;
	thread->kernel_stack = kernel_stacks ? bpf_get_stackid(ctx, &stacks, 0) : NO_STACK;
	thread->since = bpf_ktime_get_ns();
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempted, struct task_struct *from, struct task_struct *to)
{
	unsigned int state = state_of(from);
	struct thread *thread;
	__u32 tid = from->pid;

	/* A task that has had the CPU, or gets it, does not wait any more: its waking was not seen. */
	thread = find_thread(to);
	if (thread)
		thread->since = 0;
	if (!tid)
		return 0;
	if (preempted || state == TASK_RUNNING) {
		thread = find_thread(from);
		if (thread)
			thread->since = 0;
	} else if (state & TASK_DEAD) {
		bpf_map_delete_elem(&threads, &tid);
	} else {
		begin_wait(ctx, from);
	}
	return 0;
}

/* Runs where the waking happens, unlike sched_wakeup. */
SEC("tp_btf/sched_waking")
int BPF_PROG(waking, struct task_struct *task)
{
	struct wakeuptime_time none = {}, *wait;
	struct wakeuptime_wait key = {};
	struct thread *thread;
	__u64 time;

	thread = find_thread(task);
	if (!thread || !thread->since)
		return 0;
	time = time_since(thread->since);
	thread->since = 0;
	if (time < least_ns)
		return 0;
	key.pid = task->tgid;
	key.user_stack = thread->user_stack;
	key.kernel_stack = thread->kernel_stack;
	key.waker_pid = bpf_get_current_pid_tgid() >> 32;
	key.waker_stack = waker_stacks ? bpf_get_stackid(ctx, &stacks, 0) : NO_STACK;
	bpf_probe_read_kernel(key.comm, sizeof(key.comm), task->comm);
	bpf_get_current_comm(key.waker_comm, sizeof(key.waker_comm));
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
