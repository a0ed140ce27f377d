/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * kernel.h - the few kernel types that the programs here need.
 *
 * It replaces vmlinux.h and <linux/bpf.h>, so that the build needs only clang
 * and libbpf's headers: no BTF of the build machine, no bpftool, no
 * architecture's <asm/types.h>.
 *
 * Kernel structs have only the members that a program reads, in any order: the
 * loader finds their real offsets in the BTF of the running kernel (CO-RE). The
 * numbers in the enums are kernel ABI.
 */
#ifndef BPFPS_KERNEL_H
#define BPFPS_KERNEL_H

#ifdef __VMLINUX_H__
#error "kernel.h replaces vmlinux.h: include one of the two"
#endif

#include <stdbool.h>
#include <stddef.h>

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;

typedef __u16 __le16;
typedef __u32 __le32;
typedef __u64 __le64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u16 __sum16;
typedef __u32 __wsum;

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_SOCKMAP = 15,
	BPF_MAP_TYPE_CGROUP_STORAGE = 19,
	BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE = 21,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_USER_RINGBUF = 31,
};

enum {
	BPF_ANY = 0,		/* update: add the entry or replace it */
	BPF_NOEXIST = 1,	/* update: only add it */
	BPF_F_USER_STACK = 1 << 8,	/* get_stackid: the user stack, not the kernel stack */
};

enum {
	BPF_RB_NO_WAKEUP = 1 << 0,	/* ringbuf_output, ringbuf_submit: do not wake the reader */
	BPF_RB_FORCE_WAKEUP = 1 << 1,	/* wake it */
	BPF_RB_PROD_POS = 3,	/* ringbuf_query: bytes written since the ring was made */
};

enum {
	BPF_F_CURRENT_CPU = 0xffffffffULL,	/* perf_event_output: the buffer of this CPU */
};

enum {
	AT_FDCWD = -100,
	ENOENT = 2,
	TASK_COMM_LEN = 16,
	STACK_DEPTH = 127,	/* the default maximum of kernel.perf_event_max_stack */
	/*
	 * Instead of a stack id: no stack was requested. bpf_get_stackid() itself
	 * returns -EFAULT (there is no such stack), -EEXIST (another stack has its
	 * place in the map) or -ENOMEM, but never this.
	 */
	NO_STACK = -ENOENT,
};

/* The state of a task. With no bit set it is runnable; with this bit set it will never run again. */
enum {
	TASK_RUNNING = 0,
	TASK_DEAD = 0x80,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
};

struct task_struct {
	unsigned int __state;	/* Linux 5.14 or later */
	unsigned int on_cpu; /* unsigned, because Linux 7.3 has a byte here and libbpf shortens reads only for unsigned numbers */
	int pid;		/* what user space calls a thread id */
	int tgid;		/* what user space calls a process id */
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	char comm[TASK_COMM_LEN];
};

/* The loader matches the name up to the three underscores. */
struct task_struct___before_5_14 {
	volatile long state;
};

struct linux_binprm {
	const char *filename;
};

struct pt_regs;

/* The context of programs on tracepoints of the group "syscalls". */
struct trace_event_raw_sys_enter {
	long id;
	unsigned long args[6];
};

struct trace_event_raw_sys_exit {
	long id;
	long ret;
};

#pragma clang attribute pop

#endif /* BPFPS_KERNEL_H */
