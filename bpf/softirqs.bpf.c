/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * softirqs - how much time goes into soft interrupts, and how long each takes.
 *
 * Why: what an interrupt leaves to be done later (packets, timers, the ends of
 * requests to disks) is done between two instructions of whatever runs, and is on
 * nobody's account. A program that is slow now and then may just be interrupted.
 *
 * The map totals has, for each kind of work, how often it was done, the time in
 * all and the longest time; the map hist has the times in slots of powers of two.
 *   vector	what was done: NET_RX packets that came in, TIMER and HRTIMER, BLOCK
 *		requests to disks that are complete, SCHED balance between CPUs, RCU
 *		memory that nobody uses any more
 *   cpu	the CPU, with per_cpu = true; -1 for all together
 *
 * The time is that of the work, with interrupts that came in the middle of it.
 * Nothing says whose work it was. Restricted to processes, users or cgroups, it
 * counts what interrupted those tasks: the time that they lost.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "histogram.h"

#define CPUS	1024	/* for the sizes of the maps, if counted per CPU */
#define VECTORS	10

/* Kernel ABI: /proc/softirqs has them in this order. */
enum softirq_vector {
	HI,
	TIMER,
	NET_TX,
	NET_RX,
	BLOCK,
	IRQ_POLL,
	TASKLET,
	SCHED,
	HRTIMER,
	RCU,
};

struct softirqs_kind {
	enum softirq_vector vector;
	__s32 cpu;
};

struct softirqs_time {
	__u64 count;
	bpfps_duration_t total;
	bpfps_duration_t longest;
};

struct softirqs_slot {
	enum softirq_vector vector;
	__s32 cpu;
	bpfps_duration_t from;
	bpfps_duration_t to;
};

_Static_assert(sizeof(struct softirqs_slot) == 24, "hidden padding");

struct softirqs_count {
	__u64 count;
};

BPFPS_HELP("How much time do soft interrupts take, and from whom?",
	   "Watch-BpfEvent softirqs -Every 1s",
	   "Whose work it was: restricted to a process, it is what interrupted that process.",
	   "0.5 us for each");

BPFPS_TOOL("Measures how often and how long soft interrupts run, by kind.");

BPFPS_VARIABLE(bool, per_cpu, false, "", "Count each CPU separately.");

/* Soft interrupts that found no room in totals or in hist. */
__u64 uncounted_softirqs;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VECTORS * CPUS);
	__type(key, struct softirqs_kind);
	__type(value, struct softirqs_time);
} totals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VECTORS * CPUS);
	__type(key, struct softirqs_slot);
	__type(value, struct softirqs_count);
} hist SEC(".maps");

/* When the one that runs began; 0 if none runs that is wanted. One cannot interrupt another. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} begun SEC(".maps") BPFPS_INTERNAL;

SEC("tp_btf/softirq_entry")
int BPF_PROG(entered, unsigned int vector)
{
	__u32 zero = 0;
	__u64 *since;

	since = bpf_map_lookup_elem(&begun, &zero);
	if (since)
		*since = bpfps_is_target() ? bpf_ktime_get_ns() : 0;
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(left, unsigned int vector)
{
	struct softirqs_kind kind = { .vector = vector, .cpu = -1 };
	struct softirqs_slot slot = { .vector = vector, .cpu = -1 };
	struct softirqs_count none = {}, *counted;
	struct softirqs_time nothing = {}, *sum;
	__u64 *since, time;
	__u32 zero = 0;

	since = bpf_map_lookup_elem(&begun, &zero);
	if (!since || !*since)
		return 0;
	time = bpf_ktime_get_ns() - *since;
	*since = 0;
	if (per_cpu)
		kind.cpu = slot.cpu = bpf_get_smp_processor_id();
	set_slot(&slot, time);
	sum = find_or_make(&totals, &kind, &nothing);
	counted = find_or_make(&hist, &slot, &none);
	if (!sum || !counted) {
		__sync_fetch_and_add(&uncounted_softirqs, 1);
		return 0;
	}
	__sync_fetch_and_add(&sum->count, 1);
	__sync_fetch_and_add(&sum->total, time);
	keep_greatest(sum->longest, time);
	__sync_fetch_and_add(&counted->count, 1);
	return 0;
}
