/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * results - two maps for tests to fill, of which one says what there is now.
 *
 * Serves the property "what is counted is read as what was added since the last
 * time; what there is now is read as it is".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "bpfps.h"

BPFPS_TOOL("Test: maps that are read at intervals.");

struct results_key {
	__u32 number;
};

struct results_value {
	__u64 count;
	__u64 bytes;
	bpfps_duration_t total;
	bpfps_duration_t longest;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct results_key);
	__type(value, struct results_value);
} counted SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct results_key);
	__type(value, struct results_value);
} there SEC(".maps") BPFPS_GAUGE;

SEC("syscall")
int use(void *context)
{
	struct results_key key = {};

	return bpf_map_lookup_elem(&counted, &key) && bpf_map_lookup_elem(&there, &key);
}
