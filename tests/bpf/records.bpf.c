/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * records - takes the records that user space wrote to it.
 *
 * Serves the property "what is written to a user ring buffer is what its
 * program reads". At each call number syscall_nr of process producer_pid it
 * drains the ring and adds up what was in it.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

struct command {
	__u32 number;
	__u16 port;
	__u8 flags;
	__u64 amount;
	char label[8];
};

BPFPS_TOOL("Test: takes records from a user ring buffer.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process at whose calls the ring is drained.");
BPFPS_VARIABLE(__s32, syscall_nr, 110, "", "The number of the call; 110 is getppid on x86-64, 173 on arm64.");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
	__type(value, struct command);
} commands SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} untyped SEC(".maps");

__u64 taken;
__u64 untyped_sum;
__u64 amounts;
struct command latest;

static long add(struct bpf_dynptr *record, void *context)
{
	const __u64 *number = bpf_dynptr_data(record, 0, sizeof(*number));

	if (number)
		untyped_sum += *number;
	return 0;
}

static long take(struct bpf_dynptr *record, void *context)
{
	const struct command *command = bpf_dynptr_data(record, 0, sizeof(*command));

	if (!command)
		return 0;
	taken++;
	amounts += command->amount;
	latest = *command;
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(records, struct pt_regs *regs, long call)
{
	if (call == syscall_nr && bpf_get_current_pid_tgid() >> 32 == producer_pid) {
		bpf_user_ringbuf_drain(&commands, take, NULL, 0);
		bpf_user_ringbuf_drain(&untyped, add, NULL, 0);
	}
	return 0;
}
