/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * mountsnoop - one event for each file system that is mounted, unmounted, moved or
 * changed, or is not.
 *
 * Why: what appears below a directory, and what is gone from there, is decided by
 * services, containers and automounters that nobody watches. A mount that fails
 * often leaves nothing behind but an empty directory.
 *
 * There are two ways to mount. mount() does it in one call. The newer one, which
 * mount(8) of util-linux 2.39 or later takes, is a row of calls: fsopen() names
 * the type, fsconfig() the source, fsmount() makes the mount, move_mount() puts it
 * in its place. They are told as one: the last of them is a MOUNT with its type
 * and source. The calls before it are events only if they fail.
 *
 * What the fields mean:
 *   operation	MOUNT, UMOUNT, PIVOT_ROOT; MOVE_MOUNT: what was mounted before is
 *		moved or bound; MOUNT_SETATTR: flags change; RECONFIGURE: a file
 *		system's options change (of mount(): a MOUNT with MS_REMOUNT); and the
 *		steps that fail
 *   ret	Success, or why it failed
 *   flags	of the mount, those that are set; of the newer calls, under the names
 *		of the older one
 *   cleared	of MOUNT_SETATTR, flags that are taken away
 *   umount_flags	of UMOUNT
 *   mount_namespace	the number that /proc/PID/ns/mnt shows
 *   type, source, target	as they were passed, relative or with links. Of
 *		PIVOT_ROOT, source is the new root and target where the old one goes.
 *   options	of mount(), as they were passed; of a step that fails, the option
 *   truncated	one of the texts did not fit, or could not be read
 *
 * Not reported: mounts that the kernel makes by itself, such as automounts; calls
 * of 32-bit programs on a 64-bit kernel, for which the kernel has no tracepoint.
 * Type and source are not known if another process made the mount than the one
 * that puts it in its place.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "file.h"

#define TYPE_BYTES	32
#define TEXT_BYTES	256
#define PATH_BYTES	1024

enum mount_operation {
	MOUNT,
	UMOUNT,
	MOVE_MOUNT,
	MOUNT_SETATTR,
	RECONFIGURE,
	PIVOT_ROOT,
	FSOPEN,
	FSPICK,
	FSCONFIG,
	FSMOUNT,
	OPEN_TREE,
};

enum mount_flags {
	MS_RDONLY = 1 << 0,
	MS_NOSUID = 1 << 1,
	MS_NODEV = 1 << 2,
	MS_NOEXEC = 1 << 3,
	MS_SYNCHRONOUS = 1 << 4,
	MS_REMOUNT = 1 << 5,
	MS_MANDLOCK = 1 << 6,
	MS_DIRSYNC = 1 << 7,
	MS_NOSYMFOLLOW = 1 << 8,
	MS_NOATIME = 1 << 10,
	MS_NODIRATIME = 1 << 11,
	MS_BIND = 1 << 12,
	MS_MOVE = 1 << 13,
	MS_REC = 1 << 14,
	MS_SILENT = 1 << 15,
	MS_POSIXACL = 1 << 16,
	MS_UNBINDABLE = 1 << 17,
	MS_PRIVATE = 1 << 18,
	MS_SLAVE = 1 << 19,
	MS_SHARED = 1 << 20,
	MS_RELATIME = 1 << 21,
	MS_I_VERSION = 1 << 23,
	MS_STRICTATIME = 1 << 24,
	MS_LAZYTIME = 1 << 25,
};

#define MS_MAGIC	0xc0ed0000	/* in the upper half: very old programs pass it, and the kernel drops it */
#define MS_MAGIC_MASK	0xffff0000

enum umount_flags {
	MNT_FORCE = 1,
	MNT_DETACH = 2,
	MNT_EXPIRE = 4,
	UMOUNT_NOFOLLOW = 8,
};

/* The four lowest attributes of the newer calls have the numbers of the flags; these have others. */
enum {
	MOUNT_ATTR_NOATIME = 0x10,
	MOUNT_ATTR_STRICTATIME = 0x20,
	MOUNT_ATTR_NODIRATIME = 0x80,
	MOUNT_ATTR_NOSYMFOLLOW = 0x200000,
};

