/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/* lacking - counts on what no kernel has: a member, a kernel function, a section. It is never to load. */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct task_struct___lacking {
	int no_such_member;
	int asked_for;
} __attribute__((preserve_access_index));

extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern int bpf_no_such_function(int number) __ksym;

SEC("tp_btf/sys_enter")
int member(void *context)
{
	struct task_struct___lacking *task = (void *)bpf_get_current_task();

	/* What is only asked for is no need. */
	if (bpf_core_field_exists(task->asked_for))
		return 0;
	return BPF_CORE_READ(task, no_such_member);
}

SEC("syscall")
int function(void *context)
{
	struct task_struct *task = bpf_task_from_pid(1);

	if (task)
		bpf_task_release(task);
	return bpf_no_such_function(1);
}

SEC("nosuchsection")
int stray(void *context)
{
	return 0;
}
