/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * guest - programs of the hooks that some kernels refuse.
 *
 * Serves the property "kprobes, trampolines, LSM hooks and replaced functions
 * work where the kernel has them". The suite runs them in virtual machines.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

enum {
	EPERM = 1,
};

struct file;

BPFPS_TOOL("Test: counts the runs of programs that need kprobes or trampolines.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls are counted.");

__u64 kprobe_runs;
__u64 kretprobe_runs;
__u64 ksyscall_runs;
__u64 multi_runs;
__u64 fentry_runs;
__u64 fexit_runs;
__u64 fmod_ret_runs;
__u64 lsm_runs;

static bool is_ours(void)
{
	return bpf_get_current_pid_tgid() >> 32 == producer_pid;
}

static void count(__u64 *runs)
{
	if (is_ours())
		__sync_fetch_and_add(runs, 1);
}

SEC("kprobe/__task_pid_nr_ns")
int guest_kprobe(void *ctx)
{
	count(&kprobe_runs);
	return 0;
}

SEC("kretprobe/__task_pid_nr_ns")
int guest_kretprobe(void *ctx)
{
	count(&kretprobe_runs);
	return 0;
}

SEC("ksyscall/getppid")
int guest_ksyscall(void *ctx)
{
	count(&ksyscall_runs);
	return 0;
}

SEC("kprobe.multi/__task_pid_nr_n*")
int guest_multi(void *ctx)
{
	count(&multi_runs);
	return 0;
}

SEC("fentry/__task_pid_nr_ns")
int BPF_PROG(guest_fentry)
{
	count(&fentry_runs);
	return 0;
}

SEC("fexit/__task_pid_nr_ns")
int BPF_PROG(guest_fexit)
{
	count(&fexit_runs);
	return 0;
}

SEC("fentry")
int BPF_PROG(guest_any_fentry)
{
	count(&fentry_runs);
	return 0;
}

/* These hold the place of what the test says when it starts them. */
SEC("kprobe/placeholder")
int guest_held_kprobe(void *ctx)
{
	count(&kprobe_runs);
	return 0;
}

SEC("kretprobe/placeholder")
int guest_held_kretprobe(void *ctx)
{
	count(&kretprobe_runs);
	return 0;
}

SEC("ksyscall/placeholder")
int guest_held_ksyscall(void *ctx)
{
	count(&ksyscall_runs);
	return 0;
}

SEC("kprobe.multi/placeholder*")
int guest_held_multi(void *ctx)
{
	count(&multi_runs);
	return 0;
}

SEC("fentry/placeholder")
int BPF_PROG(guest_held_fentry)
{
	count(&fentry_runs);
	return 0;
}

SEC("fexit/placeholder")
int BPF_PROG(guest_held_fexit)
{
	count(&fexit_runs);
	return 0;
}

SEC("fmod_ret/placeholder")
int BPF_PROG(guest_held_fmod_ret, struct file *file, int ret)
{
	count(&fmod_ret_runs);
	return ret;
}

SEC("lsm.s/placeholder")
int BPF_PROG(guest_held_lsm, struct file *file, int ret)
{
	count(&lsm_runs);
	return ret;
}

SEC("fmod_ret/security_file_open")
int BPF_PROG(guest_fmod_ret, struct file *file, int ret)
{
	count(&fmod_ret_runs);
	return ret;
}

/* Denies this process to make a pair of sockets, and nobody anything else. */
SEC("lsm/socket_create")
int BPF_PROG(guest_lsm, int family, int type, int protocol, int kern, int ret)
{
	if (ret || !is_ours() || family != 1 /* AF_UNIX */ || kern)
		return ret;
	__sync_fetch_and_add(&lsm_runs, 1);
	return -EPERM;
}