enum {
	FSCONFIG_SET_STRING = 1,
	FSCONFIG_CMD_RECONFIGURE = 7,
	MOVE_MOUNT_F_EMPTY_PATH = 4,
};

struct mountsnoop_event {
	TASK_MEMBERS;
	bpfps_duration_t duration;
	bpfps_errno_t ret;
	enum mount_operation operation;
	enum mount_flags flags;
	enum mount_flags cleared;
	enum umount_flags umount_flags;
	__u32 mount_namespace;
	char type[TYPE_BYTES];
	char source[TEXT_BYTES];
	char options[TEXT_BYTES];
	bool truncated;
	char target[PATH_BYTES];
};

_Static_assert(offsetof(struct mountsnoop_event, target) == 625, "hidden padding");

BPFPS_HELP("What is mounted and unmounted, and what fails to be?",
	   "Watch-BpfEvent mountsnoop -Filter { $_.ret -ne 'Success' }",
	   "What the kernel mounts by itself; calls of 32-bit programs.",
	   "5 us for each mount and unmount");
BPFPS_VIEW("time pid comm ret operation:13 type:10 source:16 target");

BPFPS_TOOL("Reports every file system that is mounted, unmounted, moved or reconfigured, and every attempt that fails.");

BPFPS_EVENTS(events, struct mountsnoop_event, 1 << 18);

/* What a descriptor of the newer calls stands for. */
struct tree {
	__u32 made_by;	/* enum mount_operation */
	__u32 flags;
	char type[TYPE_BYTES];
	char path[TEXT_BYTES];	/* the source; if FSPICK made it, where it is mounted */
};

struct descriptor {
	__u32 pid;
	__s32 fd;
};

/* Nothing says when a descriptor is closed: when the map is full, the least recently used one goes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct descriptor);
	__type(value, struct tree);
} trees SEC(".maps") BPFPS_INTERNAL;

/* Too large for the stack. */
struct room {
	struct mountsnoop_event event;
	struct tree tree;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct room);
} scratch SEC(".maps") BPFPS_INTERNAL;

struct call {
	__u64 begin;
	const char *type;
	const char *source;
	const char *target;
	const char *options;
	__u32 operation;
	__u32 flags;
	__u32 cleared;
	__u32 umount_flags;
	__s32 fd;		/* of the newer calls, the one that they work on */
	__u32 command;		/* of fsconfig() */
};

CALLS_IN_PROGRESS(struct call);

/* struct mount_attr of mount_setattr(), which later kernels make longer at its end. */
struct mount_attr_start {
	__u64 set;
	__u64 clear;
	__u64 propagation;
};

static __always_inline int enter(struct call *call)
{
	if (!bpfps_is_target())
		return 0;
	call->begin = bpf_ktime_get_ns();
	begin_call(call);
	return 0;
}

static __always_inline bool is_equal(const char *text, const char *other, int bytes)
{
	int i;

	for (i = 0; i < bytes; i++)
		if (text[i] != other[i])
			return false;
	return true;
}

static __always_inline __u32 flags_of(__u64 attributes)
{
	__u32 flags = attributes & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);

	if (attributes & MOUNT_ATTR_NOATIME)
		flags |= MS_NOATIME;
	if (attributes & MOUNT_ATTR_STRICTATIME)
		flags |= MS_STRICTATIME;
	if (attributes & MOUNT_ATTR_NODIRATIME)
		flags |= MS_NODIRATIME;
	if (attributes & MOUNT_ATTR_NOSYMFOLLOW)
		flags |= MS_NOSYMFOLLOW;
	return flags;
}

/* A text of the caller; NULL is an empty one. Gives its bytes with the NUL. */
static __always_inline long read_text(struct mountsnoop_event *event, char *to, __u32 room, const char *from)
{
	long got = 1;

	to[0] = 0;
	if (!from)
		return got;
	got = bpf_probe_read_user_str(to, room, from);
	if (got <= 0 || got == room)
		event->truncated = true;
	return got <= 0 ? 1 : got;
}

