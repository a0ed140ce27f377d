/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * tcplife - one event for each TCP connection that ends.
 *
 * Why: who talks to whom, for how long, and how much of it there is, at a cost
 * that depends on the number of connections and not on what they carry.
 *
 * What the fields mean:
 *   time	when the connection ended
 *   pid	the process that connected or accepted. Of a connection that ended
 *		before it was accepted, the process that listens; 0 if that is not
 *		known
 *   duration	from the end of the handshake until the socket was closed for good.
 *		The side that closes first keeps its port for a minute more
 *		(TIME_WAIT), which does not count
 *   sent	bytes of the program that the kernel sent, each once, whether or not
 *		the other side had them all
 *   received	bytes that came in without a gap, whether or not the program read them
 *   round_trip	the smoothed round-trip time at the end; 0 if none was measured
 *   retransmits	segments that were sent again
 *   ret	Success, or the error that ended it: ECONNRESET the other side broke
 *		off, ETIMEDOUT it did not answer any more. Breaking off oneself is
 *		not an error
 *   direction	OUTGOING if this side connected
 *
 * A connection within this machine has two sockets, so there are two events.
 *
 * Not reported: connections that were there before this tool, because nobody
 * knows since when; attempts that failed (see tcpconnect).
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "socket.h"
#include "socket_owner.h"

#define SOCK_DONE	1	/* a bit of sk_flags: the other side has sent its last byte */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct tcp_sock {
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u64 bytes_received;
	__u32 total_retrans;
	__u32 srtt_us;
};

struct sock_common___flags {
	unsigned long skc_flags;
};

struct sock___flags {
	struct sock_common___flags __sk_common;
};

#pragma clang attribute pop

enum tcp_direction {
	OUTGOING = 1,
	INCOMING = 2,
};

struct tcplife_event {
	TASK_MEMBERS;
	bpfps_duration_t duration;
	__u64 sent;
	__u64 received;
	bpfps_duration_t round_trip;
	__u32 retransmits;
	bpfps_errno_t ret;
	enum tcp_direction direction;
	struct bpfps_endpoint source;
	struct bpfps_endpoint destination;
};

_Static_assert(sizeof(struct tcplife_event) == 128, "hidden padding");

BPFPS_HELP("Who talked to whom, for how long, and how much?",
	   "Measure-BpfEvent tcplife -By comm, { $_.destination.address } -Sum sent, received -Duration 1m",
	   "Connections that were there before, and those still open.",
	   "2 us for each end of a connection");

BPFPS_TOOL("Reports every TCP connection when it ends, with its process, its duration and the bytes in both directions.");

BPFPS_EVENTS(events, struct tcplife_event, 1 << 20);

struct life {
	__u64 begin;	/* 0: not established yet */
	__u64 end;	/* 0: not closed, or closed and reported */
	__s32 ret;
	__u32 direction;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct life);
} lives SEC(".maps") BPFPS_INTERNAL;

/* Connections that found no room there. */
__u64 lives_missed;

static __always_inline void set_life(struct sock *sk, const struct life *life)
{
	__u64 key = (__u64)sk;

	if (bpf_map_update_elem(&lives, &key, life, BPF_ANY))
		__sync_fetch_and_add(&lives_missed, 1);
}

static __always_inline void forget(struct sock *sk)
{
	__u64 key = (__u64)sk;

	bpf_map_delete_elem(&lives, &key);
	forget_owner(sk);
}

static __always_inline void establish(struct sock *sk, struct life *life)
{
	struct life outgoing = { .direction = OUTGOING };

	if (life) {
		life->begin = bpf_ktime_get_ns();
	} else {
		outgoing.begin = bpf_ktime_get_ns();
		set_life(sk, &outgoing);
	}
}

static __always_inline void report(struct sock *sk, const struct life *life, const struct socket_owner *owner)
{
	struct tcp_sock *tcp = (void *)sk;
	struct tcplife_event event;

	fill_owner(&event, sk, owner);
	fill_endpoints(sk, &event.source, &event.destination);
	event.duration = (life->end ? life->end : bpf_ktime_get_ns()) - life->begin;
	event.sent = BPF_CORE_READ(tcp, bytes_sent) - BPF_CORE_READ(tcp, bytes_retrans);
	event.received = BPF_CORE_READ(tcp, bytes_received);
	/* The mark of the end counts as a byte. */
	if (event.received && BPF_CORE_READ((struct sock___flags *)sk, __sk_common.skc_flags) & 1 << SOCK_DONE)
		event.received--;
	event.round_trip = (BPF_CORE_READ(tcp, srtt_us) >> 3) * 1000ULL;
	event.retransmits = BPF_CORE_READ(tcp, total_retrans);
	event.ret = life->end ? life->ret : BPF_CORE_READ(sk, sk_err);
	event.direction = life->direction;
	bpfps_output(events, &event, sizeof(event));
}

static __always_inline void close(struct sock *sk, struct life *life)
{
	struct socket_owner *owner = owner_of(sk);

	if (life && life->begin) {
		/* A process has it that is not known. It shows itself when it closes the socket. */
		if ((!owner || owner->only_listens) && BPF_CORE_READ(sk, sk_socket)) {
			life->end = bpf_ktime_get_ns();
			life->ret = BPF_CORE_READ(sk, sk_err);
			return;
		}
		if (is_owner_wanted(owner))
			report(sk, life, owner);
	}
	forget(sk);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_changed, struct sock *sk, int old, int state)
{
	struct life incoming = { .direction = INCOMING };
	struct life *life;
	__u64 key = (__u64)sk;

	if (!is_tcp_socket(sk))
		return 0;
	if (state == SYN_SENT)
		forget(sk);
	follow_owner(sk, old, state);
	if (old == LISTEN && state == SYN_RECV)
		set_life(sk, &incoming);
	if (state != ESTABLISHED && state != CLOSE)
		return 0;
	life = bpf_map_lookup_elem(&lives, &key);
	if (state == ESTABLISHED)
		establish(sk, life);
	else
		close(sk, life);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(destroyed, struct sock *sk)
{
	struct socket_owner *owner;
	struct life *life;
	__u64 key = (__u64)sk;

	life = bpf_map_lookup_elem(&lives, &key);
	if (!life)
		return 0;
	if (is_current_working_on(sk))
		find_owner(sk);
	owner = owner_of(sk);
	if (life->end && is_owner_wanted(owner))
		report(sk, life, owner);
	forget(sk);
	return 0;
}
