/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * burst - as many events as a process can make system calls.
 *
 * Serves the properties "no event is lost without being counted" and "no event
 * comes twice, out of order or torn", and the benchmarks of the event path.
 *
 * Each call number syscall_nr of process producer_pid sends one record of 64
 * bytes. sequence counts attempts, from 0, those without room included; so a
 * reader that saw n records of one producing thread checks
 *   n + bpfps_stream_events.lost == attempts
 * and in each record
 *   value == 3 * sequence + 1,  negative == -sequence,  inverse == ~sequence
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

struct burst_event {
	__u64 sequence;
	bpfps_pid_t pid;
	__u32 tid;
	__u32 cpu;
	__u32 uid;
	__s64 call;
	__u64 value;
	__s64 negative;
	__u64 inverse;
	__u64 zero;
};

_Static_assert(sizeof(struct burst_event) == 64, "the size that the benchmarks are stated for");

BPFPS_TOOL("Test: one 64-byte event for each call of one kind that one process makes.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls are counted.");
BPFPS_VARIABLE(__s32, syscall_nr, 110, "", "The number of the call; 110 is getppid on x86-64, 173 on arm64.");

BPFPS_EVENTS(events, struct burst_event, 1 << 20);

__u64 attempts;

SEC("tp_btf/sys_enter")
int BPF_PROG(burst, struct pt_regs *regs, long call)
{
	__u64 pid_tid = bpf_get_current_pid_tgid();
	struct burst_event *event;
	__u64 sequence;

	if (call != syscall_nr || pid_tid >> 32 != producer_pid)
		return 0;
	sequence = __sync_fetch_and_add(&attempts, 1);
	event = bpfps_reserve(events, sizeof(*event));
	if (!event)
		return 0;
	event->sequence = sequence;
	event->pid = pid_tid >> 32;
	event->tid = pid_tid;
	event->cpu = bpf_get_smp_processor_id();
	event->uid = bpf_get_current_uid_gid();
	event->call = call;
	event->value = 3 * sequence + 1;
	event->negative = -(__s64)sequence;
	event->inverse = ~sequence;
	event->zero = 0;
	bpfps_submit(events, event, sizeof(*event));
	return 0;
}
