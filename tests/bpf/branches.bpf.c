/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * branches - the verifier walks one way through, goes back, and refuses another.
 *
 * Serves the property "the path in the error is the way to the fault, and not
 * all that the verifier walked", however much of the walk the log shows.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "bpfps.h"

BPFPS_TOOL("Test: a program that the verifier refuses on its second or third way.");

struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static __attribute__((noinline)) int weigh(__u32 number)
{
	if (number > 100)
		return bpf_get_prandom_u32();
	return bpf_ktime_get_ns();
}

SEC("socket")
int branches(struct __sk_buff *packet)
{
	__u32 key = packet->mark;
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (weigh(packet->len) > 5) {
		if (count)
			*(volatile __u64 *)count = 1;
	} else if (packet->pkt_type == 3) {
		return *(volatile __u64 *)count; /* branches */
	}
	return 0;
}
