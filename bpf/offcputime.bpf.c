/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * offcputime - where tasks block, and for how long.
 *
 * Why: a program that is slow and uses no CPU waits for something. A profile of
 * the CPUs does not show it, because it is not there; its stack at the moment it
 * went to sleep says what it waits for.
 *
 * The map waits adds up, for each process, its two stacks and what kind of wait
 * it was:
 *   count	how often tasks blocked there and ran again
 *   total	the time from the moment that they left the CPU until they had one
 *		again. The wait for a CPU at its end is in it; runqlat measures that.
 *   longest	the longest of them
 *
 * Stacks: NO_STACK (-2) was not asked for; any other negative number is the
 * kernel's error: -14 (EFAULT) no such stack, -17 (EEXIST) another stack has its
 * place in the map. User stacks are walked by frame pointers: code compiled
 * without them gives short or wrong ones.
 *
 * A wait is added when it ends: what never ends never shows. Losing a CPU to
 * another task is no wait (runqlat has it). Threads of the kernel wait for work
 * most of the time, so that they are left out unless kernel_threads = true.
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

struct offcputime_wait {
	bpfps_pid_t pid;
	bpfps_user_stack_t user_stack;
	bpfps_kernel_stack_t kernel_stack;
	enum wait_state state;
	char comm[TASK_COMM_LEN];
};

_Static_assert(sizeof(struct offcputime_wait) == 32, "hidden padding");

struct offcputime_time {
	__u64 count;
	bpfps_duration_t total;
	bpfps_duration_t longest;
};

BPFPS_HELP("Where do programs wait, and for how long?",
	   "Watch-BpfEvent offcputime -Every 5s",
	   "Waits that have not ended; waits for a CPU (runqlat). User stacks of programs without frame pointers are short or wrong.",
	   "2.5 us for each wait");

BPFPS_TOOL("Adds up how long tasks block, by their stacks.");

BPFPS_VARIABLE(bpfps_duration_t, least_ns, 1000, "ns", "Only waits of at least this long.");
BPFPS_VARIABLE(bool, kernel_threads, false, "", "Also threads of the kernel.");
BPFPS_VARIABLE(bool, user_stacks, true, "", "Tell waits apart by their stack in user space.");
BPFPS_VARIABLE(bool, kernel_stacks, true, "", "Tell waits apart by their stack in the kernel.");

/* Waits that found no room: in threads, and in waits. */
__u64 untracked_waits;
__u64 uncounted_waits;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WAITS);
	__type(key, struct offcputime_wait);
	__type(value, struct offcputime_time);
} waits SEC(".maps");

STACKS_MAP(STACKS);

struct thread {
	__u64 since;	/* 0: not waiting */
	__s32 user_stack;
	__s32 kernel_stack;
	enum wait_state state;
	__u32 padding;
};

/* An entry stays until its thread ends: to look one up costs less than to make and delete one for each wait. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, THREADS);
	__type(key, __u32);
	__type(value, struct thread);
} threads SEC(".maps") BPFPS_INTERNAL;

/* The task is still the current one. */
static __always_inline void leave_cpu(void *ctx, struct task_struct *task, bool preempted)
{
	struct thread none = {}, *thread;
	unsigned int state = state_of(task);
	__u32 tid = task->pid;

	if (!tid)
		return;
	if (preempted || state == TASK_RUNNING) {
		/* It has had the CPU, so that it cannot still be waiting: its return was not seen. */
		thread = bpf_map_lookup_elem(&threads, &tid);
		if (thread)
			thread->since = 0;
		return;
	}
	if (state & TASK_DEAD) {
		bpf_map_delete_elem(&threads, &tid);
		return;
	}
	if ((!task->mm && !kernel_threads) || !bpfps_is_target())
		return;
	thread = find_or_make(&threads, &tid, &none);
	if (!thread) {
		__sync_fetch_and_add(&untracked_waits, 1);
		return;
	}
	thread->user_stack = user_stacks ? bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK) : NO_STACK;
	thread->kernel_stack = kernel_stacks ? bpf_get_stackid(ctx, &stacks, 0) : NO_STACK;
	thread->state = wait_state_of(state);
	thread->since = bpf_ktime_get_ns();
}

static __always_inline void take_cpu(struct task_struct *task)
{
	struct offcputime_time none = {}, *wait;
	struct offcputime_wait key = {};
	struct thread *thread;
	__u32 tid = task->pid;
	__u64 time;

	thread = bpf_map_lookup_elem(&threads, &tid);
	if (!thread || !thread->since)
		return;
	time = time_since(thread->since);
	thread->since = 0;
	if (time < least_ns)
		return;
	key.pid = task->tgid;
	key.user_stack = thread->user_stack;
	key.kernel_stack = thread->kernel_stack;
	key.state = thread->state;
	bpf_probe_read_kernel(key.comm, sizeof(key.comm), task->comm);
	wait = find_or_make(&waits, &key, &none);
	if (!wait) {
		__sync_fetch_and_add(&uncounted_waits, 1);
		return;
	}
	__sync_fetch_and_add(&wait->count, 1);
	__sync_fetch_and_add(&wait->total, time);
	keep_greatest(wait->longest, time);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempted, struct task_struct *from, struct task_struct *to)
{
	leave_cpu(ctx, from, preempted);
	take_cpu(to);
	return 0;
}
