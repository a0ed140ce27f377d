/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * execsnoop - one event for each program that starts or fails to start.
 *
 * Why: processes that live for milliseconds rarely show in a process list, yet
 * they are often what keeps a machine busy. A program that could not be started
 * leaves no process at all, only an errno that the caller may have ignored.
 *
 * A successful start is reported when the kernel has just finished it: the new
 * program's arguments are then contiguous in its own memory, already resident,
 * and one read gets them. A failure is reported when the system call returns:
 * the caller's memory still exists, and by then the kernel has read the strings
 * itself, so that reading them rarely fails. The pointers to the strings are
 * recorded at the beginning of the call.
 *
 * What the fields mean:
 *   pid		the process, whichever of its threads made the call
 *   tid		the thread: of a started program the first and only one
 *   comm		the name of the new program, or of the caller after a failure
 *   filename	the path as it was passed. For a call with a file descriptor:
 *		/dev/fd/N after a start, empty after a failure
 *   truncated	filename or args did not fit, or an argument could not be read
 *		(it is then an empty string)
 *
 * Not reported: failed calls of 32-bit programs on a 64-bit kernel, for which
 * the kernel has no tracepoint; their successful starts are reported. execvp()
 * searches PATH and fails with ENOENT once for each directory before it finds
 * the program: not_found = false leaves these failures out.
 *
 * What it costs, measured as run_time_ns / run_cnt of "bpftool prog show" with
 * "sysctl kernel.bpf_stats_enabled=1" on a two-core virtual machine, Linux 6.18,
 * with a reader: a start (1.6 to 2 ms from vfork() to wait()) costs 12 to 15 us,
 * plus 1 us at the beginning and end of its system call: less than 1 %. Each
 * attempt of a loop that does nothing but fail costs 6 to 8 us, or 0.1 us with
 * failed = false. Nothing else on the machine is slowed down.
 * Memory: a ring of 1 MiB, 8.5 KiB per CPU, 0.4 MiB for calls in progress.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"

#define FILENAME_BYTES	259	/* so that the event has no gap */
#define ARGS_BYTES	4096	/* a power of two */
#define ARGS_COUNT	512	/* for a failed call; each costs two reads */

/* -512 to -516: a signal interrupted the call, and the kernel will restart it. Not a failure. */
#define IS_RESTART(ret)	((ret) <= -512 && (ret) >= -516)

struct execsnoop_event {
	TASK_MEMBERS;
	bpfps_errno_t ret;
	char filename[FILENAME_BYTES];
	bool truncated;
	bpfps_strings_t args;
};

/* args follow the other members without a gap, so they begin at the size of the others. */
_Static_assert(offsetof(struct execsnoop_event, args) == sizeof(struct execsnoop_event), "hidden padding");

BPFPS_HELP("What is started here, by whom, and what cannot be started?",
	   "Watch-BpfEvent execsnoop -Filter { $_.ret -ne 'Success' }",
	   "Failed calls of 32-bit programs.",
	   "12 to 15 us for each start, 6 to 8 us for each that fails");

BPFPS_TOOL("Reports every program that starts, with its arguments, and every attempt to start one that fails.");

BPFPS_VARIABLE_IN(__s64, uid, -1, -1, 4294967295, "", "Only programs started by this user id; -1 for all users.");
BPFPS_VARIABLE(__u32, pid, 0, "", "Only calls made by this process; 0 for all processes.");
BPFPS_VARIABLE(__u32, ppid, 0, "", "Only calls made by children of this process; 0 for all processes.");
BPFPS_VARIABLE(bool, failed, true, "", "Also report attempts that fail.");
BPFPS_VARIABLE(bool, not_found, true, "", "Of the attempts that fail, also report those that find no such file (ENOENT).");

BPFPS_EVENTS(events, struct execsnoop_event, 1 << 20);

/*
 * Room for building an event, which is too large for the stack. The bytes after
 * the event are for one argument that begins at the last allowed byte.
 */
