/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * stacks - one event with both stacks of a process at a system call.
 *
 * Serves the properties "a stack id becomes the frames that were really there"
 * and "the kernel's error in place of a stack is told as such".
 *
 * Each call number syscall_nr of process producer_pid sends one event. The test
 * knows the functions of its own process that lead to the call; the kernel's
 * stack ends in the entry of system calls.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

struct stacks_event {
	bpfps_pid_t pid;
	__u32 tid;
	bpfps_kernel_stack_t kernel_stack;
	bpfps_user_stack_t user_stack;
	bpfps_kernel_stack_t no_stack;	/* always -14 (EFAULT), as the kernel says when there is none */
	__u32 zero;
};

BPFPS_TOOL("Test: both stacks of a process at each call of one kind.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls are reported.");
BPFPS_VARIABLE(__s32, syscall_nr, 110, "", "The number of the call; 110 is getppid on x86-64, 173 on arm64.");

BPFPS_EVENTS(events, struct stacks_event, 1 << 16);

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, STACK_DEPTH * sizeof(__u64));
} stacks SEC(".maps");

SEC("tp_btf/sys_enter")
int BPF_PROG(stacks_at_call, struct pt_regs *regs, long call)
{
	__u64 pid_tid = bpf_get_current_pid_tgid();
	struct stacks_event *event;

	if (call != syscall_nr || pid_tid >> 32 != producer_pid)
		return 0;
	event = bpfps_reserve(events, sizeof(*event));
	if (!event)
		return 0;
	event->pid = pid_tid >> 32;
	event->tid = pid_tid;
	event->kernel_stack = bpf_get_stackid(ctx, &stacks, 0);
	event->user_stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	event->no_stack = -14;
	event->zero = 0;
	bpfps_submit(events, event, sizeof(*event));
	return 0;
}
