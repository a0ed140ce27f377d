/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * filelife - one event for each file that was made while the tool runs and is
 * deleted again, with the time that it lived.
 *
 * Why: files that live for milliseconds are work for the file system and its
 * journal that no listing shows: temporary files, locks, a cache that is written
 * and thrown away.
 *
 * A file is known from the open() that made it: the kernel marks the opened file
 * as new. The call that deletes it says only a name. So what was made is kept by
 * its name without directories, and once the call has succeeded, the one of that
 * name is meant whose inode has no link left.
 *
 * What the fields mean:
 *   age	from the end of the call that made it to the end of the one that deleted it
 *   creator	the process that made it, and its name; pid is who deleted it
 *   path	as it was passed to be deleted, relative or with links
 *   truncated	path did not fit, or could not be read (it is then empty)
 *
 * Restricted to processes or others, it reports files that one of these made and
 * one of these deleted.
 *
 * Not reported: a file that was renamed, under its new name, or that another one
 * replaced; directories, links, sockets; files without a name (O_TMPFILE); what
 * io_uring, a network file server or a 32-bit program on a 64-bit kernel makes or
 * deletes; one of more than four files of the same name at a time, in different
 * directories. At most 16384 files are remembered; then the least recently made
 * goes.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "file.h"

#define PATH_BYTES	1024	/* a power of two */
#define NAME_BYTES	64
#define SAME_NAME	4
#define FILES		16384

struct filelife_event {
	TASK_MEMBERS;
	bpfps_duration_t age;
	__u64 inode;
	bpfps_device_t device;
	__u32 creator;
	char creator_comm[TASK_COMM_LEN];
	bool truncated;
	char path[PATH_BYTES];
};

_Static_assert(offsetof(struct filelife_event, path) == 89, "hidden padding");

BPFPS_HELP("Which files are made and soon deleted again, and by whom?",
	   "Watch-BpfEvent filelife -Filter { $_.age.TotalSeconds -lt 1 }",
	   "Files that were renamed, and what io_uring makes or deletes.",
	   "0.4 us for each file that is opened, 1 us for each that is deleted");
BPFPS_VIEW("time pid comm creator:7 creator_comm age path");

BPFPS_TOOL("Reports every file that is deleted after it was made while the tool runs, with its age.");

BPFPS_EVENTS(events, struct filelife_event, 1 << 20);

/* The first bytes of a file's name. Of several files of that name each has a number. */
struct name {
	char text[NAME_BYTES];
	__u32 number;
};

struct made {
	struct inode *inode;
	__u64 number;	/* of the inode: its memory may be another one's by now */
	__u64 time;
	__u32 device;
	__u32 pid;
	char comm[TASK_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FILES);
	__type(key, struct name);
	__type(value, struct made);
} files SEC(".maps") BPFPS_INTERNAL;

/* Too large for the stack. */
struct room {
	struct filelife_event event;
	__u32 name_begins;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct room);
} scratch SEC(".maps") BPFPS_INTERNAL;

struct call {
	const char *path;
};

CALLS_IN_PROGRESS(struct call);

/* The links that a remembered file still has; -1 if another one is at its place by now. */
static __always_inline int links_of(const struct made *made)
{
	struct inode *inode = made->inode;

	return BPF_CORE_READ(inode, i_ino) == made->number ? (int)BPF_CORE_READ(inode, i_nlink) : -1;
}

