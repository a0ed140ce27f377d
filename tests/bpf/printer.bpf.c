/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * printer - writes into the kernel's trace for each call of one kind that one
 * process makes.
 *
 * Serves the property "what programs write with bpf_printk is told, with the
 * name of the program".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 producer_pid;
const volatile __s32 syscall_nr = 110;
__u64 calls;

SEC("tp_btf/sys_enter")
int BPF_PROG(print_call, struct pt_regs *regs, long call)
{
	const char red[] = "\x1b[31m"; /* a format must be printable, and what is put into it need not be */

	if (call == syscall_nr && bpf_get_current_pid_tgid() >> 32 == producer_pid)
		bpf_printk("call %llu: one\nline and %s another", __sync_fetch_and_add(&calls, 1), red);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(print_return, struct pt_regs *regs, long result)
{
	if (bpf_get_current_pid_tgid() >> 32 == producer_pid && result == -12345)
		bpf_printk("never");
	return 0;
}
