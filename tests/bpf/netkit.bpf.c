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

enum {
	NETKIT_NEXT = -1,	/* the next program decides */
};

__u64 primary_runs;
__u64 peer_runs;
__u64 first_time;
__u64 second_time;

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
int first_primary(void *packet)
{
	first_time = bpf_ktime_get_ns();
	return NETKIT_NEXT;
}

SEC("netkit/primary")
int second_primary(void *packet)
{
	second_time = bpf_ktime_get_ns();
	return NETKIT_NEXT;
}
