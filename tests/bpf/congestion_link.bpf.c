/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * congestion_link - a TCP congestion control that counts, and does next to nothing.
 *
 * Serves the property "operations that ask for a link of their own get one".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock;

/* The loader finds the members in the kernel by their names. */
struct tcp_congestion_ops {
	void (*init)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

__u64 init_runs;
__u64 cong_avoid_runs;

SEC("struct_ops/count_init")
void BPF_PROG(count_init, struct sock *sk)
{
	__sync_fetch_and_add(&init_runs, 1);
}

SEC("struct_ops/count_ssthresh")
__u32 BPF_PROG(count_ssthresh, struct sock *sk)
{
	return 2;
}

SEC("struct_ops/count_cong_avoid")
void BPF_PROG(count_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	__sync_fetch_and_add(&cong_avoid_runs, 1);
}

SEC("struct_ops/count_undo_cwnd")
__u32 BPF_PROG(count_undo_cwnd, struct sock *sk)
{
	return 2;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops link_cc = {
	.init = (void *)count_init,
	.ssthresh = (void *)count_ssthresh,
	.cong_avoid = (void *)count_cong_avoid,
	.undo_cwnd = (void *)count_undo_cwnd,
	.name = "bpfps_link_cc",
};

char LICENSE[] SEC("license") = "GPL";
