/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * mixed - rings that carry several structs, and that no counter of losses
 * belongs to.
 *
 * Serves the properties "several structs in one ring are told apart", "what is
 * not known of losses is not told as none" and "records of several rings come
 * in the order of their times".
 *
 * Each call number syscall_nr of process producer_pid, numbered from 0 in
 * attempts, sends
 *   to tagged	struct opened (even numbers) or struct closed (odd ones), of one
 *		size, with a tag
 *   to sized	struct brief (even) or struct wide (odd), of two sizes
 *   to left	(even) or right (odd) struct timed, with numbers of its own from 0
 * and counts in no_room, in this order, what found none.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

enum kind {
	KIND_OPENED = 1,
	KIND_CLOSED = 2,
};

struct opened {
	enum kind kind;
	__u32 pid;
	__u64 number;
	char label[24];
};

struct closed {
	enum kind kind;
	__u32 pid;
	__u64 number;
	__s64 result;
	__u64 rest[2];
};

struct same_as_closed {
	__u64 words[5];
};

struct brief {
	__u64 number;
};

struct wide {
	__u64 number;
	__u64 rest[3];
};

struct timed {
	bpfps_time_t time;
	__u64 sequence;
	__u64 number;
};

BPFPS_TOOL("Test: several structs in one ring, and rings without a counter.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls send events.");
BPFPS_VARIABLE(__s32, syscall_nr, 110, "", "The number of the call; 110 is getppid on x86-64, 173 on arm64.");

const struct opened *unused_opened __attribute__((unused));
const struct closed *unused_closed __attribute__((unused));
const struct same_as_closed *unused_same __attribute__((unused));
const struct brief *unused_brief __attribute__((unused));
const struct wide *unused_wide __attribute__((unused));
const struct timed *unused_timed __attribute__((unused));

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} tagged SEC(".maps"), sized SEC(".maps"), left SEC(".maps"), right SEC(".maps");

__u64 attempts;
__u64 no_room[4];

static __always_inline void send(void *ring, int which, void *event, __u64 size)
{
	if (bpf_ringbuf_output(ring, event, size, 0))
		__sync_fetch_and_add(&no_room[which], 1);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(mixed, struct pt_regs *regs, long call)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	__u64 number;

	if (call != syscall_nr || pid != producer_pid)
		return 0;
	number = __sync_fetch_and_add(&attempts, 1);
	struct timed timed = { .time = bpf_ktime_get_boot_ns(), .sequence = number / 2, .number = number };

	if (number % 2 == 0) {
		struct opened opened = { .kind = KIND_OPENED, .pid = pid, .number = number, .label = "open" };
		struct brief brief = { .number = number };

		send(&tagged, 0, &opened, sizeof(opened));
		send(&sized, 1, &brief, sizeof(brief));
		send(&left, 2, &timed, sizeof(timed));
	} else {
		struct closed closed = { .kind = KIND_CLOSED, .pid = pid, .number = number, .result = -(__s64)number };
		struct wide wide = { .number = number, .rest = { 1, 2, 3 } };

		send(&tagged, 0, &closed, sizeof(closed));
		send(&sized, 1, &wide, sizeof(wide));
		send(&right, 3, &timed, sizeof(timed));
	}
	return 0;
}
