/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * statsnoop - one event for each path whose attributes are asked for.
 *
 * Why: programs look for files with stat() before they open them, in one folder
 * after the other. Which settings, plugins and libraries one looks for, and where
 * in vain, shows here and not among the files that are opened.
 *
 * Reported when the system call returns: by then the kernel has read the path
 * itself, so that it is in memory and reading it rarely fails.
 *
 * What the fields mean:
 *   operation	the call: STAT, LSTAT (does not follow a link), FSTATAT, STATX, or
 *		STATFS, which asks for the file system that the path is on
 *   ret	Success, or why it failed
 *   flags	of FSTATAT and STATX
 *   dirfd	the directory that a relative path begins at; AT_FDCWD (-100) for
 *		the current one
 *   path	as it was passed, relative or with links
 *   truncated	path did not fit, or could not be read (it is then empty)
 *
 * Not reported: questions about a descriptor, which name no path; access();
 * calls of 32-bit programs on a 64-bit kernel, for which the kernel has no
 * tracepoint; calls through io_uring.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "file.h"

#define PATH_BYTES	1024

enum stat_operation {
	STAT,
	LSTAT,
	FSTATAT,
	STATX,
	STATFS,
};

struct statsnoop_event {
	TASK_MEMBERS;
	bpfps_duration_t duration;
	bpfps_errno_t ret;
	enum stat_operation operation;
	enum at_flags flags;
	__s32 dirfd;
	bool truncated;
	char path[PATH_BYTES];
};

_Static_assert(offsetof(struct statsnoop_event, path) == 73, "hidden padding");

BPFPS_HELP("Which paths are looked up, and which are not there?",
	   "Watch-BpfEvent statsnoop -Filter { $_.ret -eq 'ENOENT' }",
	   "access(); questions about open files; calls of 32-bit programs and of io_uring.",
	   "0.5 us for each call, up to 2 us if the reader has to be woken");
BPFPS_VIEW("time pid uid comm duration ret operation:9 path");

BPFPS_TOOL("Reports every path whose attributes are asked for with stat() and its relatives.");

BPFPS_VARIABLE(bool, failed, false, "", "Only calls that fail.");

BPFPS_EVENTS(events, struct statsnoop_event, 1 << 20);

/* Too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct statsnoop_event);
} scratch SEC(".maps") BPFPS_INTERNAL;

struct call {
	__u64 begin;
	const char *path;
	__u32 operation;
	__u32 flags;
	__s32 dirfd;
	__u32 padding;
};

CALLS_IN_PROGRESS(struct call);

static __always_inline int enter(enum stat_operation operation, __s32 dirfd, const char *path, __u32 flags)
{
	struct call call = { .path = path, .operation = operation, .flags = flags, .dirfd = dirfd };

	if (!bpfps_is_target())
		return 0;
	/* No path at all, which statx() and fstatat() take since Linux 6.11. */
	if (!path && flags & AT_EMPTY_PATH)
		return 0;
	call.begin = bpf_ktime_get_ns();
	begin_call(&call);
	return 0;
}

static __always_inline int leave(long ret)
{
	struct call *call = current_call();
	struct statsnoop_event *event;
	__u32 zero = 0;
	__u64 bytes;

	if (!call)
		return 0;
	event = bpf_map_lookup_elem(&scratch, &zero);
	if (!event || (failed && ret >= 0))
		goto forget;
	bytes = read_path(event, call->path);
	if (!bytes || (!event->path[0] && call->flags & AT_EMPTY_PATH))
		goto forget;
	fill_task(event);
	event->duration = bpf_ktime_get_ns() - call->begin;
	event->ret = ret < 0 ? ret : 0;
	event->operation = call->operation;
	event->flags = call->flags;
	event->dirfd = call->dirfd;
	bpfps_output(events, event, bytes);
forget:
	end_call();
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_statx")
int statx_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(STATX, call->args[0], (void *)call->args[1], call->args[2]);
}

SEC("tracepoint/syscalls/sys_exit_statx")
int statx_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_statfs")
int statfs_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(STATFS, AT_FDCWD, (void *)call->args[0], 0);
}

SEC("tracepoint/syscalls/sys_exit_statfs")
int statfs_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

/* Some architectures have only statx(), or no older call than newfstatat(). */
SEC("tracepoint/syscalls/sys_enter_newfstatat") BPFPS_ONE_OF("fstatat_enter")
int fstatat_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(FSTATAT, call->args[0], (void *)call->args[1], call->args[3]);
}

SEC("tracepoint/syscalls/sys_exit_newfstatat") BPFPS_ONE_OF("fstatat_leave")
int fstatat_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_newstat") BPFPS_ONE_OF("stat_enter")
int stat_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(STAT, AT_FDCWD, (void *)call->args[0], 0);
}

SEC("tracepoint/syscalls/sys_exit_newstat") BPFPS_ONE_OF("stat_leave")
int stat_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_newlstat") BPFPS_ONE_OF("lstat_enter")
int lstat_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(LSTAT, AT_FDCWD, (void *)call->args[0], 0);
}

SEC("tracepoint/syscalls/sys_exit_newlstat") BPFPS_ONE_OF("lstat_leave")
int lstat_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}
