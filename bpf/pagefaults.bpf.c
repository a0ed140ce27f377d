/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * pagefaults - who touches memory that is not there yet, and where in the program.
 *
 * Why: memory that a program has asked for is given to it when it touches it, a
 * page at a time. Each time costs about a microsecond, and far more if the page
 * has to be read from a disk. The stacks say what makes a program grow, and which
 * code touches files that are mapped into memory.
 *
 * The map faults counts them for each process and stack:
 *   mode	USER: the program touched the memory itself. KERNEL: the kernel did on its
 *		behalf, in a system call; kernel_stack then says which
 *   access	what it was touched for. WRITE is also the first write to a page that
 *		has been shared since a fork
 *   kernel_stack	NO_STACK (-2) in the mode USER
 *
 * Any other negative number instead of a stack is the kernel's error: -14 (EFAULT)
 * no such stack, -17 (EEXIST) another stack has its place in the map. User stacks
 * are walked by frame pointers: code compiled without them gives short or wrong
 * ones.
 *
 * Not counted: pages that the kernel has ready before they are touched (neighbours
 * in a file that is mapped, huge pages as a whole); faults that the kernel does not
 * handle because it only looks whether the memory is there. It is not told whether
 * a page came from a disk: biosnoop shows the reads.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "histogram.h"
#include "registers.h"
#include "stacks.h"

#define STACKS	16384
#define FAULTS	16384

/* x86: the error code of a fault. */
#define ERROR_WRITE		(1 << 1)
#define ERROR_FETCH		(1 << 4)

/* What handle_mm_fault() is told of one. */
#define FAULT_FLAG_WRITE	(1 << 0)
#define FAULT_FLAG_TRIED	(1 << 5)
#define FAULT_FLAG_USER		(1 << 6)
#define FAULT_FLAG_INSTRUCTION	(1 << 8)

enum fault_mode {
	USER,
	KERNEL,
};

enum page_access {
	READ,
	WRITE,
	EXECUTE,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct___faults {
	int pagefault_disabled;
};

#pragma clang attribute pop

struct pagefaults_place {
	bpfps_pid_t pid;
	bpfps_user_stack_t user_stack;
	bpfps_kernel_stack_t kernel_stack;
	enum fault_mode mode;
	enum page_access access;
	char comm[TASK_COMM_LEN];
};

_Static_assert(sizeof(struct pagefaults_place) == 36, "hidden padding");

struct pagefaults_count {
	__u64 count;
};

BPFPS_HELP("Which code makes programs grow, or touches memory for the first time?",
	   "Watch-BpfEvent pagefaults -Every 5s",
	   "Whether a page came from a disk. User stacks of programs without frame pointers are short or wrong.",
	   "1.2 us for each fault");

BPFPS_TOOL("Counts page faults by process and stack.");

BPFPS_VARIABLE(bool, user_stacks, true, "", "Tell faults apart by their stack in user space.");
BPFPS_VARIABLE(bool, kernel_stacks, true, "", "Tell those of the kernel apart by its stack.");

/* Faults that found no room in faults. */
__u64 uncounted_faults;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FAULTS);
	__type(key, struct pagefaults_place);
	__type(value, struct pagefaults_count);
} faults SEC(".maps");

STACKS_MAP(STACKS);

static __always_inline int count(void *ctx, enum fault_mode mode, enum page_access access)
{
	struct pagefaults_place place = { .mode = mode, .access = access, .user_stack = NO_STACK, .kernel_stack = NO_STACK };
	struct pagefaults_count none = {}, *counted;
	struct task_struct___faults *task;

	if (!bpfps_is_target())
		return 0;
	/*
	 * Whoever has switched them off wants to know whether the memory is there, and does not touch it. So does the helper that
	 * BPF_CORE_READ() would read this with.
	 */
	task = (void *)bpf_get_current_task_btf();
	if (task->pagefault_disabled)
		return 0;
	place.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(place.comm, sizeof(place.comm));
	if (user_stacks)
		place.user_stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	if (kernel_stacks && mode == KERNEL)
		place.kernel_stack = bpf_get_stackid(ctx, &stacks, 0);
	counted = find_or_make(&faults, &place, &none);
	if (counted)
		__sync_fetch_and_add(&counted->count, 1);
	else
		__sync_fetch_and_add(&uncounted_faults, 1);
	return 0;
}

static __always_inline int count_exception(void *ctx, enum fault_mode mode, __u64 address, __u64 error)
{
	/* The upper half is the kernel's own memory. */
	if ((__s64)address < 0)
		return 0;
	return count(ctx, mode, error & ERROR_FETCH ? EXECUTE : error & ERROR_WRITE ? WRITE : READ);
}

/* x86. The kernels of other architectures have no such tracepoints. */
SEC("tp_btf/page_fault_user") BPFPS_ONE_OF("user")
int BPF_PROG(fault_in_user, unsigned long address, struct pt_regs *registers, unsigned long error)
{
	return count_exception(ctx, USER, address, error);
}

SEC("tp_btf/page_fault_kernel") BPFPS_ONE_OF("kernel")
int BPF_PROG(fault_in_kernel, unsigned long address, struct pt_regs *registers, unsigned long error)
{
	return count_exception(ctx, KERNEL, address, error);
}

static __always_inline int count_handled(void *ctx, unsigned int flags, const void *registers)
{
	/* The kernel also asks for pages that nobody has touched, and tries again after a wait. */
	if (!registers || flags & FAULT_FLAG_TRIED)
		return 0;
	return count(ctx, flags & FAULT_FLAG_USER ? USER : KERNEL,
		     flags & FAULT_FLAG_INSTRUCTION ? EXECUTE : flags & FAULT_FLAG_WRITE ? WRITE : READ);
}

/* Of both modes. */
SEC("fentry/handle_mm_fault") BPFPS_ONE_OF("user")
int BPF_PROG(fault_entry, void *area, unsigned long address, unsigned int flags, struct pt_regs *registers)
{
	return count_handled(ctx, flags, registers);
}

SEC("kprobe/handle_mm_fault") BPFPS_ONE_OF("user")
int fault_probe(struct pt_regs *registers)
{
	return count_handled(registers, third_argument(registers), (void *)fourth_argument(registers));
}
