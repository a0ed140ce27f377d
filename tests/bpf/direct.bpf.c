/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * direct - an event that is sent without asking a filter, by the helper itself.
 *
 * Serves the property "what the kernel is said to decide, it decides".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

struct direct_event {
	bpfps_pid_t pid;
};

BPFPS_TOOL("Test: sends events without asking a filter.");

BPFPS_EVENTS(events, struct direct_event, 1 << 16);

SEC("tp_btf/sched_process_exec")
int BPF_PROG(direct, struct task_struct *task)
{
	struct direct_event *event = bpfps_reserve(events, sizeof(*event));

	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_ringbuf_submit(event, 0);
	return 0;
}
