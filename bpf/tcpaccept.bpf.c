/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * tcpaccept - one event for each TCP connection that a program accepts, or fails
 * to.
 *
 * Why: who connects to this machine, and whether its programs take the
 * connections in time. The kernel makes connections without them: a client is
 * connected, and waits, as long as nobody calls accept().
 *
 * What the fields mean:
 *   latency	from the end of the handshake until the program had the connection;
 *		0 for one that was there before this tool, or is one of MPTCP
 *   ret	Success, or why there is no connection; EMFILE: the process has as many
 *		open files as it may have. Calls that only found none, and calls that
 *		a signal interrupted, are not reported
 *   fd		the descriptor of the connection; -1 if the call failed
 *   waiting	how many more connections wait behind it; -1 if the call began before
 *		this tool, or the socket that listens is one of MPTCP
 *   source	the end on this machine; destination: who connected. Of a failed
 *		call source is where the program listens
 *
 * Not reported: what 32-bit programs accept on a 64-bit kernel, what is accepted
 * through io_uring, and what the kernel itself accepts, such as an NFS server.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "socket.h"

enum {
	EINTR = 4,
	EAGAIN = 11,
};

#define IS_RESTART(ret)	((ret) <= -512 && (ret) >= -516)

struct tcpaccept_event {
	TASK_MEMBERS;
	bpfps_duration_t latency;
	bpfps_errno_t ret;
	__s32 fd;
	__s32 waiting;
	struct bpfps_endpoint source;
	struct bpfps_endpoint destination;
};

_Static_assert(sizeof(struct tcpaccept_event) == 104, "hidden padding");

BPFPS_HELP("Who connects to this machine, and do its programs accept in time?",
	   "Watch-BpfEvent tcpaccept -Filter { $_.latency.TotalMilliseconds -gt 10 -or $_.waiting -gt 0 }",
	   "Connections that 32-bit programs, io_uring or the kernel itself accept.",
	   "2 us for each connection");

BPFPS_TOOL("Reports every TCP connection that a program accepts, with how long it waited for that.");

BPFPS_EVENTS(events, struct tcpaccept_event, 1 << 20);

/* When connections that nobody has accepted yet were there, by socket. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u64);
} waiting SEC(".maps") BPFPS_INTERNAL;

/* Connections that found no room there: their latency is 0. */
__u64 waits_missed;

/* The descriptor that accept() is called with. */
struct call {
	__s32 fd;
};

CALLS_IN_PROGRESS(struct call);

/* Nobody knows yet who will accept it. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_changed, struct sock *sk, int old, int state)
{
	__u64 key = (__u64)sk, now;

	if (state == CLOSE) {
		bpf_map_delete_elem(&waiting, &key);
	} else if (old == SYN_RECV && state == ESTABLISHED && !sk->sk_socket && is_tcp_socket(sk)) {
		now = bpf_ktime_get_ns();
		if (bpf_map_update_elem(&waiting, &key, &now, BPF_ANY))
			__sync_fetch_and_add(&waits_missed, 1);
	}
	return 0;
}

static __always_inline int enter(__s32 fd)
{
	struct call call = { .fd = fd };

	if (bpfps_is_target())
		begin_call(&call);
	return 0;
}

static __always_inline void report(struct sock *sk, struct sock *listener, long ret, __u64 since)
{
	struct tcpaccept_event event;

	fill_task(&event);
	fill_endpoints(sk, &event.source, &event.destination);
	event.latency = since ? bpf_ktime_get_ns() - since : 0;
	event.ret = ret < 0 ? -ret : 0;
	event.fd = ret < 0 ? -1 : ret;
	event.waiting = -1;
	if (listener && socket_protocol(listener) == IPPROTO_TCP)
		event.waiting = BPF_CORE_READ(listener, sk_ack_backlog);
	bpfps_output(events, &event, sizeof(event));
}

static __always_inline int leave(long ret)
{
	struct call *call = current_call();
	struct sock *sk, *listener = NULL;
	__u64 key, *since;

	if (ret < 0 && (!call || ret == -EAGAIN || ret == -EINTR || IS_RESTART(ret)))
		goto forget;
	if (call)
		listener = sock_of_descriptor(call->fd);
	if (ret < 0) {
		if (listener && is_tcp_or_mptcp_socket(listener))
			report(listener, listener, ret, 0);
		goto forget;
	}
	sk = sock_of_descriptor(ret);
	if (!sk || !is_tcp_or_mptcp_socket(sk))
		goto forget;
	key = (__u64)sk;
	since = bpf_map_lookup_elem(&waiting, &key);
	/* A call that began before this tool was not remembered. */
	if (call || bpfps_is_target())
		report(sk, listener, ret, since ? *since : 0);
	bpf_map_delete_elem(&waiting, &key);
forget:
	if (call)
		end_call();
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_accept")
int accept_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(call->args[0]);
}

SEC("tracepoint/syscalls/sys_exit_accept")
int accept_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_accept4")
int accept4_enter(struct trace_event_raw_sys_enter *call)
{
	return enter(call->args[0]);
}

SEC("tracepoint/syscalls/sys_exit_accept4")
int accept4_leave(struct trace_event_raw_sys_exit *call)
{
	return leave(call->ret);
}
