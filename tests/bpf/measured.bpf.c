/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * measured - events of which a test can work out every sum by itself.
 *
 * Serves the property "what is measured of events is what their objects add up to". Each call number syscall_nr of process producer_pid
 * sends one event, numbered from 0. Its members follow from its number n:
 *   comm      "alpha", "beta" or "gamma" by n % 3
 *   uid       n % 4
 *   size      n * n % 100003
 *   change    (n * 7919) % 2001 - 1000
 *   large     2^63 + n
 *   wait      (n * 2654435761) % 2^32 / 4 nanoseconds
 *   kind      KIND_READ if n is even, else KIND_WRITE
 *   source    port 1000 + n % 2, address 192.0.2.(n % 5)
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>
#include "bpfps.h"

enum kind {
	KIND_READ,
	KIND_WRITE,
};

struct end {
	bpfps_ipv4_t address;
	__u16 port;
};

struct measured_event {
	bpfps_time_t time;
	__u64 number;
	char comm[16];
	__u32 uid;
	__u32 size;
	__s64 change;
	__u64 large;
	bpfps_duration_t wait;
	enum kind kind;
	struct end source;
};

BPFPS_TOOL("Test: events whose sums are known.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls send events.");
BPFPS_VARIABLE(__s32, syscall_nr, 110, "", "The number of the call; 110 is getppid on x86-64, 173 on arm64.");

BPFPS_EVENTS(events, struct measured_event, 1 << 20);

__u64 calls;

SEC("tp_btf/sys_enter")
int BPF_PROG(measured, struct pt_regs *regs, long call)
{
	struct measured_event *event;
	__u64 n;

	if (call != syscall_nr || bpf_get_current_pid_tgid() >> 32 != producer_pid)
		return 0;
	n = __sync_fetch_and_add(&calls, 1);
	event = bpfps_reserve(events, sizeof(*event));
	if (!event)
		return 0;
	__builtin_memset(event, 0, sizeof(*event));
	event->time = bpf_ktime_get_boot_ns();
	event->number = n;
	if (n % 3 == 0)
		__builtin_memcpy(event->comm, "alpha", 5);
	else if (n % 3 == 1)
		__builtin_memcpy(event->comm, "beta", 4);
	else
		__builtin_memcpy(event->comm, "gamma", 5);
	event->uid = n % 4;
	event->size = n * n % 100003;
	event->change = (__s64)(n * 7919 % 2001) - 1000;
	event->large = (1ULL << 63) + n;
	event->wait = (n * 2654435761 & 0xffffffff) / 4;
	event->kind = n % 2 ? KIND_WRITE : KIND_READ;
	event->source.address = bpf_htonl(0xc0000200 + n % 5);
	event->source.port = 1000 + n % 2;
	bpf_ringbuf_submit(event, 0);
	return 0;
}
