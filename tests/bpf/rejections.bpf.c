/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * rejections - one program for each reason why a verifier says no, and one that it lets pass.
 *
 * Serves the property "the error names the reason, the line and what to do".
 * Load them one by one: the line that the error must name ends in a comment
 * with the name of the program. Assembly stands where a compiler would mend the
 * fault or would not write it.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "bpfps.h"

BPFPS_TOOL("Test: programs that the verifier refuses, each for another reason.");

/* Of the contexts only what is read here, as user space knows it. */
struct xdp_md {
	__u32 data;
	__u32 data_end;
};

struct __sk_buff {
	__u32 len;
};

struct bpf_sock_tuple {
	__u32 words[3];
};

struct task_struct___not_here {
	int no_such_member;
} __attribute__((preserve_access_index));

struct cgroup;
struct bpf_spin_lock {
	__u32 value;
};

struct locked {
	struct bpf_spin_lock lock;
	__u32 value;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[8]);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, 1 << 7); /* BPF_F_RDONLY_PROG */
	__type(key, __u32);
	__type(value, __u64);
} constants SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct locked);
} locks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

/* Weak: kernels before 6.2 do not have them, and must load the other programs all the same. */
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

const volatile __u64 limit = 1;

/* ---- NULL ---- */

SEC("socket")
int unchecked_map_value(struct __sk_buff *packet)
{
	__u32 key = packet->len;
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	*count += 1; /* unchecked_map_value */
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(unchecked_reservation, struct pt_regs *regs, long call)
{
	__u64 *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

	*record = 1; /* unchecked_reservation */
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(unchecked_argument, struct pt_regs *regs, long call)
{
	struct task_struct *task = bpf_task_from_pid(1);

	bpf_task_release(task); /* unchecked_argument */
	return 0;
}

/* ---- Loops and size ---- */

SEC("socket")
int endless_loop(volatile struct __sk_buff *packet)
{
	while (packet->len) /* endless_loop */
		;
	return 0;
}

int stop;

/* Its last instruction is the jump back, behind which the verifier writes on the same line. */
SEC("socket")
int waiting_loop(struct __sk_buff *packet)
{
	while (!*(volatile int *)&stop) /* waiting_loop */
		;
	return 0;
}

SEC("socket")
int long_loop(struct __sk_buff *packet)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < 2000000; i++) /* long_loop */
		asm volatile ("%0 += %1" : "+r"(sum) : "r"(i));
	return sum;
}

SEC("socket")
int jumps(struct __sk_buff *packet)
{
	__u64 sum = 0;

	/* Each round forks on a number that nobody knows, and no two states are alike. */
	for (__u32 i = 0; i < 10000; i++)
		if (bpf_get_prandom_u32() & 1) /* jumps */
			asm volatile ("%0 += %1" : "+r"(sum) : "r"(i));
	return sum;
}

static __attribute__((noinline)) int again(__u32 depth)
{
	int result = 0;

	if (depth)
		result = again(depth - 1); /* recursion */
	asm volatile ("" : "+r"(result)); /* else the compiler makes a loop of it */
	return result;
}

SEC("socket")
int recursion(struct __sk_buff *packet)
{
	return again(packet->len);
}

/* ---- Bounds ---- */

SEC("xdp")
int packet_bounds(struct xdp_md *context)
{
	__u8 *data = (void *)(long)context->data;

	return data[12]; /* packet_bounds */
}

SEC("xdp")
int map_value_bounds(struct xdp_md *context)
{
	__u32 key = 0;
	__u64 *values = bpf_map_lookup_elem(&table, &key);

	return values ? values[8] : 0; /* map_value_bounds */
}

SEC("xdp")
int map_value_index(struct xdp_md *context)
{
	__u32 key = 0;
	__u64 *values = bpf_map_lookup_elem(&table, &key);

	return values ? values[bpf_get_prandom_u32()] : 0; /* map_value_index */
}

SEC("xdp")
int negative_index(struct xdp_md *context)
{
	__u32 key = 0;
	__s32 index = bpf_get_prandom_u32();
	__u64 *values = bpf_map_lookup_elem(&table, &key);

	if (!values || index > 7)
		return 0;
	return values[index]; /* negative_index */
}

SEC("tp_btf/sys_enter")
int BPF_PROG(helper_size, struct pt_regs *regs, long call)
{
	__u8 buffer[16];
	__s32 size = call;

	if (size > (__s32)sizeof(buffer))
		return 0;
	bpf_probe_read_kernel(buffer, size, regs); /* helper_size */
	return 0;
}

SEC("socket")
int deep_stack(struct __sk_buff *packet)
{
	asm volatile ("*(u64 *)(r10 - 520) = %0" :: "r"(0L)); /* deep_stack */
	return 0;
}

static __attribute__((noinline)) int half(struct __sk_buff *packet)
{
	volatile char buffer[300] = {};

	return buffer[packet->len & 127]; /* combined_stack: half */
}

SEC("socket")
int combined_stack(struct __sk_buff *packet)
{
	volatile char buffer[300] = {};

	return buffer[packet->len & 127] + half(packet);
}

/* ---- What was never written ---- */

