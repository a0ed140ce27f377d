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
 * later, by a thread of the kernel, to which those requests belong then. A kernel
 * before Linux 6.5 without fentry and kprobes asks only when the request is
 * issued, which another task can do.
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

#define SLOTS		8192
#define REQUESTS	16384

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

/* Requests that found no room: in requests, and in hist. */
__u64 untracked_requests;
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

/* A request that ends in another way, joined with another one, leaves its entry to the next one of the same address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, REQUESTS);
	__type(key, __u64);
	__type(value, struct progress);
} requests SEC(".maps") BPFPS_INTERNAL;

static __always_inline void begin(struct request *request)
{
	struct progress progress = { .begun = bpf_ktime_get_ns() };
	__u64 key = (__u64)request;

	if (!bpfps_is_target())
		return;
	if (bpf_map_update_elem(&requests, &key, &progress, BPF_ANY))
		__sync_fetch_and_add(&untracked_requests, 1);
}

ON_REQUEST_START(begin);

SEC("tp_btf/block_rq_issue")
int BPF_PROG(issued, struct request *request)
{
	struct progress *progress;
	__u64 key = (__u64)request;

	progress = bpf_map_lookup_elem(&requests, &key);
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
	struct progress *progress;
	__u64 key = (__u64)request;

	progress = bpf_map_lookup_elem(&requests, &key);
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
	bpf_map_delete_elem(&requests, &key);
	return 0;
}