struct scratch {
	__u32 args_used;	/* see read_argv() */
	__u32 padding;
	char event[sizeof(struct execsnoop_event) + 2 * ARGS_BYTES + 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps") BPFPS_INTERNAL;

struct attempt {
	__u64 mm;		/* the memory that the pointers point into */
	const char *filename;
	const char *const *argv;
};

/*
 * Calls in progress, by thread. A thread that never returns under its own id
 * leaves an entry behind; when the map is full, the least recently used one goes.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct attempt);
} attempts SEC(".maps") BPFPS_INTERNAL;

static __always_inline bool is_wanted(__u32 parent)
{
	if (!bpfps_is_target())
		return false;
	if (pid && pid != bpf_get_current_pid_tgid() >> 32)
		return false;
	if (ppid && ppid != parent)
		return false;
	return uid < 0 || uid == (__u32)bpf_get_current_uid_gid();
}

static __always_inline struct scratch *get_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

static __always_inline struct execsnoop_event *begin_event(struct scratch *room, __u32 parent, __s32 ret)
{
	struct execsnoop_event *event = (void *)room->event;

	event->time = bpf_ktime_get_boot_ns();
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->tid = bpf_get_current_pid_tgid();
	event->ppid = parent;
	event->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	event->cgroup = bpf_get_current_cgroup_id();
	event->ret = ret;
	__builtin_memset(event->filename, 0, sizeof(event->filename));
	event->truncated = false;
	return event;
}

/* A string that fills its room was truncated, unless the source also ends there. */
#define read_filename(event, read, from)						\
	do {										\
		long got = read##_str((event)->filename, FILENAME_BYTES, from);		\
		char next = 0;								\
											\
		if (got < 0)								\
			(event)->truncated = true;					\
		else if (got == FILENAME_BYTES) {					\
			read(&next, sizeof(next), (from) + FILENAME_BYTES - 1);		\
			(event)->truncated = next != 0;					\
		}									\
	} while (0)

SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec_done, struct task_struct *task, int old_tid, struct linux_binprm *program)
{
	struct task_struct *parent = task->real_parent;
	struct mm_struct *mm = task->mm;
	struct scratch *room = get_scratch();
	struct execsnoop_event *event;
	__u64 bytes = 0;
	__u32 parent_pid = parent ? parent->tgid : 0;
	__u32 tid = old_tid;

	/* If another thread than the first made the call, it has the first one's id by now. */
	if (failed)
		bpf_map_delete_elem(&attempts, &tid);

	if (!room || !is_wanted(parent_pid))
		return 0;
	event = begin_event(room, parent_pid, 0);
	read_filename(event, bpf_probe_read_kernel, program->filename);

	if (mm)
		bytes = mm->arg_end - mm->arg_start;
	if (bytes > ARGS_BYTES) {
		bytes = ARGS_BYTES;
		event->truncated = true;
	}
	if (mm && bpf_probe_read_user(event->args, bytes, (void *)mm->arg_start)) {
		bytes = 0;
		event->truncated = true;
	}
	if (bytes == ARGS_BYTES)
		event->args[ARGS_BYTES - 1] = 0;
	bpfps_output(events, event, sizeof(*event) + bytes);
	return 0;
}

static __always_inline int enter(const char *filename, const char *const *argv)
{
	struct task_struct *task;
	struct attempt attempt;
	__u32 tid = bpf_get_current_pid_tgid();

	if (!failed || !bpfps_is_target() || (pid && pid != bpf_get_current_pid_tgid() >> 32))
		return 0;
	task = (void *)bpf_get_current_task();
	attempt.mm = (__u64)BPF_CORE_READ(task, mm);
	attempt.filename = filename;
	attempt.argv = argv;
	bpf_map_update_elem(&attempts, &tid, &attempt, BPF_ANY);
	return 0;
}

/*
 * Reads the arguments one after another; returns how many bytes they take.
 *
 * That number is kept in memory and not in a register to help the verifier:
 * it knows nothing about a value loaded from a map, so each iteration starts in
 * the same state, and it does not have to follow every path through the previous
 * iteration. With a register, the loop is too complex for Linux 6.1.
 */
static __always_inline __u32 read_argv(struct scratch *room, struct execsnoop_event *event,
				       const char *const *argv)
{
	volatile __u32 *args_used = &room->args_used;
	const char *arg;
	__u32 used;
	int i;

	*args_used = 0;
	for (i = 0; i <= ARGS_COUNT; i++) {
		long got;

		if (bpf_probe_read_user(&arg, sizeof(arg), &argv[i]))
			break;
		if (!arg)
			goto end;
		used = *args_used;
		if (used >= ARGS_BYTES || i == ARGS_COUNT)
			break;
		/* One byte more than fits shows that it was truncated. */
		got = bpf_probe_read_user_str(event->args + used, ARGS_BYTES + 1, arg);
		if (got <= 0) {
			event->args[used] = 0;
			event->truncated = true;
			got = 1;
		}
		*args_used = used + got;
	}
	/* A NULL argv is legal and means no arguments. */
	if (i || argv)
		event->truncated = true;
end:
	used = *args_used;
	if (used > ARGS_BYTES) {
		event->truncated = true;
		used = ARGS_BYTES;
		event->args[ARGS_BYTES - 1] = 0;
	}
	return used;
}

static __always_inline int leave(long ret)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct execsnoop_event *event;
	struct attempt *attempt;
	struct task_struct *task;
	struct scratch *room;
	__u32 parent_pid, bytes = 0;

	if (!failed || ret >= 0)
		return 0;
	task = (void *)bpf_get_current_task();
	parent_pid = BPF_CORE_READ(task, real_parent, tgid);
	attempt = bpf_map_lookup_elem(&attempts, &tid);
	if (IS_RESTART(ret) || (!not_found && ret == -ENOENT) || !is_wanted(parent_pid))
		goto forget;
	room = get_scratch();
	if (!room)
		goto forget;
	event = begin_event(room, parent_pid, ret);

	/* If the call failed late, the memory that its pointers refer to is already gone. */
	if (attempt && attempt->mm == (__u64)BPF_CORE_READ(task, mm)) {
		read_filename(event, bpf_probe_read_user, attempt->filename);
		bytes = read_argv(room, event, attempt->argv);
	} else {
		event->truncated = true;
	}
	if (bytes <= ARGS_BYTES)
		bpfps_output(events, event, sizeof(*event) + bytes);
forget:
	if (attempt)
		bpf_map_delete_elem(&attempts, &tid);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_execve")
int execve_enter(struct trace_event_raw_sys_enter *call)
{
	return enter((void *)call->args[0], (void *)call->args[1]);
}

SEC("tracepoint/syscalls/sys_enter_execveat")
int execveat_enter(struct trace_event_raw_sys_enter *call)
{
	return enter((void *)call->args[1], (void *)call->args[2]);
}

SEC("tracepoint/syscalls/sys_exit_execve")
int execve_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_exit_execveat")
int execveat_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}
