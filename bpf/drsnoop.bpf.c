/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * drsnoop - one event for each time that a task has to make room in memory itself
 * (direct reclaim).
 *
 * Why: when memory is short, or a cgroup has as much as it may have, whoever asks
 * for more has to take some from others first, and waits for that as long as it
 * takes: the program stands still, and nothing says so.
 *
 * What the fields mean:
 *   pid, comm, ...	who waited, not who has the memory
 *   cause	MACHINE: the machine's memory is short. CGROUP: that of the task's cgroup,
 *		or of one above it (memory.max, memory.high). NODE: that of the part of
 *		the memory that is near the CPU (vm.zone_reclaim_mode)
 *   latency	how long it waited
 *   pages	how many pages were freed; 0 if in vain
 *   order	it asked for 2 to the power of this many pages in one piece
 *
 * Not reported: what kswapd frees in the background, before anybody has to wait;
 * waits in which pages are moved to make large pieces (compaction); the OOM killer
 * (oomkill).
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "histogram.h"

enum reclaim_cause {
	MACHINE,
	CGROUP,
	NODE,
};

struct drsnoop_event {
	TASK_MEMBERS;
	bpfps_duration_t latency;
	__u64 pages;
	enum reclaim_cause cause;
	__u32 order;
};

_Static_assert(sizeof(struct drsnoop_event) == 72, "hidden padding");

BPFPS_HELP("Who has to wait for memory, and for how long?",
	   "Watch-BpfEvent drsnoop -Filter { $_.latency.TotalMilliseconds -gt 1 }",
	   "What the kernel frees in the background (kswapd); compaction; the OOM killer (oomkill).",
	   "3 us for each wait");

BPFPS_TOOL("Reports every wait of a task that has to free memory before it gets some.");

BPFPS_EVENTS(events, struct drsnoop_event, 1 << 20);

struct reclaim {
	__u64 begin;
	__u32 order;
	__u32 padding;
};

CALLS_IN_PROGRESS(struct reclaim);

/* The tracepoints' record, which tells what their arguments are. */
struct trace_event_raw_mm_vmscan_direct_reclaim_begin_template {
	__u32 memcg_id;
} __attribute__((preserve_access_index));

/* Their arguments are the order and the flags of the allocation; in kernels that also say the cgroup (7.3), the flags come first. */
static __always_inline int order_of(int first, int second)
{
	return bpf_core_field_exists(struct trace_event_raw_mm_vmscan_direct_reclaim_begin_template, memcg_id) ? second : first;
}

static __always_inline int begin(int order)
{
	struct reclaim reclaim = { .order = order };

	if (!bpfps_is_target())
		return 0;
	reclaim.begin = bpf_ktime_get_ns();
	begin_call(&reclaim);
	return 0;
}

static __always_inline int end(enum reclaim_cause cause, unsigned long pages)
{
	struct drsnoop_event event = { .cause = cause, .pages = pages };
	struct reclaim *reclaim = current_call();

	if (!reclaim)
		return 0;
	fill_task(&event);
	event.latency = time_since(reclaim->begin);
	event.order = reclaim->order;
	bpfps_output(events, &event, sizeof(event));
	end_call();
	return 0;
}

SEC("tp_btf/mm_vmscan_direct_reclaim_begin")
int BPF_PROG(machine_begin, int first, int second)
{
	return begin(order_of(first, second));
}

SEC("tp_btf/mm_vmscan_direct_reclaim_end")
int BPF_PROG(machine_end, unsigned long pages)
{
	return end(MACHINE, pages);
}

/* A kernel can be without cgroups of memory, or without nodes. */
SEC("tp_btf/mm_vmscan_memcg_reclaim_begin") BPFPS_ONE_OF("cgroup_begin")
int BPF_PROG(cgroup_begin, int first, int second)
{
	return begin(order_of(first, second));
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_end") BPFPS_ONE_OF("cgroup_end")
int BPF_PROG(cgroup_end, unsigned long pages)
{
	return end(CGROUP, pages);
}

SEC("tp_btf/mm_vmscan_node_reclaim_begin") BPFPS_ONE_OF("node_begin")
int BPF_PROG(node_begin, int node, int order)
{
	return begin(order);
}

SEC("tp_btf/mm_vmscan_node_reclaim_end") BPFPS_ONE_OF("node_end")
int BPF_PROG(node_end, unsigned long pages)
{
	return end(NODE, pages);
}
