/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * tcpstates - one event for each time that a TCP socket changes its state.
 *
 * Why: in which state connections spend their time. A socket that stays in
 * CLOSE_WAIT is one that its program forgot to close; one in SYN_SENT has no
 * answer; FIN_WAIT1 and LAST_ACK wait for the other side's last word.
 *
 * What the fields mean:
 *   pid	whose the socket is: the process that listens, connected or accepted.
 *		Until it is accepted, an incoming connection belongs to the process
 *		that listens; 0 if that is not known
 *   state	what the socket is now; old_state: what it was
 *   duration	how long it was that; 0 if it began to be before this tool, or is new
 *   ret	an error that the socket has by now, such as ECONNRESET or ETIMEDOUT;
 *		Success for none
 *
 * A socket for an incoming connection begins as a copy of the one that listens:
 * LISTEN to SYN_RECV, on older kernels without its destination. The source of a
 * socket that connects has no port before SYN_SENT, unless the program chose one.
 *
 * When a program closes a socket first, the kernel puts something smaller in its
 * place as soon as the other side has acknowledged that: the socket goes to CLOSE,
 * and FIN_WAIT2 and TIME_WAIT go on without it, which nobody is told.
 *
 * Restricted to processes, this shows connections that were there before only
 * from the first change on that such a process makes itself.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "socket.h"
#include "socket_owner.h"

struct tcpstates_event {
	TASK_MEMBERS;
	bpfps_duration_t duration;
	enum tcp_state old_state;
	enum tcp_state state;
	bpfps_errno_t ret;
	struct bpfps_endpoint source;
	struct bpfps_endpoint destination;
};

_Static_assert(sizeof(struct tcpstates_event) == 104, "hidden padding");

BPFPS_HELP("In which states do TCP connections spend their time?",
	   "Watch-BpfEvent tcpstates -Filter { $_.old_state -eq 'CLOSE_WAIT' -and $_.duration.TotalSeconds -gt 1 }",
	   "FIN_WAIT2 and TIME_WAIT of a socket that its program has closed; for how long an older connection was in its first state.",
	   "0.6 us for each change, and 1 us for each accepted connection");

BPFPS_TOOL("Reports every change of a TCP socket's state, with how long it was in the state before.");

BPFPS_EVENTS(events, struct tcpstates_event, 1 << 20);

/* When sockets came into the state that they are in. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u64);
} changes SEC(".maps") BPFPS_INTERNAL;

/* Sockets that found no room there: their durations are 0. */
__u64 changes_missed;

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_changed, struct sock *sk, int old, int state)
{
	struct tcpstates_event event;
	struct socket_owner *owner;
	__u64 key = (__u64)sk, now, *since;

	if (!is_tcp_socket(sk))
		return 0;
	follow_owner(sk, old, state);
	owner = owner_of(sk);
	/* close() sets FIN_WAIT2 again. */
	if (old != state && is_owner_wanted(owner)) {
		now = bpf_ktime_get_ns();
		since = bpf_map_lookup_elem(&changes, &key);
		fill_owner(&event, sk, owner);
		fill_endpoints(sk, &event.source, &event.destination);
		event.duration = since && state != SYN_RECV ? now - *since : 0;
		event.old_state = old;
		event.state = state;
		event.ret = BPF_CORE_READ(sk, sk_err);
		bpfps_output(events, &event, sizeof(event));
		if (since)
			*since = now;
		else if (state != CLOSE && bpf_map_update_elem(&changes, &key, &now, BPF_ANY))
			__sync_fetch_and_add(&changes_missed, 1);
	}
	if (state == CLOSE) {
		bpf_map_delete_elem(&changes, &key);
		forget_owner(sk);
	}
	return 0;
}