SEC("socket")
int unwritten_register(struct __sk_buff *packet)
{
	int result;

	asm volatile ("%0 = r7" : "=r"(result)); /* unwritten_register */
	return result;
}

SEC("socket")
int stack_index(struct __sk_buff *packet)
{
	volatile __u8 buffer[64] = {};

	return buffer[packet->len]; /* stack_index */
}

/* ---- Helpers, kernel functions, licences ---- */

SEC("socket")
int wrong_helper(struct __sk_buff *packet)
{
	return bpf_xdp_adjust_head((void *)packet, 0); /* wrong_helper */
}

/* The same call where it is allowed. */
SEC("xdp")
int allowed_helper(struct xdp_md *context)
{
	return bpf_xdp_adjust_head((void *)context, 0) ? 1 : 2;
}

SEC("socket")
int wrong_kernel_function(struct __sk_buff *packet)
{
	struct task_struct *task = bpf_task_from_pid(1); /* wrong_kernel_function */

	if (task)
		bpf_task_release(task);
	return 0;
}

SEC("socket")
int wrong_argument(struct __sk_buff *packet)
{
	__u32 key = 0;

	return bpf_map_lookup_elem((void *)packet, &key) != NULL; /* wrong_argument */
}

SEC("socket")
int number_as_pointer(struct __sk_buff *packet)
{
	return *(volatile __u64 *)(long)packet->len; /* number_as_pointer */
}

/* ---- What was taken and not given back ---- */

SEC("tp_btf/sys_enter")
int BPF_PROG(unreleased, struct pt_regs *regs, long call) /* unreleased */
{
	__u64 *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

	if (record)
		*record = call;
	return 0;
}

SEC("tc")
int lock_held(struct __sk_buff *packet)
{
	__u32 key = 0;
	struct locked *entry = bpf_map_lookup_elem(&locks, &key);

	if (!entry)
		return 0;
	bpf_spin_lock((void *)&entry->lock);
	entry->value++;
	return 0;
} /* lock_held */

SEC("tp_btf/sys_enter")
int BPF_PROG(rcu_held, struct pt_regs *regs, long call) /* rcu_held */
{
	bpf_rcu_read_lock();
	return 0;
}

/* ---- Context and pointers ---- */

SEC("socket")
int context_access(struct __sk_buff *packet)
{
	return *(volatile __u32 *)((char *)packet + 4096); /* context_access */
}

SEC("socket")
int context_write(struct __sk_buff *packet)
{
	*(volatile __u32 *)packet = 1; /* context_write */
	return 0;
}

SEC("xdp")
int pointer_arithmetic(struct xdp_md *context)
{
	long result = (long)context;

	asm volatile ("%0 *= 2" : "+r"(result)); /* pointer_arithmetic */
	return result;
}

SEC("xdp")
int pointer_offset(struct xdp_md *context)
{
	__u8 *data = (void *)(long)context->data;
	__u8 *end = (void *)(long)context->data_end;
	__u64 far = bpf_ktime_get_ns();

	asm volatile ("%0 += %1" : "+r"(data) : "r"(far)); /* pointer_offset */
	return data + 1 <= end ? *data : 0;
}

SEC("socket")
int read_only_map(struct __sk_buff *packet)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&constants, &key);

	if (value)
		*(volatile __u64 *)value = 1; /* read_only_map */
	return 0;
}

SEC("socket")
int read_only_data(struct __sk_buff *packet)
{
	*(volatile __u64 *)&limit = 2; /* read_only_data */
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(kernel_memory_write, struct pt_regs *regs, long call)
{
	struct task_struct *task = bpf_get_current_task_btf();

	*(volatile int *)&task->pid = 1; /* kernel_memory_write */
	return 0;
}

/* ---- Shape of the program ---- */

SEC("socket")
int unreachable(struct __sk_buff *packet)
{
	asm volatile ("r0 = 0; exit; r0 = 1"); /* unreachable */
	return 0;
}

SEC("socket")
int division(struct __sk_buff *packet)
{
	long result = packet->len;

	asm volatile ("%0 /= 0" : "+r"(result)); /* division */
	return result;
}

SEC("socket")
int misaligned(struct __sk_buff *packet)
{
	asm volatile ("*(u64 *)(r10 - 9) = %0" :: "r"(0L)); /* misaligned */
	return 0;
}

SEC("cgroup/bind4")
int return_value(void *context)
{
	return 7; /* return_value */
}

SEC("tp_btf/sys_enter")
int BPF_PROG(sleeps, struct pt_regs *regs, long call)
{
	__u8 byte;

	return bpf_copy_from_user(&byte, sizeof(byte), (void *)regs); /* sleeps */
}

__attribute__((noinline)) int global_reads(__u64 *value)
{
	return *value; /* global_function */
}

SEC("socket")
int global_function(struct __sk_buff *packet)
{
	__u64 value = packet->len;

	return global_reads(&value);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(absent_member, struct pt_regs *regs, long call)
{
	struct task_struct___not_here *task = (void *)bpf_get_current_task_btf(); /* absent_member */

	return BPF_CORE_READ(task, no_such_member);
}
