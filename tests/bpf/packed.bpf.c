/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * packed - a record on the stack with members that are not aligned.
 *
 * Serves the property "the verifier takes a filter wherever the record lies".
 * Each call number syscall_nr of process producer_pid sends one record; every
 * second one has other numbers in its packed part.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

struct packed_part {
	__u8 first;
	__u64 wide;
	__u16 half;
	__u8 last;
} __attribute__((packed));

struct packed_event {
	bpfps_pid_t pid;
	bpfps_port_t port;
	bpfps_mac_t mac;
	struct packed_part packed;
};

BPFPS_TOOL("Test: a record on the stack with members that are not aligned.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls are counted.");
BPFPS_VARIABLE(__s32, syscall_nr, 110, "", "The number of the call; 110 is getppid on x86-64, 173 on arm64.");

BPFPS_EVENTS(events, struct packed_event, 1 << 16);

__u64 calls;

SEC("tp_btf/sys_enter")
int BPF_PROG(packed, struct pt_regs *regs, long call)
{
	struct packed_event event = { .mac = { .bytes = { 0x02, 0x00, 0x5e, 0x10, 0x00, 0xff } } };

	if (call != syscall_nr || bpf_get_current_pid_tgid() >> 32 != producer_pid)
		return 0;
	event.pid = producer_pid;
	event.packed.wide = calls & 1 ? 4711 : 4710;
	event.packed.half = 12;
	calls++;
	bpfps_output(events, &event, sizeof(event));
	return 0;
}
