/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * hardirqs - how much time goes into the handlers of interrupts, and how long
 * each takes.
 *
 * Why: a device that interrupts too often, or whose handler takes too long, takes
 * time from whatever runs, and is on nobody's account. While a handler runs, no
 * other interrupt comes to that CPU: a long one delays everything else.
 *
 * The map totals has, for each handler, how often it ran, the time in all and the
 * longest time; the map hist has the times in slots of powers of two.
 *   irq	the number of the interrupt, as in /proc/interrupts
 *   name	the handler's, as at the end of its line there. Several handlers can
 *		share an interrupt: then each of them runs, and is counted.
 *   cpu	the CPU, with per_cpu = true; -1 for all together
 *
 * Not seen: what is not a device's (in /proc/interrupts the lines with letters:
 * timers of CPUs, calls between CPUs); the threads that some handlers leave the
 * work to, which are tasks as any other. Nothing says whose work it was.
 * Restricted to processes, users or cgroups, it counts what interrupted those
 * tasks: the time that they lost.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "histogram.h"

#define HANDLERS	4096	/* about 30 slots for each: most have two or three */
#define NAME_BYTES	32

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct irqaction {
	const char *name;
};

#pragma clang attribute pop

struct hardirqs_handler {
	__s32 irq;
	__s32 cpu;
	char name[NAME_BYTES];
};

struct hardirqs_time {
	__u64 count;
	bpfps_duration_t total;
	bpfps_duration_t longest;
};

struct hardirqs_slot {
	__s32 irq;
	__s32 cpu;
	char name[NAME_BYTES];
	bpfps_duration_t from;
	bpfps_duration_t to;
};

_Static_assert(sizeof(struct hardirqs_slot) == 56, "hidden padding");

struct hardirqs_count {
	__u64 count;
};

BPFPS_HELP("How much time do the handlers of interrupts take, and from whom?",
	   "Watch-BpfEvent hardirqs -Every 1s",
	   "Timers of CPUs and calls between CPUs. Whose work it was: restricted to a process, it is what interrupted that process.",
	   "0.5 us for each");

BPFPS_VIEW("irq:5 cpu:4 name count count/s total longest");

BPFPS_TOOL("Measures how often and how long the handlers of interrupts run.");

BPFPS_VARIABLE(bool, per_cpu, false, "", "Count each CPU separately.");

/* Interrupts that found no room in totals or in hist. */
__u64 uncounted_interrupts;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HANDLERS);
	__type(key, struct hardirqs_handler);
	__type(value, struct hardirqs_time);
} totals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HANDLERS * 4);
	__type(key, struct hardirqs_slot);
	__type(value, struct hardirqs_count);
} hist SEC(".maps");

/* When the one that runs began; 0 if none runs that is wanted. One cannot interrupt another. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} begun SEC(".maps") BPFPS_INTERNAL;

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(entered, int irq, struct irqaction *handler)
{
	__u32 zero = 0;
	__u64 *since;

	since = bpf_map_lookup_elem(&begun, &zero);
	if (since)
		*since = bpfps_is_target() ? bpf_ktime_get_ns() : 0;
	return 0;
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(left, int irq, struct irqaction *handler, int result)
{
	struct hardirqs_handler key = { .irq = irq, .cpu = -1 };
	struct hardirqs_slot slot = { .irq = irq, .cpu = -1 };
	struct hardirqs_count none = {}, *counted;
	struct hardirqs_time nothing = {}, *sum;
	__u64 *since, time;
	__u32 zero = 0;

	since = bpf_map_lookup_elem(&begun, &zero);
	if (!since || !*since)
		return 0;
	time = bpf_ktime_get_ns() - *since;
	*since = 0;
	if (per_cpu)
		key.cpu = slot.cpu = bpf_get_smp_processor_id();
	bpf_probe_read_kernel_str(key.name, sizeof(key.name), handler->name);
	__builtin_memcpy(slot.name, key.name, sizeof(slot.name));
	set_slot(&slot, time);
	sum = find_or_make(&totals, &key, &nothing);
	counted = find_or_make(&hist, &slot, &none);
	if (!sum || !counted) {
		__sync_fetch_and_add(&uncounted_interrupts, 1);
		return 0;
	}
	__sync_fetch_and_add(&sum->count, 1);
	__sync_fetch_and_add(&sum->total, time);
	keep_greatest(sum->longest, time);
	__sync_fetch_and_add(&counted->count, 1);
	return 0;
}
