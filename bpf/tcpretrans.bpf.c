/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * tcpretrans - one event for each TCP segment that is sent again.
 *
 * Why: what gets lost on the way, or is not answered in time, makes a connection
 * wait for tens of milliseconds to seconds, and no program is told of it.
 *
 * What the fields mean:
 *   pid	whose the connection is, and not whom the kernel interrupted to send
 *		again; 0 if that is not known: see socket_owner.h
 *   state	SYN_SENT: the first packet of a connection has no answer; SYN_RECV: the
 *		answer to such a packet has none
 *   reason	TIMEOUT nothing was acknowledged in time; GAP what was sent later was
 *		acknowledged; PROBE the last segment, early, to find out; HANDSHAKE
 *		the other side does not complete the connection
 *   segments, bytes	how much is sent again at once; a packet without data has no
 *		bytes, but is a segment
 *   ret	Success, or why it could not even be sent (reported by Linux 6.16 or
 *		later)
 *
 * A connection that was there before this tool has an owner as soon as its
 * process sends.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "socket.h"
#include "socket_owner.h"

#define ENOBUFS		105

/* Of icsk_ca_state. */
#define TCP_CA_RECOVERY	3
#define TCP_CA_LOSS	4

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sk_buff {
	unsigned int len;
	char cb[48];
};

/* What TCP keeps in cb. */
struct tcp_skb_cb {
	__u16 tcp_gso_segs;
};

struct inet_connection_sock {
	__u8 icsk_ca_state : 5;
};

struct request_sock;

/* Linux 6.16 or later reports attempts that fail, too. */
struct trace_event_raw_tcp_retransmit_skb {
	int err;
};

#pragma clang attribute pop

enum tcp_retransmit_reason {
	TIMEOUT = 1,
	GAP = 2,
	PROBE = 3,
	HANDSHAKE = 4,
};

struct tcpretrans_event {
	TASK_MEMBERS;
	enum tcp_state state;
	enum tcp_retransmit_reason reason;
	__u32 segments;
	__u32 bytes;
	bpfps_errno_t ret;
	struct bpfps_endpoint source;
	struct bpfps_endpoint destination;
};

_Static_assert(sizeof(struct tcpretrans_event) == 104, "hidden padding");

BPFPS_HELP("Which connections lose packets?",
	   "Measure-BpfEvent tcpretrans -By { $_.destination.address }, reason -Duration 1m",
	   "The process of older connections that do not send, or on kernels before 6.3 without fentry.",
	   "0.5 us for each segment sent again, 0.15 us for each call that sends, 2 us for each new connection");

BPFPS_TOOL("Reports every TCP segment that is sent again, with why and whose it is.");

BPFPS_EVENTS(events, struct tcpretrans_event, 1 << 20);

OWNERS_BY_SENDING;

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_changed, struct sock *sk, int old, int state)
{
	if (!is_tcp_socket(sk))
		return 0;
	follow_owner(sk, old, state);
	if (state == CLOSE)
		forget_owner(sk);
	return 0;
}

static __always_inline enum tcp_retransmit_reason reason_of(struct sock *sk)
{
	struct inet_connection_sock *connection = (void *)sk;

	switch (BPF_CORE_READ_BITFIELD_PROBED(connection, icsk_ca_state)) {
	case TCP_CA_LOSS:
		return TIMEOUT;
	case TCP_CA_RECOVERY:
		return GAP;
	default:
		return PROBE;
	}
}

SEC("tp_btf/tcp_retransmit_skb")
int retransmit(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct sk_buff *skb = (void *)ctx[1];
	struct socket_owner *owner = owner_of(sk);
	struct tcpretrans_event event;
	int error = 0;

	if (!is_owner_wanted(owner))
		return 0;
	fill_owner(&event, sk, owner);
	fill_endpoints(sk, &event.source, &event.destination);
	event.state = socket_state(sk);
	event.reason = reason_of(sk);
	event.segments = BPF_CORE_READ((struct tcp_skb_cb *)skb->cb, tcp_gso_segs);
	event.bytes = BPF_CORE_READ(skb, len);
	if (bpf_core_field_exists(struct trace_event_raw_tcp_retransmit_skb, err))
		error = ctx[2];
	/* A positive number is a queue's word for a packet that it dropped. */
	event.ret = error > 0 ? ENOBUFS : -error;
	bpfps_output(events, &event, sizeof(event));
	return 0;
}

/* The socket is the one that listens; there is none for the connection yet. */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(retransmit_answer, struct sock *listener, struct request_sock *request)
{
	struct socket_owner *owner = find_listener(listener);
	struct tcpretrans_event event;

	if (!is_owner_wanted(owner))
		return 0;
	fill_owner(&event, listener, owner);
	fill_endpoints((struct sock *)request, &event.source, &event.destination);
	event.state = SYN_RECV;
	event.reason = HANDSHAKE;
	event.segments = 1;
	event.bytes = 0;
	event.ret = 0;
	bpfps_output(events, &event, sizeof(event));
	return 0;
}
