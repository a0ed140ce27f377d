/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * filtered - asks the filter of its ring buffer about a record that it is given.
 *
 * Serves the property "a filter in the kernel answers as PowerShell does": the
 * packet of a test run is a struct types_event, and the result of the program
 * is what the filter says of it. It runs on no packet of a network.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "bpfps.h"
#include "types.h"

BPFPS_TOOL("Test: asks a filter about the records that it is given.");

BPFPS_EVENTS(events, struct types_event, 1 << 16);

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct types_event);
} record SEC(".maps") BPFPS_INTERNAL;

SEC("tc")
int ask(struct __sk_buff *packet)
{
	__u32 zero = 0;
	struct types_event *event = bpf_map_lookup_elem(&record, &zero);

	if (!event || bpf_skb_load_bytes(packet, 0, event, sizeof(*event)))
		return -1;
	return bpfps_filter_events(event, sizeof(*event));
}