static __always_inline struct tree *find_tree(__s32 fd)
{
	struct descriptor key = { .pid = bpf_get_current_pid_tgid() >> 32, .fd = fd };

	return bpf_map_lookup_elem(&trees, &key);
}

static __always_inline void remember(const struct tree *tree, __s32 fd)
{
	struct descriptor key = { .pid = bpf_get_current_pid_tgid() >> 32, .fd = fd };

	bpf_map_update_elem(&trees, &key, tree, BPF_ANY);
}

/* A step of the newer calls that was done. */
static __always_inline void follow(struct room *room, const struct call *call, __s32 fd)
{
	struct tree *tree = &room->tree, *old;
	char key[8] = {};

	__builtin_memset(tree, 0, sizeof(*tree));
	switch (call->operation) {
	case FSOPEN:
	case FSPICK:
	case OPEN_TREE:
		tree->made_by = call->operation;
		read_text(&room->event, tree->type, sizeof(tree->type), call->type);
		read_text(&room->event, tree->path, sizeof(tree->path), call->source);
		remember(tree, fd);
		break;
	case FSCONFIG:
		old = find_tree(call->fd);
		if (!old || call->command != FSCONFIG_SET_STRING)
			break;
		bpf_probe_read_user_str(key, sizeof(key), call->options);
		if (is_equal(key, "source", sizeof("source")))
			bpf_probe_read_user_str(old->path, sizeof(old->path), call->source);
		break;
	case FSMOUNT:
		old = find_tree(call->fd);
		if (!old)
			break;
		__builtin_memcpy(tree, old, sizeof(*tree));
		tree->made_by = FSMOUNT;
		tree->flags = call->flags;
		remember(tree, fd);
		break;
	}
}

static __always_inline bool is_step(const struct call *call)
{
	return call->operation >= FSOPEN && !(call->operation == FSCONFIG && call->command == FSCONFIG_CMD_RECONFIGURE);
}