static __always_inline int opened(long fd)
{
	struct name name = {};
	struct made made = {}, *other;
	struct inode *inode;
	struct file *file;
	int i;

	if (fd < 0 || !bpfps_is_target())
		return 0;
	file = file_at(fd);
	if (!file || !(BPF_CORE_READ(file, f_mode) & FMODE_CREATED))
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	if (!BPF_CORE_READ(inode, i_nlink))
		return 0;
	made.inode = inode;
	made.number = BPF_CORE_READ(inode, i_ino);
	made.device = BPF_CORE_READ(inode, i_sb, s_dev);
	made.time = bpf_ktime_get_ns();
	made.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(made.comm, sizeof(made.comm));
	bpf_probe_read_kernel_str(name.text, sizeof(name.text), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	for (i = 0; i < SAME_NAME; i++) {
		name.number = i;
		other = bpf_map_lookup_elem(&files, &name);
		if (!other || links_of(other) <= 0)
			break;
	}
	bpf_map_update_elem(&files, &name, &made, BPF_ANY);
	return 0;
}

static __always_inline int enter(const char *path)
{
	struct call call = { .path = path };

	if (bpfps_is_target())
		begin_call(&call);
	return 0;
}

/*
 * Where the name begins that a path ends with. That number is kept in memory and
 * not in a register to help the verifier: each iteration then starts in the same
 * state, whatever the ones before have found.
 */
static __always_inline __u32 find_name(struct room *room)
{
	volatile __u32 *begins = &room->name_begins;
	int i;

	*begins = 0;
	for (i = 0; i < PATH_BYTES - 1; i++) {
		char letter = room->event.path[i];

		if (!letter)
			break;
		if (letter == '/')
			*begins = i + 1;
	}
	return *begins & (PATH_BYTES - 1);
}

static __always_inline void report(struct filelife_event *event, const struct made *made, __u64 bytes)
{
	fill_task(event);
	event->age = bpf_ktime_get_ns() - made->time;
	event->inode = made->number;
	event->device = made->device;
	event->creator = made->pid;
	__builtin_memcpy(event->creator_comm, made->comm, sizeof(made->comm));
	bpfps_output(events, event, bytes);
}

static __always_inline int leave(long ret)
{
	struct call *call = current_call();
	struct name name = {};
	struct made *made;
	struct room *room;
	__u32 zero = 0;
	__u64 bytes;
	int i;

	if (!call)
		return 0;
	room = bpf_map_lookup_elem(&scratch, &zero);
	if (!room || ret < 0)
		goto forget;
	bytes = read_path(&room->event, call->path);
	if (!bytes)
		goto forget;
	bpf_probe_read_kernel_str(name.text, sizeof(name.text), room->event.path + find_name(room));
	for (i = 0; i < SAME_NAME; i++) {
		name.number = i;
		made = bpf_map_lookup_elem(&files, &name);
		if (!made || links_of(made) != 0)
			continue;
		report(&room->event, made, bytes);
		bpf_map_delete_elem(&files, &name);
		break;
	}
forget:
	end_call();
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_openat")
int openat_leave(struct trace_event_raw_sys_exit *call)
{
	return opened(call->ret);
}

SEC("tracepoint/syscalls/sys_exit_openat2")
int openat2_leave(struct trace_event_raw_sys_exit *call)
{
	return opened(call->ret);
}

/* Only x86 has these; other architectures' programs use the newer calls. */
SEC("tracepoint/syscalls/sys_exit_open") BPFPS_ONE_OF("open")
int open_leave(struct trace_event_raw_sys_exit *call)
{
	return opened(call->ret);
}

SEC("tracepoint/syscalls/sys_exit_creat") BPFPS_ONE_OF("creat")
int creat_leave(struct trace_event_raw_sys_exit *call)
{
	return opened(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_unlink") BPFPS_ONE_OF("unlink_enter")
int unlink_enter(struct trace_event_raw_sys_enter *call)
{
	return enter((void *)call->args[0]);
}

SEC("tracepoint/syscalls/sys_exit_unlink") BPFPS_ONE_OF("unlink_leave")
int unlink_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_unlinkat")
int unlinkat_enter(struct trace_event_raw_sys_enter *call)
{
	return call->args[2] & AT_REMOVEDIR ? 0 : enter((void *)call->args[1]);
}

SEC("tracepoint/syscalls/sys_exit_unlinkat")
int unlinkat_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}
