/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * rejected - what every verifier refuses: the result of a map lookup is used
 * without asking whether it is NULL.
 *
 * Serves the property "when the kernel refuses a program, the error names the
 * reason, the line of source and a remedy". The refusal reads "R0 invalid mem
 * access 'map_value_or_null'" and points to the line that ends in "the fault".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

BPFPS_TOOL("Test: a program that the verifier refuses.");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

SEC("tp_btf/sys_enter")
int BPF_PROG(rejected, struct pt_regs *regs, long call)
{
	__u32 key = call;
	__u64 *count = bpf_map_lookup_elem(&calls, &key);

	*count += 1; /* the fault */
	return 0;
}
