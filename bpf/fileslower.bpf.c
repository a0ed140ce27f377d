/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * fileslower - one event for each slow read, write, copy or sync of a file.
 *
 * Why: what a program waits for is not the disk but the call: behind it are the
 * page cache, locks of the file system, a journal, a network. This is the time
 * that the program lost, whatever the reason.
 *
 * What the fields mean:
 *   duration	of the call, from its beginning to its return
 *   ret	Success, or why it failed
 *   operation	READ, WRITE, COPY (copy_file_range(), sendfile()), SYNC (fsync(),
 *		fdatasync())
 *   bytes	what the call moved, which can be less than it asked for
 *   offset	where in the file it began; 0 of COPY and SYNC
 *   path	the file, of COPY the one that was written if that is a file; as the
 *		mount namespace has it
 *   truncated	path lacks its beginning, because it is too long or too deep
 *
 * Which file a descriptor stands for is looked up when a slow call returns. If
 * another thread has closed it in between, there is no event.
 *
 * Not reported: what is not a regular file, but for SYNC also directories; files
 * that are mapped into memory; io_uring and the calls of aio; calls of 32-bit
 * programs on a 64-bit kernel, for which the kernel has no tracepoint.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "file.h"
#include "file_calls.h"

#define PATH_BYTES	1024

struct fileslower_event {
	TASK_MEMBERS;
	bpfps_duration_t duration;
	__s64 offset;
	__u64 bytes;
	__u64 inode;
	bpfps_device_t device;
	bpfps_errno_t ret;
	enum file_operation operation;
	bool truncated;
	char path[PATH_BYTES];
};

_Static_assert(offsetof(struct fileslower_event, path) == 93, "hidden padding");

BPFPS_HELP("Which reads, writes and syncs of files are slow?",
	   "Watch-BpfEvent fileslower -Variable @{ threshold_ns = 1000000 }",
	   "Files that are mapped into memory; io_uring and aio; calls of 32-bit programs.",
	   "0.3 us for each read and write, 1 us more for each that is reported");
BPFPS_VIEW("time pid comm operation:9 duration bytes:10 offset:12 path");

BPFPS_TOOL("Reports every read, write, copy and sync of a file that takes long.");

BPFPS_VARIABLE(bpfps_duration_t, threshold_ns, 10000000, "ns", "Report calls that take at least this long; 0 for all calls.");

BPFPS_EVENTS(events, struct fileslower_event, 1 << 20);

/* Too large for the stack. */
struct room {
	struct fileslower_event event;
	struct path_text path;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct room);
} scratch SEC(".maps") BPFPS_INTERNAL;

struct call {
	__u64 begin;
	__s64 offset;
	__s32 from;
	__s32 to;
	__u32 operation;
	__u32 padding;
};

CALLS_IN_PROGRESS(struct call);

static __always_inline int call_begins(enum file_operation operation, int from, int to, __s64 offset)
{
	struct call call = { .from = from, .to = to, .operation = operation, .offset = offset };

	if (!bpfps_is_target())
		return 0;
	call.begin = bpf_ktime_get_ns();
	begin_call(&call);
	return 0;
}

static __always_inline bool is_wanted(struct file *file, __u32 operation)
{
	__u32 type = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;

	return type == S_IFREG || (type == S_IFDIR && operation == SYNC);
}

static __always_inline struct file *wanted_file(const struct call *call)
{
	struct file *file;

	if (call->to >= 0) {
		file = file_at(call->to);
		if (file && is_wanted(file, call->operation))
			return file;
	}
	if (call->from < 0)
		return NULL;
	file = file_at(call->from);
	return file && is_wanted(file, call->operation) ? file : NULL;
}

static __always_inline void report(const struct call *call, struct file *file, __u64 duration, long ret)
{
	struct fileslower_event *event;
	struct inode *inode;
	struct room *room;
	__u32 zero = 0;
	__u64 bytes;
	long got;

	room = bpf_map_lookup_elem(&scratch, &zero);
	if (!room)
		return;
	event = &room->event;
	fill_task(event);
	event->duration = duration;
	event->ret = ret < 0 ? ret : 0;
	event->operation = call->operation;
	event->bytes = ret > 0 ? ret : 0;
	event->offset = call->offset;
	/* The file stands behind what was moved, also where all that is written is appended. */
	if (event->offset < 0)
		event->offset = BPF_CORE_READ(file, f_pos) - event->bytes;
	if (call->operation >= COPY)
		event->offset = 0;
	inode = BPF_CORE_READ(file, f_inode);
	event->inode = BPF_CORE_READ(inode, i_ino);
	event->device = BPF_CORE_READ(inode, i_sb, s_dev);
	got = bpf_probe_read_kernel_str(event->path, sizeof(event->path), path_of(&room->path, file));
	event->truncated = room->path.truncated;
	bytes = offsetof(struct fileslower_event, path) + (got > 0 ? got : 0);
	if (bytes <= sizeof(*event))
		bpfps_output(events, event, bytes);
}

static __always_inline int call_ends(long ret)
{
	struct call *call = current_call();
	struct file *file;
	__u64 duration;

	if (!call)
		return 0;
	duration = bpf_ktime_get_ns() - call->begin;
	if (duration >= threshold_ns) {
		file = wanted_file(call);
		if (file)
			report(call, file, duration, ret);
	}
	end_call();
	return 0;
}

FILE_CALLS
FILE_CALL(fsync, SYNC, -1, call->args[0], -1)
FILE_CALL(fdatasync, SYNC, -1, call->args[0], -1)
