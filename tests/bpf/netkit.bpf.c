/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * netkit - counts what the two ends of a netkit pair send.
 *
 * Serves the property "programs of netkit interfaces run on their end, in an
 * order that can be said".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/* As user space knows it, what comes first of it. */
struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
};

enum {
	NETKIT_NEXT = -1,	/* the next program decides */
};

__u64 primary_runs;
__u64 peer_runs;
/* The order in which the last two run: each leaves its mark on the packet, and writes down the mark that it found. */
__u64 first_saw;
__u64 second_saw;

SEC("netkit/primary")
int count_primary(void *packet)
{
	__sync_fetch_and_add(&primary_runs, 1);
	return NETKIT_NEXT;
}

SEC("netkit/peer")
int count_peer(void *packet)
{
	__sync_fetch_and_add(&peer_runs, 1);
	return NETKIT_NEXT;
}

SEC("netkit/primary")
int first_primary(struct __sk_buff *packet)
{
	first_saw = packet->mark;
	packet->mark = 1;
	return NETKIT_NEXT;
}

SEC("netkit/primary")
int second_primary(struct __sk_buff *packet)
{
	second_saw = packet->mark;
	packet->mark = 2;
	return NETKIT_NEXT;
}
