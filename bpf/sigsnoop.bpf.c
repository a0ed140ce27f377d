/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * sigsnoop - one event for each signal: who sent it, to whom, what came of it.
 *
 * Why: a process that was killed cannot say who did it, and the one that it tells
 * its parent about is only the number of the signal.
 *
 * Reported where the kernel queues a signal, so that those of the kernel itself
 * are there too, and where a call that should send one fails.
 *
 * What the fields mean:
 *   pid	who sent it. If the kernel did by itself (code is SI_KERNEL, SI_TIMER,
 *		or a positive number that says why), this is only whoever was running.
 *   ret	Success, or why the call failed; then nothing was sent
 *   signal	NO_SIGNAL: only asked whether target is there (see checks)
 *   result	DELIVERED; IGNORED, because target does so or that is the default;
 *		ALREADY_PENDING, because it has not taken an equal one yet;
 *		OVERFLOW_FAIL and LOSE_INFO, because too many are queued; NOT_SENT
 *   code	how it was sent: SI_USER by kill(), SI_TKILL to a thread, SI_QUEUE ...
 *   target	the process that it is for. Of a call that failed what was passed: less
 *		than 0 for a group; 0 of a call with a pidfd.
 *   target_tid	the thread that it is for; 0 if any thread of the process may take it
 *
 * Restricted to processes or others, it reports what these send and what is sent
 * to them.
 *
 * Not reported: what became of it later; failures of sigqueue(); failed calls of
 * 32-bit programs on a 64-bit kernel.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "file.h"

enum signal_result {
	DELIVERED,
	IGNORED,
	ALREADY_PENDING,
	OVERFLOW_FAIL,
	LOSE_INFO,
	NOT_SENT,	/* this one is not the kernel's */
};

enum signal_code {
	SI_ASYNCNL = -60,
	SI_DETHREAD = -7,
	SI_TKILL,
	SI_SIGIO,
	SI_ASYNCIO,
	SI_MESGQ,
	SI_TIMER,
	SI_QUEUE,
	SI_USER,
	SI_KERNEL = 128,
};

struct sigsnoop_event {
	TASK_MEMBERS;
	bpfps_errno_t ret;
	enum signal signal;
	enum signal_result result;
	enum signal_code code;
	__s32 target;
	__u32 target_tid;
	char target_comm[TASK_COMM_LEN];
};

_Static_assert(sizeof(struct sigsnoop_event) == 88, "hidden padding");

BPFPS_HELP("Who signals whom, and what comes of it?",
	   "Watch-BpfEvent sigsnoop -Filter { $_.signal -in 'SIGKILL', 'SIGTERM' }",
	   "Failed calls of sigqueue() and of 32-bit programs.",
	   "0.5 us for each signal");
BPFPS_VIEW("time pid comm signal:10 target target_comm code:10 result:15 ret");

BPFPS_TOOL("Reports every signal with its sender, its target and its result, and calls of kill() that fail.");

BPFPS_VARIABLE(bool, checks, false, "", "Also report kill() with signal 0, which only asks whether a process is there.");

BPFPS_EVENTS(events, struct sigsnoop_event, 1 << 20);

struct call {
	__u32 signal;
	__s32 target;
	__u32 target_tid;
	__s32 code;
};

CALLS_IN_PROGRESS(struct call);

/* The kernel passes no siginfo, or 1 instead of one, where it has nothing to say. */
static __always_inline int code_of(const struct kernel_siginfo *info)
{
	if (!info)
		return SI_USER;
	if ((unsigned long)info == 1)
		return SI_KERNEL;
	return BPF_CORE_READ(info, si_code);
}

SEC("tp_btf/signal_generate")
int BPF_PROG(generated, int signal, const struct kernel_siginfo *info, struct task_struct___full *task, int to_process, int result)
{
	struct sigsnoop_event event = {};

	if (!bpfps_is_target() && !is_target_task(task))
		return 0;
	fill_task(&event);
	event.signal = signal;
	event.result = result;
	event.code = code_of(info);
	event.target = task->tgid;
	event.target_tid = to_process ? 0 : task->pid;
	BPF_CORE_READ_STR_INTO(&event.target_comm, task, comm);
	bpfps_output(events, &event, sizeof(event));
	return 0;
}

static __always_inline int enter(__s32 target, __u32 tid, __u32 signal, __s32 code)
{
	struct call call = { .signal = signal, .target = target, .target_tid = tid, .code = code };

	if (!bpfps_is_target() || (!signal && !checks))
		return 0;
	begin_call(&call);
	return 0;
}

/* What is sent has been reported already. */
static __always_inline int leave(long ret)
{
	struct call *call = current_call();
	struct sigsnoop_event event = {};

	if (!call)
		return 0;
	if (ret < 0 || !call->signal) {
		fill_task(&event);
		event.ret = ret;
		event.signal = call->signal;
		event.result = NOT_SENT;
		event.code = call->code;
		event.target = call->target;
		event.target_tid = call->target_tid;
		bpfps_output(events, &event, sizeof(event));
	}
	end_call();
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_kill")
int kill_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(call->args[0], 0, call->args[1], SI_USER);
}

SEC("tracepoint/syscalls/sys_exit_kill")
int kill_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_tkill")
int tkill_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(0, call->args[0], call->args[1], SI_TKILL);
}

SEC("tracepoint/syscalls/sys_exit_tkill")
int tkill_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_tgkill")
int tgkill_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(call->args[0], call->args[1], call->args[2], SI_TKILL);
}

SEC("tracepoint/syscalls/sys_exit_tgkill")
int tgkill_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_pidfd_send_signal")
int pidfd_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(0, 0, call->args[1], SI_USER);
}

SEC("tracepoint/syscalls/sys_exit_pidfd_send_signal")
int pidfd_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}
