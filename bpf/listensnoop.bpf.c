/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * listensnoop - one event for each socket on which a program begins to listen, or
 * wants to.
 *
 * Why: which servers come up, on which ports, and how many connections may wait
 * there until the program takes them.
 *
 * What the fields mean:
 *   ret	Success, or why it failed
 *   fd		the socket's descriptor
 *   source	the address and port that it listens on. The address 0.0.0.0 or ::
 *		means all of this machine's.
 *   backlog	how many connections the program lets wait
 *   limit	how many really can: not more than net.core.somaxconn. A program that
 *		calls again on the same socket changes it.
 *   path	of a UNIX socket; one that begins with @ is a name that no file has
 *
 * Not reported: calls of 32-bit programs on a 64-bit kernel; sockets on which
 * io_uring or the kernel itself listens.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "packet.h"
#include "bound.h"

struct listensnoop_event {
	TASK_MEMBERS;
	__s32 backlog;
	__u32 limit;
	BOUND_MEMBERS;
	char path[UNIX_PATH_BYTES + 1];
};

_Static_assert(offsetof(struct listensnoop_event, path) == 94, "hidden padding");

BPFPS_HELP("Which servers come up, and on which ports?",
	   "Watch-BpfEvent listensnoop",
	   "Calls of 32-bit programs; sockets of io_uring and of the kernel.",
	   "0.6 us for each call");

BPFPS_TOOL("Reports every socket on which a program begins to listen, and every attempt that fails.");

BPFPS_VARIABLE(bool, other_families, false, "", "Also sockets that are not of IPv4 or IPv6, such as UNIX sockets.");

BPFPS_EVENTS(events, struct listensnoop_event, 1 << 18);

struct call {
	__s32 fd;
	__s32 backlog;
};

CALLS_IN_PROGRESS(struct call);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sock___listen {
	__u32 sk_max_ack_backlog;
};

#pragma clang attribute pop

SEC("tracepoint/syscalls/sys_enter_listen")
int listen_enter(struct trace_event_raw_sys_enter *ctx)
{
	struct call call = { .fd = ctx->args[0], .backlog = ctx->args[1] };

	if (!bpfps_is_target())
		return 0;
	begin_call(&call);
	return 0;
}

static __always_inline void report(const struct call *call, long ret)
{
	struct listensnoop_event event = {};
	struct sock *sk = sock_of_descriptor(call->fd);
	__u32 path_bytes = 0;

	/* What is no socket has no family either, and is reported: the program meant to listen. */
	if (sk) {
		fill_bound(&event, sk);
		if (!is_wanted_family(event.family, other_families))
			return;
		event.limit = BPF_CORE_READ((struct sock___listen *)sk, sk_max_ack_backlog);
	}
	fill_task(&event);
	event.ret = ret;
	event.fd = call->fd;
	event.backlog = call->backlog;
	if (event.family == UNIX)
		path_bytes = read_path_of_socket(event.path, sk);
	output_bound(&event, path_bytes);
}

SEC("tracepoint/syscalls/sys_exit_listen")
int listen_leave(struct trace_event_raw_sys_exit *ctx)
{
	struct call *call = current_call();

	if (!call)
		return 0;
	report(call, ctx->ret);
	end_call();
	return 0;
}
