/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * syscount - which system calls are made, by whom, how long they take, how many fail.
 *
 * Why: a process that is busy in the kernel, or that waits there, does so in a
 * system call. A call that is made a million times, or that fails each time, is
 * often the whole answer.
 *
 * The map calls has an entry for each system call of each process:
 *   count	calls that have returned
 *   time	how long they took together, waits included; two threads that wait
 *		at the same time count twice
 *   errors	of the calls, those that failed. A call that a signal interrupted
 *		and that the kernel begins again is not a failure; it counts each time.
 * comm is the name of the process, whichever of its threads made the call. A
 * process that starts another program goes on under the new name, in new entries.
 *
 * Not counted: calls in progress when the tool starts or stops, and those that
 * never return, such as exit_group(); a start of a program by another thread than
 * the first one; on x86, calls of 32-bit programs, whose
 * numbers have other names: they are counted in compat_calls.
 *
 * The time at which a call began is kept in a map by thread. Its entry is made
 * once and changed in place until the thread ends, because finding an entry costs
 * a fraction of making and deleting one for each call. If there are more threads
 * than entries, the calls of the others are counted in untracked_calls.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "file.h"

#define THREADS	32768
#define ENTRIES	16384

struct syscount_call {
	bpfps_pid_t pid;
	char comm[TASK_COMM_LEN];
	bpfps_syscall_t syscall;
};

struct syscount_total {
	__u64 count;
	bpfps_duration_t time;
	__u64 errors;
};

BPFPS_HELP("Which system calls are made, how long do they take, and how many fail?",
	   "Watch-BpfEvent syscount -Every 1s",
	   "Calls that do not return; calls of 32-bit programs.",
	   "0.2 us for each system call");

BPFPS_TOOL("Counts system calls by process, with their time and failures.");

BPFPS_VARIABLE(bool, per_process, true, "", "Count the calls of each process by themselves; if false, of all together, as pid 0.");

/* Calls that found no room: in totals, and in threads. */
__u64 uncounted_calls;
__u64 untracked_calls;

/* Calls of 32-bit programs. */
__u64 compat_calls;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ENTRIES);
	__type(key, struct syscount_call);
	__type(value, struct syscount_total);
} calls SEC(".maps");

struct thread {
	__u64 begin;	/* 0: not in a call */
	__s64 syscall;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, THREADS);
	__type(key, __u32);
	__type(value, struct thread);
} threads SEC(".maps") BPFPS_INTERNAL;

static __always_inline bool is_compat(void)
{
	struct task_struct___x86 *task = (void *)bpf_get_current_task_btf();

	return bpf_core_field_exists(task->thread_info.status) && task->thread_info.status & TS_COMPAT;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(enter, struct pt_regs *registers, long syscall)
{
	struct thread fresh = {}, *thread;
	__u32 tid;

	if (!bpfps_is_target())
		return 0;
	if (is_compat()) {
		__sync_fetch_and_add(&compat_calls, 1);
		return 0;
	}
	tid = bpf_get_current_pid_tgid();
	thread = bpf_map_lookup_elem(&threads, &tid);
	if (!thread) {
		bpf_map_update_elem(&threads, &tid, &fresh, BPF_NOEXIST);
		thread = bpf_map_lookup_elem(&threads, &tid);
	}
	if (!thread) {
		__sync_fetch_and_add(&untracked_calls, 1);
		return 0;
	}
	thread->syscall = syscall;
	thread->begin = bpf_ktime_get_ns();
	return 0;
}

static __always_inline struct syscount_total *find_or_make_total(const struct syscount_call *call)
{
	struct syscount_total fresh = {}, *total = bpf_map_lookup_elem(&calls, call);

	if (total)
		return total;
	/* Another CPU may be first. */
	bpf_map_update_elem(&calls, call, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&calls, call);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(leave, struct pt_regs *registers, long ret)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct syscount_call call = {};
	struct syscount_total *total;
	struct task_struct *task;
	struct thread *thread;
	__u64 begin;

	thread = bpf_map_lookup_elem(&threads, &tid);
	if (!thread || !thread->begin)
		return 0;
	begin = thread->begin;
	thread->begin = 0;
	call.syscall = thread->syscall;
	if (per_process) {
		task = (void *)bpf_get_current_task_btf();
		call.pid = task->tgid;
		bpf_probe_read_kernel(call.comm, sizeof(call.comm), task->group_leader->comm);
	}
	total = find_or_make_total(&call);
	if (!total) {
		__sync_fetch_and_add(&uncounted_calls, 1);
		return 0;
	}
	__sync_fetch_and_add(&total->count, 1);
	__sync_fetch_and_add(&total->time, bpf_ktime_get_ns() - begin);
	if (IS_ERROR(ret) && !IS_RESTART(ret))
		__sync_fetch_and_add(&total->errors, 1);
	return 0;
}

/* A thread that is not the first one and starts a program gets the number of the first one. That call is not counted. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(thread_renamed, struct task_struct *task, int old_tid)
{
	__u32 tid = old_tid;

	if (task->pid != old_tid)
		bpf_map_delete_elem(&threads, &tid);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(thread_ended, struct task_struct *task)
{
	__u32 tid = task->pid;

	bpf_map_delete_elem(&threads, &tid);
	return 0;
}
