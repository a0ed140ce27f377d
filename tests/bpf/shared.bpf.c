/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * shared - counts calls in a map that every object of this name shares.
 *
 * Serves the property "a map that is pinned by name (LIBBPF_PIN_BY_NAME) is
 * shared by those that define it alike, and refused to those that do not".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

BPFPS_TOOL("Test: a map that is pinned by name.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls are counted.");
BPFPS_VARIABLE(__s32, syscall_nr, 110, "", "The number of the call; 110 is getppid on x86-64, 173 on arm64.");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} bpfps_shared SEC(".maps");

SEC("tp_btf/sys_enter")
int BPF_PROG(shared, struct pt_regs *regs, long call)
{
	__u32 first = 0;
	__u64 *count = bpf_map_lookup_elem(&bpfps_shared, &first);

	if (count && call == syscall_nr && bpf_get_current_pid_tgid() >> 32 == producer_pid)
		__sync_fetch_and_add(count, 1);
	return 0;
}
