/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * perf_events - an event through a perf buffer for each call of one kind that
 * one process makes.
 *
 * Serves the property "the events of a perf buffer are objects, none is told
 * twice, and those that are lost are counted".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct call {
	__u64 sequence;
	bpfps_pid_t pid;
	char label[9];
} __attribute__((packed));

struct short_call {
	__u32 sequence;
};

const volatile __u32 producer_pid;
const volatile __s32 syscall_nr = 110;
const struct call *unused_call __attribute__((unused));
const struct short_call *unused_short __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} short_calls SEC(".maps");

__u64 attempts;

SEC("tp_btf/sys_enter")
int BPF_PROG(send_calls, struct pt_regs *regs, long call)
{
	struct call event = { .pid = bpf_get_current_pid_tgid() >> 32, .label = "a call" };
	struct short_call brief;

	if (call != syscall_nr || event.pid != producer_pid)
		return 0;
	event.sequence = __sync_fetch_and_add(&attempts, 1);
	brief.sequence = event.sequence;
	bpf_perf_event_output(ctx, &calls, BPF_F_CURRENT_CPU, &event, sizeof(event));
	bpf_perf_event_output(ctx, &short_calls, BPF_F_CURRENT_CPU, &brief, sizeof(brief));
	return 0;
}
