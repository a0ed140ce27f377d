/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * biolatency - how long disks take for requests, as histograms.
 *
 * Why: an average of milliseconds says little of a disk that answers most
 * requests at once and some after a second. A histogram shows both, and that
 * there are two kinds: hits and misses of a cache, reads and the flushes between.
 *
 * The map hist counts requests by disk and operation, in slots of powers of two:
 * from the moment that the driver has the request until the device has done all
 * of it. With queued = true the wait in the kernel before that counts too: for
 * the scheduler of the disk, and for room in its queue.
 *
 * FLUSH is what fsync() asks for: one for each that asked, from the asking to the
 * end, though the kernel lets several of them share one flush of the device.
 *
 * Restricted to processes, users or cgroups, it counts the requests that those
 * tasks made themselves. What a program has written is mostly sent to the disk
 * later, by a thread of the kernel, to which those requests belong then. Before
 * Linux 6.5 some kernels cannot tell of the beginning of a request, but only when
 * it waits for the scheduler or is issued, which another task can do; a FLUSH is
 * then the one that the kernel itself makes for all that asked.
 *
 * Not seen: disks without requests of their own (dm, md, zram, network file
 * systems), but the disks below them are; requests that began before this
 * program did, if it is restricted.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "histogram.h"
#include "registers.h"
#include "block.h"

#define SLOTS	8192

struct biolatency_slot {
	bpfps_device_t device;
	enum block_operation operation;
	bpfps_duration_t from;
	bpfps_duration_t to;
};

_Static_assert(sizeof(struct biolatency_slot) == 24, "hidden padding");

struct biolatency_count {
	__u64 count;
};

BPFPS_HELP("How long do the disks take?",
	   "Watch-BpfEvent biolatency -Every 1s",
	   "Disks without requests of their own (dm, md, zram): those below them are seen. Whose data it was that the kernel writes later.",
	   "0.8 us for each request");

BPFPS_TOOL("Measures how long disks take for requests, by disk and operation.");

BPFPS_VARIABLE(bool, queued, false, "", "Also count the time that requests wait in the kernel before the driver has them.");

/* Requests that found no room in hist. */
__u64 uncounted_requests;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SLOTS);
	__type(key, struct biolatency_slot);
	__type(value, struct biolatency_count);
} hist SEC(".maps");

struct progress {
	__u64 begun;
	__u64 issued;	/* 0: not yet */
};

static __always_inline void begin(struct progress *progress, struct request *request)
{
	progress->begun = bpf_ktime_get_ns();
}

FOLLOW_REQUESTS(struct progress, begin);

SEC("tp_btf/block_rq_issue")
int BPF_PROG(issued, struct request *request)
{
	struct progress *progress = find_request(request);

	/* A driver can give a request back, and be given it again: the first time counts. */
	if (progress && !progress->issued)
		progress->issued = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(completed, struct request *request, int status, unsigned int bytes)
{
	struct biolatency_count none = {}, *counted;
	struct biolatency_slot slot = {};
	struct progress *progress = find_request(request);

	/* A device can do one part after another. */
	if (!progress || bytes < request->__data_len)
		return 0;
	slot.device = device_of(request);
	slot.operation = progress->issued ? operation_of(request) : FLUSH;
	set_slot(&slot, time_since(progress->issued && !queued ? progress->issued : progress->begun));
	counted = find_or_make(&hist, &slot, &none);
	if (counted)
		__sync_fetch_and_add(&counted->count, 1);
	else
		__sync_fetch_and_add(&uncounted_requests, 1);
	forget_request(request);
	return 0;
}
