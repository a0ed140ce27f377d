/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * tcpconnect - one event for each TCP connection that this machine tries to make.
 *
 * Why: which servers a program talks to, how long it waits until they answer, and
 * which of them do not.
 *
 * Reported when it is known what came of it, so that a program that does not wait
 * for its connections is reported like one that does. The process is the one that
 * made the attempt. An attempt that fails before anything is sent, for example
 * because there is no route, never changes the state of the socket: there, the
 * result of the system call is reported.
 *
 * What the fields mean:
 *   latency	from the attempt to its end: for the most part the time until the
 *		other side answered
 *   ret	Success, or why it failed: ECONNREFUSED nobody listens there,
 *		ETIMEDOUT no answer, EHOSTUNREACH and ENETUNREACH no way there,
 *		EADDRNOTAVAIL no port left. ECANCELED: the program closed the socket
 *		first, for which the kernel has no errno
 *   source	the end on this machine; zero as far as it was not chosen yet
 *
 * With MPTCP each of the connections that it consists of is reported; those that
 * the kernel adds by itself are made by one of its own threads.
 *
 * Not reported: attempts of 32-bit programs on a 64-bit kernel, and through
 * io_uring, that fail before anything is sent.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "socket.h"

enum {
	EALREADY = 114,
	EINPROGRESS = 115,
	ETIMEDOUT = 110,
	ECANCELED = 125,
};

#define IS_RESTART(ret)	((ret) <= -512 && (ret) >= -516)

struct tcpconnect_event {
	TASK_MEMBERS;
	bpfps_duration_t latency;
	bpfps_errno_t ret;
	struct bpfps_endpoint source;
	struct bpfps_endpoint destination;
};

_Static_assert(sizeof(struct tcpconnect_event) == 96, "hidden padding");

BPFPS_HELP("Which servers does this machine connect to, how long does that take, and what fails?",
	   "Watch-BpfEvent tcpconnect -Filter { $_.ret -ne 'Success' -or $_.latency.TotalMilliseconds -gt 100 }",
	   "Attempts of 32-bit programs and of io_uring that fail before anything is sent.",
	   "2 us for each connection");

BPFPS_TOOL("Reports every TCP connection that this machine makes or fails to make, with the time until the answer.");

BPFPS_VARIABLE(bool, failed, false, "", "Only attempts that fail.");

BPFPS_EVENTS(events, struct tcpconnect_event, 1 << 20);

/* Attempts without a result yet, by socket: who made them. */
struct attempt {
	TASK_MEMBERS;
	__u64 begin;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct attempt);
} attempts SEC(".maps") BPFPS_INTERNAL;

/* Attempts that found no room there. */
__u64 attempts_missed;

struct call {
	__u64 begin;
	__u64 sock;
	const void *address;
	__u64 is_sent;	/* the socket has changed its state, which will say more */
};

CALLS_IN_PROGRESS(struct call);

static __always_inline void report(struct tcpconnect_event *event, __u64 begin, __s32 ret)
{
	event->time = bpf_ktime_get_boot_ns();
	event->latency = bpf_ktime_get_ns() - begin;
	event->ret = ret;
	bpfps_output(events, event, sizeof(*event));
}

/* The task that connects is the current one here. */
static __always_inline void begin(struct sock *sk)
{
	struct call *call = current_call();
	struct attempt attempt = {};
	__u64 key = (__u64)sk;

	if (!bpfps_is_target())
		return;
	if (call)
		call->is_sent = 1;
	fill_task(&attempt);
	attempt.begin = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&attempts, &key, &attempt, BPF_ANY))
		__sync_fetch_and_add(&attempts_missed, 1);
}

static __always_inline int error_of(struct sock *sk)
{
	int error = BPF_CORE_READ(sk, sk_err);

	if (error)
		return error;
	/* A program that was told of the error by poll() can be quick and have taken it. */
	return is_current_working_on(sk) ? ECANCELED : ETIMEDOUT;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_changed, struct sock *sk, int old, int state)
{
	struct tcpconnect_event event;
	struct attempt *attempt;
	struct call *call;
	__u64 key = (__u64)sk;
	__s32 ret = 0;

	if (state == SYN_SENT) {
		if (is_tcp_socket(sk))
			begin(sk);
		return 0;
	}
	/* SYN_RECV lies between the two if both sides connect at the same time. */
	if (state != CLOSE && (state != ESTABLISHED || (old != SYN_SENT && old != SYN_RECV)))
		return 0;
	attempt = bpf_map_lookup_elem(&attempts, &key);
	if (!attempt)
		return 0;
	if (old != SYN_SENT && old != SYN_RECV) {
		/* That it was established was not seen: the program does not run again while it is interrupted. */
		goto forget;
	} else if (state == CLOSE) {
		ret = error_of(sk);
		call = current_call();
		/* It is the call itself that gives up, and knows why. */
		if (ret == ECANCELED && call && call->sock == key) {
			call->is_sent = 0;
			goto forget;
		}
	} else if (failed) {
		goto forget;
	}
	__builtin_memcpy(&event, attempt, offsetof(struct attempt, begin));
	fill_endpoints(sk, &event.source, &event.destination);
	report(&event, attempt->begin, ret);
forget:
	bpf_map_delete_elem(&attempts, &key);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_connect")
int connect_enter(struct trace_event_raw_sys_enter *enter)
{
	struct call call = { .address = (void *)enter->args[1] };
	struct socket *socket;
	struct sock *sk;
	__u16 family = AF_UNSPEC;

	if (!bpfps_is_target())
		return 0;
	bpf_probe_read_user(&family, sizeof(family), call.address);
	if (!is_internet_family(family))
		return 0;
	socket = socket_of_descriptor(enter->args[0]);
	/* Of an attempt that is under way already, a further call only asks. */
	if (!socket || BPF_CORE_READ(socket, state) != SS_UNCONNECTED)
		return 0;
	sk = BPF_CORE_READ(socket, sk);
	if (!sk || !is_tcp_or_mptcp_socket(sk))
		return 0;
	call.sock = (__u64)sk;
	call.begin = bpf_ktime_get_ns();
	begin_call(&call);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_connect")
int connect_leave(struct trace_event_raw_sys_exit *leave)
{
	struct tcpconnect_event event;
	struct call *call = current_call();
	long ret = leave->ret;

	if (!call)
		return 0;
	if (ret >= 0 || call->is_sent || ret == -EINPROGRESS || ret == -EALREADY || IS_RESTART(ret))
		goto forget;
	fill_task(&event);
	fill_endpoints((struct sock *)call->sock, &event.source, &event.destination);
	fill_endpoint_of_user(call->address, &event.destination);
	report(&event, call->begin, -ret);
forget:
	end_call();
	return 0;
}
