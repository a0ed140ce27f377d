/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * biosnoop - one event for each request that a disk has done.
 *
 * Why: which request took so long, what came before it, who wanted it. Sectors
 * that jump about, requests of a few bytes, a flush after every write: the pattern
 * shows in the single requests, not in their average.
 *
 * What the fields mean:
 *   time	when the device had done all of it
 *   pid, comm, ...	the task in which the request began. What a program has written is
 *		mostly sent to the disk later, by a thread of the kernel.
 *   device	the whole disk
 *   sector	where it begins, in units of 512 bytes from the beginning of the disk
 *   bytes	how much it was when the driver got it: what is joined with a request
 *		while it waits is in it
 *   queued	how long it waited in the kernel, for the scheduler of the disk and for
 *		room, until the driver had it
 *   latency	from then until the device had done all of it
 *   ret	Success, or why it failed
 *
 * A FLUSH is what fsync() asks for: one event for each that asked, although the
 * kernel lets several of them share one flush of the device. latency is then the
 * time from the asking to the end, and sector and bytes are 0.
 *
 * Not reported: disks without requests of their own (dm, md, zram, network file
 * systems), but the disks below them are; requests that began before this
 * program did. Before Linux 6.5 some kernels cannot tell of the beginning of a
 * request, but only when it waits for the scheduler or is issued, which another
 * task can do; queued is then the time from there, and a FLUSH is the one that the
 * kernel itself makes for all that asked.
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

struct biosnoop_event {
	TASK_MEMBERS;
	bpfps_duration_t queued;
	bpfps_duration_t latency;
	__u64 sector;
	__u32 bytes;
	bpfps_device_t device;
	enum block_operation operation;
	bpfps_errno_t ret;
};

_Static_assert(sizeof(struct biosnoop_event) == 88, "hidden padding");

BPFPS_HELP("Which requests do the disks get, from whom, and how long does each take?",
	   "Watch-BpfEvent biosnoop -Filter { $_.latency.TotalMilliseconds -gt 10 }",
	   "Disks without requests of their own (dm, md, zram): those below them are seen. Whose data it was that the kernel writes later.",
	   "1 us for each request");

BPFPS_VIEW("time pid comm queued latency sector bytes device operation ret");
BPFPS_TOOL("Reports every request to a disk: who wanted it, where it is, how long it waited and took.");

BPFPS_EVENTS(events, struct biosnoop_event, 1 << 20);

struct progress {
	__u64 begun;
	__u64 issued;	/* 0: not yet */
	struct biosnoop_event event;
};

static __always_inline void begin(struct progress *progress, struct request *request)
{
	fill_task(&progress->event);
	progress->begun = bpf_ktime_get_ns();
}

FOLLOW_REQUESTS(struct progress, begin);

SEC("tp_btf/block_rq_issue")
int BPF_PROG(issued, struct request *request)
{
	struct progress *progress = find_request(request);
	struct biosnoop_event *event;

	/* A driver can give a request back, and be given it again: the first time counts. */
	if (!progress || progress->issued)
		return 0;
	progress->issued = bpf_ktime_get_ns();
	event = &progress->event;
	event->queued = progress->issued - progress->begun;
	event->sector = request->__sector;
	event->bytes = request->__data_len;
	event->operation = operation_of(request);
	return 0;
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(completed, struct request *request, int status, unsigned int bytes)
{
	struct progress *progress = find_request(request);
	struct biosnoop_event *event;

	/* A device can do one part after another. */
	if (!progress || bytes < request->__data_len)
		return 0;
	event = &progress->event;
	event->time = bpf_ktime_get_boot_ns();
	event->device = device_of(request);
	event->latency = time_since(progress->issued ? progress->issued : progress->begun);
	event->ret = errno_of(status);
	if (!progress->issued)
		event->operation = FLUSH;
	bpfps_output(events, event, sizeof(*event));
	forget_request(request);
	return 0;
}
