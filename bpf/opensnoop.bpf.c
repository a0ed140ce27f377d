/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * opensnoop - one event for each file that is opened, or is not.
 *
 * Why: what a program reads its settings from, which file it looks for in vain
 * and goes on without, who keeps opening the same file.
 *
 * Reported when the system call returns: by then the kernel has read the path
 * itself, so that it is in memory and reading it rarely fails.
 *
 * What the fields mean:
 *   fd		the descriptor that the call returned; -1 if it failed
 *   ret	Success, or why it failed
 *   flags	how it was to be opened; O_RDONLY is 0 and stands alone
 *   mode	the permissions of a file that is made
 *   dirfd	the directory that a relative path begins at; AT_FDCWD (-100) for
 *		the current one
 *   path	as it was passed, relative or with links
 *   truncated	path did not fit, or could not be read (it is then empty)
 *
 * Not reported: calls of 32-bit programs on a 64-bit kernel, for which the kernel
 * has no tracepoint; files opened through io_uring or by the kernel itself, such
 * as a program's libraries; creat(), where a machine still has it.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"

#define PATH_BYTES	1024

struct opensnoop_event {
	TASK_MEMBERS;
	bpfps_duration_t duration;
	bpfps_errno_t ret;
	__s32 fd;
	__s32 dirfd;
	bpfps_open_flags_t flags;
	__u16 mode;
	bool truncated;
	char path[PATH_BYTES];
};

_Static_assert(offsetof(struct opensnoop_event, path) == 75, "hidden padding");

BPFPS_HELP("Which files are opened, and which are not found?",
	   "Watch-BpfEvent opensnoop -Filter { $_.ret -eq 'ENOENT' -and $_.path -like '/etc/*' }",
	   "Calls of 32-bit programs; files that io_uring or the kernel itself opens.",
	   "1 us for each call");

BPFPS_VIEW("time pid uid comm duration ret fd:4 path");
BPFPS_TOOL("Reports every file that is opened, and every attempt that fails.");

BPFPS_VARIABLE(bool, failed, false, "", "Only attempts that fail.");

BPFPS_EVENTS(events, struct opensnoop_event, 1 << 20);

/* Too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct opensnoop_event);
} scratch SEC(".maps") BPFPS_INTERNAL;

struct call {
	__u64 begin;
	const char *path;
	__s32 dirfd;
	__u32 flags;
	__u32 mode;
	__u32 padding;
};

CALLS_IN_PROGRESS(struct call);

/* struct open_how of openat2(), which later kernels make longer at its end. */
struct open_how_start {
	__u64 flags;
	__u64 mode;
};

static __always_inline int enter(__s32 dirfd, const char *path, __u32 flags, __u32 mode)
{
	struct call call = { .path = path, .dirfd = dirfd, .flags = flags, .mode = mode };

	if (!bpfps_is_target())
		return 0;
	call.begin = bpf_ktime_get_ns();
	begin_call(&call);
	return 0;
}

static __always_inline int leave(long ret)
{
	struct opensnoop_event *event;
	struct call *call = current_call();
	__u32 zero = 0;
	__u64 bytes;
	long got;

	if (!call)
		return 0;
	event = bpf_map_lookup_elem(&scratch, &zero);
	if (!event || (failed && ret >= 0))
		goto forget;
	fill_task(event);
	event->duration = bpf_ktime_get_ns() - call->begin;
	event->ret = ret < 0 ? ret : 0;
	event->fd = ret < 0 ? -1 : ret;
	event->dirfd = call->dirfd;
	event->flags = call->flags;
	event->mode = call->mode;
	got = bpf_probe_read_user_str(event->path, PATH_BYTES, call->path);
	event->truncated = got <= 0 || got == PATH_BYTES;
	if (got <= 0) {
		event->path[0] = 0;
		got = 1;
	}
	bytes = offsetof(struct opensnoop_event, path) + got;
	if (bytes <= sizeof(*event))
		bpfps_output(events, event, bytes);
forget:
	end_call();
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_openat")
int openat_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(call->args[0], (void *)call->args[1], call->args[2], call->args[3]);
}

SEC("tracepoint/syscalls/sys_exit_openat")
int openat_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_openat2")
int openat2_enter(struct trace_event_raw_sys_enter *call)
{
	struct open_how_start how = {};

	bpf_probe_read_user(&how, sizeof(how), (void *)call->args[2]);
	return enter(call->args[0], (void *)call->args[1], how.flags, how.mode);
}

SEC("tracepoint/syscalls/sys_exit_openat2")
int openat2_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

/* Only x86 has it; other architectures' programs use openat(). */
SEC("tracepoint/syscalls/sys_enter_open") BPFPS_ONE_OF("open_enter")
int open_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(AT_FDCWD, (void *)call->args[0], call->args[1], call->args[2]);
}

SEC("tracepoint/syscalls/sys_exit_open") BPFPS_ONE_OF("open_leave")
int open_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}
