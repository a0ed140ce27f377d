/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * clock - a map whose value is the time.
 *
 * Serves the property "a change says when the looks were taken": each call
 * number syscall_nr of process producer_pid writes the kernel's time, in
 * nanoseconds since the machine was started, to the only entry of the map now.
 * While the calls do not pause, the value that was seen is the time of the look.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

BPFPS_TOOL("Test: a map whose value is the time.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls are looked at.");
BPFPS_VARIABLE(__s32, syscall_nr, 110, "", "The number of the call; 110 is getppid on x86-64, 173 on arm64.");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} now SEC(".maps");

SEC("tp_btf/sys_enter")
int BPF_PROG(tell_time, struct pt_regs *regs, long call)
{
	__u64 time = bpf_ktime_get_boot_ns();
	__u32 key = 0;

	if (call == syscall_nr && bpf_get_current_pid_tgid() >> 32 == producer_pid)
		bpf_map_update_elem(&now, &key, &time, BPF_ANY);
	return 0;
}
