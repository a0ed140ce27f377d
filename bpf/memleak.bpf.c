/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * memleak - what programs have allocated and not freed, by the stack that
 * allocated it.
 *
 * Why: a program that grows and grows holds memory that nobody will use again. The
 * stacks whose bytes only ever increase are where it comes from.
 *
 * The map held has, for each process and stack, what is not freed at the moment:
 *   bytes, count	how much, in how many pieces
 *   oldest	since then something of this stack has always been held: no piece is
 *		older. Old memory of a stack that allocates all the time is what leaks.
 *   allocations	how many there have been since the program was started, freed or not
 *   user_stack	walked by frame pointers: code compiled without them gives a short
 *		or wrong one; -14 (EFAULT) none, -17 (EEXIST) another stack has its
 *		place in the map
 *
 * It watches malloc(), calloc(), realloc(), posix_memalign(), aligned_alloc() and
 * free() of the C library libc.so.6. Another library with such functions, as
 * jemalloc, can be named as the target. Not seen: what was allocated before; what a
 * program gets from the kernel itself (mmap); memory that a runtime with a garbage
 * collector hands out; memalign(), valloc(), pvalloc(). What a process holds when
 * it ends stays in the map. In a child made by fork() what its parent held does not
 * count.
 *
 * What it costs, measured on a two-core virtual machine, Linux 6.18, in a loop of
 * malloc() and free(): 10 us for both, of which the programs take 2; the rest is the
 * way into the kernel and back, three times. A process that is not watched pays that
 * too, unless the probes are placed only in those that are: say which processes when
 * the programs are attached.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "histogram.h"
#include "registers.h"

#define PIECES	262144
#define STACKS	16384
#define HOLDERS	16384

struct memleak_holder {
	bpfps_pid_t pid;
	bpfps_user_stack_t user_stack;
	char comm[TASK_COMM_LEN];
};

_Static_assert(sizeof(struct memleak_holder) == 24, "hidden padding");

struct memleak_held {
	__u64 bytes;
	__u64 count;
	__u64 allocations;
	bpfps_time_t oldest;
};

BPFPS_HELP("What has a program allocated and not freed?",
	   "Watch-BpfEvent memleak -ProcessId $PID -Every 10s",
	   "What was allocated before; mmap; other libraries than libc.so.6. User stacks without frame pointers are short or wrong.",
	   "10 us for each piece that is allocated and freed");

BPFPS_TOOL("Adds up what programs have allocated and not freed, by the stack that allocated it.");

BPFPS_VARIABLE(__u64, least_bytes, 0, "bytes", "Only pieces of at least this size.");
BPFPS_VARIABLE(__u64, most_bytes, 0, "bytes", "Only pieces of at most this size; 0 for no limit.");

/* Pieces that found no room: in pieces, and in held. */
__u64 untracked_pieces;
__u64 uncounted_pieces;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HOLDERS);
	__type(key, struct memleak_holder);
	__type(value, struct memleak_held);
} held SEC(".maps") BPFPS_GAUGE;

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, STACKS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, STACK_DEPTH * sizeof(__u64));
} stacks SEC(".maps");

struct place {
	__u64 address;
	__u64 pid;
};

struct piece {
	__u64 bytes;
	struct memleak_holder holder;
};

/* What is held, by where it is. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PIECES);
	__type(key, struct place);
	__type(value, struct piece);
} pieces SEC(".maps") BPFPS_INTERNAL;

struct call {
	__u64 bytes;
	__u64 result;	/* posix_memalign(): where the address will be */
};

/* Of two functions of which one calls the other, the inner one is counted. */
CALLS_IN_PROGRESS(struct call);

struct change {
	__u64 bytes;
	__u64 old_address;
	struct piece old;	/* without bytes: it is not known, or there is none */
};

/* Calls of realloc(), by thread: it may call malloc(), and if that fails, it has to put back what it has taken away. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct change);
} changes SEC(".maps") BPFPS_INTERNAL;

static __always_inline struct place place_of(__u64 address)
{
	struct place place = { .address = address, .pid = bpf_get_current_pid_tgid() >> 32 };

	return place;
}

/* Forgets a piece; a copy of it stays in old, if that is given. */
static __always_inline void forget(__u64 address, struct piece *old)
{
	struct place place = place_of(address);
	struct memleak_held *all;
	struct piece *piece;

	piece = bpf_map_lookup_elem(&pieces, &place);
	if (!piece)
		return;
	all = bpf_map_lookup_elem(&held, &piece->holder);
	if (all) {
		__sync_fetch_and_add(&all->bytes, -piece->bytes);
		__sync_fetch_and_add(&all->count, -1ULL);
	}
	if (old)
		*old = *piece;
	bpf_map_delete_elem(&pieces, &place);
}

