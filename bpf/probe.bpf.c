/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * probe - what the programs that BpfPS writes by itself have in common.
 *
 * Why: a program for a tracepoint or system call that somebody names is made
 * while they wait, with no compiler. What is the same in all of them is compiled
 * here, with CO-RE and with the restrictions that every tool has, and linked
 * with what was made.
 *
 * Not a tool: alone it has no program that does anything.
 *
 * The functions are hidden: other objects can be linked with them, and the
 * verifier checks them with what their caller knows. Their parameters are numbers
 * and pointers to nothing in particular, which is what both objects have to agree
 * on.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "bpfps.h"
#include "bpfps_targets.h"
#include "socket.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Whether the current task is one of those that are wanted. */
__hidden __attribute__((noinline)) __s64 bpfps_probe_is_target(void)
{
	return bpfps_is_target();
}

/* At most so many events a second; 0 for no limit. */
const volatile __u64 bpfps_probe_rate;

static __u64 window_begins, window_has;

/*
 * Whether there may be another event now. So many are allowed in each tenth of a
 * second as make up the rate, or one in a longer time. CPUs that come at once may
 * both begin it, and let a few more through.
 */
__hidden __attribute__((noinline)) __s64 bpfps_probe_take(void)
{
	__u64 now, room = bpfps_probe_rate / 10;

	if (!bpfps_probe_rate)
		return 1;
	if (!room)
		room = 1;
	now = bpf_ktime_get_ns();
	if (now - window_begins >= room * 1000000000 / bpfps_probe_rate) {
		window_begins = now;
		window_has = 0;
	}
	return __sync_fetch_and_add(&window_has, 1) < room;
}

/* The parent's process id. */
__hidden __attribute__((noinline)) __s64 bpfps_probe_ppid(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, real_parent, tgid);
}

/* Puts the parent's name, of 16 bytes, to an address. */
__hidden __attribute__((noinline)) __s64 bpfps_probe_parent(void *to)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *parent = BPF_CORE_READ(task, real_parent);

	return bpf_probe_read_kernel(to, TASK_COMM_LEN, &parent->comm);
}

/* Puts the address and port of a sockaddr of the current process to an address; zero if it has none of IPv4 or IPv6. */
__hidden __attribute__((noinline)) __s64 bpfps_probe_endpoint(void *to, void *address)
{
	return fill_endpoint_of_user(address, to);
}

/* The same from a sockaddr of the kernel. */
__hidden __attribute__((noinline)) __s64 bpfps_probe_kernel_endpoint(void *to, void *address)
{
	return fill_endpoint_of_kernel(address, to);
}
