/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * tcprtt - histograms of the round-trip times of TCP connections, one for each
 * address on the other side.
 *
 * Why: whether the network, or the other machine, is slow; and for whom.
 *
 * Counted is the smoothed round-trip time that the kernel keeps of a connection,
 * each time that a segment comes in on it: a busy connection counts more than a
 * quiet one. It is measured from sending data until it is acknowledged, so it
 * includes how long the other side waits with that, up to 40 ms if it has nothing
 * to say itself.
 *
 * What the fields mean:
 *   address	of the other side; :: for all of them, with by_address = false
 *   from, to	the time was at least from and less than to
 *
 * Restricted to processes, this knows whose a connection is as socket_owner.h
 * says: one that was there before this tool counts as soon as its process sends.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "socket.h"
#define OWNERS_ONLY_TO_RESTRICT
#include "socket_owner.h"
#include "histogram.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct tcp_sock {
	__u32 srtt_us;	/* eight times the microseconds */
};

#pragma clang attribute pop

struct tcprtt_slot {
	bpfps_ip_t address;
	bpfps_duration_t from;
	bpfps_duration_t to;
};

struct tcprtt_count {
	__u64 count;
};

BPFPS_HELP("How long are the round trips to each of the other machines?",
	   "Watch-BpfEvent tcprtt -Every 5s",
	   "Restricted to processes: older connections on which they do not send.",
	   "0.25 us for each segment that comes in; restricted to processes, 0.15 us for each call that sends");

BPFPS_TOOL("Shows how long the round trips of TCP connections take, by address.");

BPFPS_VARIABLE(bool, by_address, true, "", "One histogram for each address; otherwise one for all.");

/* Segments that found no room in the table. */
__u64 uncounted_segments;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct tcprtt_slot);
	__type(value, struct tcprtt_count);
} round_trips SEC(".maps");

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

SEC("tp_btf/tcp_probe")
int BPF_PROG(segment, struct sock *sk)
{
	struct tcprtt_count none = {};
	struct bpfps_endpoint source, destination;
	struct tcprtt_slot slot = {};
	struct tcprtt_count *counted;
	__u32 microseconds = BPF_CORE_READ((struct tcp_sock *)sk, srtt_us) >> 3;

	if (!microseconds || !is_owner_wanted(owner_of(sk)))
		return 0;
	if (by_address) {
		fill_endpoints(sk, &source, &destination);
		slot.address = destination.address;
	}
	set_slot(&slot, microseconds * 1000ULL);
	counted = find_or_make(&round_trips, &slot, &none);
	if (counted)
		__sync_fetch_and_add(&counted->count, 1);
	else
		__sync_fetch_and_add(&uncounted_segments, 1);
	return 0;
}