static __always_inline int leave(long ret)
{
	struct call *call = current_call();
	struct mountsnoop_event *event;
	struct task_struct *task;
	struct tree *tree;
	struct room *room;
	__u32 zero = 0;
	__u64 bytes;

	if (!call)
		return 0;
	room = bpf_map_lookup_elem(&scratch, &zero);
	if (!room)
		goto forget;
	event = &room->event;
	if (ret >= 0 && is_step(call)) {
		follow(room, call, ret);
		goto forget;
	}
	task = (void *)bpf_get_current_task();
	fill_task(event);
	event->duration = bpf_ktime_get_ns() - call->begin;
	event->ret = ret < 0 ? ret : 0;
	event->operation = call->operation;
	event->flags = call->flags;
	event->cleared = call->cleared;
	event->umount_flags = call->umount_flags;
	event->mount_namespace = BPF_CORE_READ((struct task_struct___full *)task, nsproxy, mnt_ns, ns.inum);
	event->truncated = false;
	read_text(event, event->type, sizeof(event->type), call->type);
	read_text(event, event->source, sizeof(event->source), call->source);
	read_text(event, event->options, sizeof(event->options), call->options);
	bytes = read_text(event, event->target, sizeof(event->target), call->target);

	tree = call->fd < 0 ? NULL : find_tree(call->fd);
	if (tree) {
		__builtin_memcpy(event->type, tree->type, sizeof(event->type));
		if (tree->made_by == FSPICK) {
			/* The same bytes of both, because the verifier wants to know how many. */
			__builtin_memcpy(event->target, tree->path, sizeof(tree->path));
			bytes = sizeof(tree->path);
		} else {
			__builtin_memcpy(event->source, tree->path, sizeof(event->source));
		}
		if (call->operation == FSCONFIG && call->command == FSCONFIG_CMD_RECONFIGURE)
			event->operation = RECONFIGURE;
		if (call->operation == MOVE_MOUNT && tree->made_by == FSMOUNT) {
			event->operation = MOUNT;
			event->flags = tree->flags;
		}
	}
	bytes += offsetof(struct mountsnoop_event, target);
	if (bytes <= sizeof(*event))
		bpfps_output(events, event, bytes);
forget:
	end_call();
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_mount")
int mount_enter(struct trace_event_raw_sys_enter *args)
{
	struct call call = {
		.operation = MOUNT, .fd = -1,
		.source = (void *)args->args[0], .target = (void *)args->args[1], .type = (void *)args->args[2],
		.flags = args->args[3], .options = (void *)args->args[4],
	};

	if ((call.flags & MS_MAGIC_MASK) == MS_MAGIC)
		call.flags &= ~MS_MAGIC_MASK;
	return enter(&call);
}

SEC("tracepoint/syscalls/sys_exit_mount")
int mount_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_umount")
int umount_enter(struct trace_event_raw_sys_enter *args)
{
	struct call call = {
		.operation = UMOUNT, .fd = -1, .target = (void *)args->args[0], .umount_flags = args->args[1],
	};

	return enter(&call);
}

SEC("tracepoint/syscalls/sys_exit_umount")
int umount_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_pivot_root")
int pivot_root_enter(struct trace_event_raw_sys_enter *args)
{
	struct call call = {
		.operation = PIVOT_ROOT, .fd = -1, .source = (void *)args->args[0], .target = (void *)args->args[1],
	};

	return enter(&call);
}

SEC("tracepoint/syscalls/sys_exit_pivot_root")
int pivot_root_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_fsopen")
int fsopen_enter(struct trace_event_raw_sys_enter *args)
{
	struct call call = { .operation = FSOPEN, .fd = -1, .type = (void *)args->args[0] };

	return enter(&call);
}

SEC("tracepoint/syscalls/sys_exit_fsopen")
int fsopen_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_fspick")
int fspick_enter(struct trace_event_raw_sys_enter *args)
{
	struct call call = { .operation = FSPICK, .fd = -1, .source = (void *)args->args[1] };

	return enter(&call);
}

SEC("tracepoint/syscalls/sys_exit_fspick")
int fspick_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_fsconfig")
int fsconfig_enter(struct trace_event_raw_sys_enter *args)
{
	struct call call = {
		.operation = FSCONFIG, .fd = args->args[0], .command = args->args[1], .options = (void *)args->args[2],
	};

	if (call.command == FSCONFIG_SET_STRING)
		call.source = (void *)args->args[3];
	return enter(&call);
}

SEC("tracepoint/syscalls/sys_exit_fsconfig")
int fsconfig_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_fsmount")
int fsmount_enter(struct trace_event_raw_sys_enter *args)
{
	struct call call = { .operation = FSMOUNT, .fd = args->args[0], .flags = flags_of(args->args[2]) };

	return enter(&call);
}

SEC("tracepoint/syscalls/sys_exit_fsmount")
int fsmount_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_open_tree")
int open_tree_enter(struct trace_event_raw_sys_enter *args)
{
	struct call call = { .operation = OPEN_TREE, .fd = -1, .source = (void *)args->args[1] };

	return enter(&call);
}

SEC("tracepoint/syscalls/sys_exit_open_tree")
int open_tree_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_move_mount")
int move_mount_enter(struct trace_event_raw_sys_enter *args)
{
	struct call call = {
		.operation = MOVE_MOUNT, .fd = args->args[4] & MOVE_MOUNT_F_EMPTY_PATH ? args->args[0] : -1,
		.source = (void *)args->args[1], .target = (void *)args->args[3],
	};

	return enter(&call);
}

SEC("tracepoint/syscalls/sys_exit_move_mount")
int move_mount_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_mount_setattr")
int setattr_enter(struct trace_event_raw_sys_enter *args)
{
	struct call call = {
		.operation = MOUNT_SETATTR, .fd = args->args[2] & AT_EMPTY_PATH ? args->args[0] : -1,
		.target = (void *)args->args[1],
	};
	struct mount_attr_start attributes = {};

	bpf_probe_read_user(&attributes, sizeof(attributes), (void *)args->args[3]);
	call.flags = flags_of(attributes.set) | attributes.propagation;
	call.cleared = flags_of(attributes.clear);
	return enter(&call);
}

SEC("tracepoint/syscalls/sys_exit_mount_setattr")
int setattr_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}