static __always_inline void keep(__u64 address, const struct piece *piece, bool is_new)
{
	struct place place = place_of(address);
	struct memleak_held none = {}, *all;
	long error = 0;

	all = find_or_make(&held, &piece->holder, &none);
	if (!all) {
		__sync_fetch_and_add(&uncounted_pieces, 1);
		return;
	}
	if (bpf_map_update_elem(&pieces, &place, piece, BPF_NOEXIST)) {
		/* It was freed in a way that was not seen. */
		forget(address, NULL);
		error = bpf_map_update_elem(&pieces, &place, piece, BPF_NOEXIST);
	}
	if (error) {
		__sync_fetch_and_add(&untracked_pieces, 1);
		return;
	}
	__sync_fetch_and_add(&all->bytes, piece->bytes);
	if (is_new)
		__sync_fetch_and_add(&all->allocations, 1);
	if (!__sync_fetch_and_add(&all->count, 1))
		all->oldest = bpf_ktime_get_boot_ns();
}

static __always_inline bool is_wanted(__u64 bytes)
{
	return bytes >= least_bytes && (!most_bytes || bytes <= most_bytes);
}

static __always_inline int enter(__u64 bytes, __u64 result)
{
	struct call call = { .bytes = bytes, .result = result };

	if (!bpfps_is_target() || !is_wanted(bytes))
		return 0;
	begin_call(&call);
	return 0;
}

/* The stack is that of the caller: the function itself has ended. */
static __always_inline void leave(void *ctx, __u64 address, __u64 bytes)
{
	struct piece piece = { .bytes = bytes };

	if (!address)
		return;
	piece.holder.pid = bpf_get_current_pid_tgid() >> 32;
	piece.holder.user_stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	bpf_get_current_comm(piece.holder.comm, sizeof(piece.holder.comm));
	keep(address, &piece, true);
}

static __always_inline int leave_with_address(struct pt_regs *registers)
{
	struct call *call = current_call();

	if (!call)
		return 0;
	leave(registers, result_of(registers), call->bytes);
	end_call();
	return 0;
}

SEC("uprobe/libc.so.6:malloc")
int malloc_enter(struct pt_regs *registers)
{
	return enter(first_argument(registers), 0);
}

SEC("uretprobe/libc.so.6:malloc")
int malloc_leave(struct pt_regs *registers)
{
	return leave_with_address(registers);
}

SEC("uprobe/libc.so.6:calloc")
int calloc_enter(struct pt_regs *registers)
{
	return enter(first_argument(registers) * second_argument(registers), 0);
}

SEC("uretprobe/libc.so.6:calloc")
int calloc_leave(struct pt_regs *registers)
{
	return leave_with_address(registers);
}

SEC("uprobe/libc.so.6:aligned_alloc")
int aligned_alloc_enter(struct pt_regs *registers)
{
	return enter(second_argument(registers), 0);
}

SEC("uretprobe/libc.so.6:aligned_alloc")
int aligned_alloc_leave(struct pt_regs *registers)
{
	return leave_with_address(registers);
}

SEC("uprobe/libc.so.6:posix_memalign")
int posix_memalign_enter(struct pt_regs *registers)
{
	return enter(third_argument(registers), first_argument(registers));
}

SEC("uretprobe/libc.so.6:posix_memalign")
int posix_memalign_leave(struct pt_regs *registers)
{
	struct call *call = current_call();
	__u64 address = 0;

	if (!call)
		return 0;
	if (!(__u32)result_of(registers))
		bpf_probe_read_user(&address, sizeof(address), (void *)call->result);
	leave(registers, address, call->bytes);
	end_call();
	return 0;
}

/* The old piece is forgotten at the beginning: another thread can be given its place before this function ends. */
SEC("uprobe/libc.so.6:realloc")
int realloc_enter(struct pt_regs *registers)
{
	struct change change = { .old_address = first_argument(registers), .bytes = second_argument(registers) };
	__u32 tid = bpf_get_current_pid_tgid();

	if (!bpfps_is_target())
		return 0;
	if (change.old_address)
		forget(change.old_address, &change.old);
	if ((change.old.bytes || is_wanted(change.bytes)) && bpf_map_update_elem(&changes, &tid, &change, BPF_ANY))
		__sync_fetch_and_add(&calls_missed, 1);
	return 0;
}

SEC("uretprobe/libc.so.6:realloc")
int realloc_leave(struct pt_regs *registers)
{
	__u64 address = result_of(registers);
	__u32 tid = bpf_get_current_pid_tgid();
	struct change *change;

	change = bpf_map_lookup_elem(&changes, &tid);
	if (!change)
		return 0;
	/* A size of 0 frees it. If there is no memory, everything stays as it is. */
	if (!address && change->bytes && change->old.bytes)
		keep(change->old_address, &change->old, false);
	if (is_wanted(change->bytes))
		leave(registers, address, change->bytes);
	bpf_map_delete_elem(&changes, &tid);
	return 0;
}

SEC("uprobe/libc.so.6:free")
int free_enter(struct pt_regs *registers)
{
	__u64 address = first_argument(registers);

	if (address && bpfps_is_target())
		forget(address, NULL);
	return 0;
}
