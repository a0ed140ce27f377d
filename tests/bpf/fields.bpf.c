/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * fields - structs of 4, 16 and 64 members, for the benchmarks of what a record
 * costs to decode, and of how late an event is.
 *
 * Each call number syscall_nr of process producer_pid, numbered from 0 in
 * attempts, sends one record: the time, and numbers of 8 bytes, of which number
 * i is the call's number plus i. Which struct it is, the variable members says.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

#define NUMBERS_3(p) __u64 p##0; __u64 p##1; __u64 p##2
#define NUMBERS_4(p) NUMBERS_3(p); __u64 p##3
#define NUMBERS_16(p) NUMBERS_4(p##a); NUMBERS_4(p##b); NUMBERS_4(p##c); NUMBERS_4(p##d)

struct four {
	bpfps_time_t time;
	NUMBERS_3(a);
};

struct sixteen {
	bpfps_time_t time;
	NUMBERS_3(a);
	NUMBERS_4(b);
	NUMBERS_4(c);
	NUMBERS_4(d);
};

struct sixty_four {
	bpfps_time_t time;
	NUMBERS_3(a);
	NUMBERS_4(b);
	NUMBERS_4(c);
	NUMBERS_4(d);
	NUMBERS_16(e);
	NUMBERS_16(f);
	NUMBERS_16(g);
};

_Static_assert(sizeof(struct sixty_four) == 64 * 8, "64 members of 8 bytes");

BPFPS_TOOL("Test: records of 4, 16 or 64 members, one for each call of one kind that one process makes.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls are counted.");
BPFPS_VARIABLE(__s32, syscall_nr, 110, "", "The number of the call; 110 is getppid on x86-64, 173 on arm64.");
BPFPS_VARIABLE(__u32, members, 4, "", "How many members a record has: 4, 16 or 64.");

BPFPS_EVENTS(four, struct four, 1 << 22);
BPFPS_EVENTS(sixteen, struct sixteen, 1 << 22);
BPFPS_EVENTS(sixty_four, struct sixty_four, 1 << 22);

__u64 attempts;

static __always_inline void fill(__u64 *numbers, int count, __u64 number)
{
	numbers[0] = bpf_ktime_get_boot_ns();
	for (int i = 1; i < count; i++)
		numbers[i] = number + i;
}

#define SEND(map, count, number)						\
	do {									\
		struct map *record = bpfps_reserve(map, sizeof(*record));	\
										\
		if (record) {							\
			fill((__u64 *)record, count, number);			\
			bpfps_submit(map, record, sizeof(*record));		\
		}								\
	} while (0)

SEC("tp_btf/sys_enter")
int BPF_PROG(fields, struct pt_regs *regs, long call)
{
	__u64 number;

	if (call != syscall_nr || bpf_get_current_pid_tgid() >> 32 != producer_pid)
		return 0;
	number = __sync_fetch_and_add(&attempts, 1);
	if (members == 4)
		SEND(four, 4, number);
	else if (members == 16)
		SEND(sixteen, 16, number);
	else
		SEND(sixty_four, 64, number);
	return 0;
}
