/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * cpudist - how long tasks stay on a CPU each time they get one.
 *
 * Why: a program that computes for milliseconds at a time and one that runs for
 * microseconds between two waits use a CPU in different ways, and what helps the
 * one harms the other. Many short stays: it waits for others, or wakes too often.
 * Stays that all end after the same time: the scheduler takes the CPU away.
 *
 * The map hist counts the stays of each process in slots of powers of two. A stay
 * begins when a CPU switches to the task and ends when it switches to another.
 *   pid, comm	the process and the name of its first thread; 0 and empty if
 *		per_process and per_thread are off: all processes together
 *   tid	the thread, with per_thread = true; comm is then its own name
 *
 * Interrupts and what the hypervisor takes are part of a stay: as far as the
 * scheduler knows the task has the CPU. Not counted: the idle task, and stays that
 * had begun when this program did.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "sched.h"
#include "histogram.h"

#define SLOTS	32768

struct cpudist_slot {
	bpfps_pid_t pid;
	__u32 tid;
	char comm[TASK_COMM_LEN];
	bpfps_duration_t from;
	bpfps_duration_t to;
};

_Static_assert(sizeof(struct cpudist_slot) == 40, "hidden padding");

struct cpudist_count {
	__u64 count;
};

BPFPS_HELP("How long do programs run each time they get a CPU?",
	   "Watch-BpfEvent cpudist -Every 1s",
	   "Stays that had begun before; the idle task.",
	   "0.2 us for each switch of a CPU");

BPFPS_TOOL("Measures how long tasks stay on a CPU.");

BPFPS_VARIABLE(bool, per_process, true, "", "Count the stays of each process separately.");
BPFPS_VARIABLE(bool, per_thread, false, "", "Count the stays of each thread separately.");

/* Stays that found no room in hist. */
__u64 uncounted_stays;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SLOTS);
	__type(key, struct cpudist_slot);
	__type(value, struct cpudist_count);
} hist SEC(".maps");

/* Who has this CPU. */
struct stay {
	__u64 since;
	__u64 tid;	/* 0: nobody who is wanted */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stay);
} stays SEC(".maps") BPFPS_INTERNAL;

static __always_inline void count(struct task_struct *task, __u64 time)
{
	struct cpudist_count none = {}, *counted;
	struct cpudist_slot slot = {};

	if (per_process || per_thread) {
		slot.pid = task->tgid;
		BPF_CORE_READ_INTO(&slot.comm, task, group_leader, comm);
	}
	if (per_thread) {
		slot.tid = task->pid;
		bpf_probe_read_kernel(slot.comm, sizeof(slot.comm), task->comm);
	}
	set_slot(&slot, time);
	counted = find_or_make(&hist, &slot, &none);
	if (counted)
		__sync_fetch_and_add(&counted->count, 1);
	else
		__sync_fetch_and_add(&uncounted_stays, 1);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempted, struct task_struct *from, struct task_struct *to)
{
	__u64 now = bpf_ktime_get_ns();
	struct stay *stay;
	__u32 zero = 0;

	stay = bpf_map_lookup_elem(&stays, &zero);
	if (!stay)
		return 0;
	if (stay->tid && stay->tid == (__u32)from->pid)
		count(from, now - stay->since);
	stay->tid = to->pid && bpfps_is_target_task(to) ? to->pid : 0;
	stay->since = now;
	return 0;
}
