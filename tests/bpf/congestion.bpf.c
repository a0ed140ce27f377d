/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * congestion - a TCP congestion control that does next to nothing.
 *
 * Serves the property "a struct_ops map tells its operations and its state".
 * The suite registers it with bpftool.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock;

/* The loader finds the members in the kernel by their names. */
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

SEC("struct_ops/bpfps_ssthresh")
__u32 BPF_PROG(bpfps_ssthresh, struct sock *sk)
{
	return 2;
}

SEC("struct_ops/bpfps_cong_avoid")
void BPF_PROG(bpfps_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops/bpfps_undo_cwnd")
__u32 BPF_PROG(bpfps_undo_cwnd, struct sock *sk)
{
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops bpfps_test_cc = {
	.ssthresh = (void *)bpfps_ssthresh,
	.cong_avoid = (void *)bpfps_cong_avoid,
	.undo_cwnd = (void *)bpfps_undo_cwnd,
	.name = "bpfps_test_cc",
};

char LICENSE[] SEC("license") = "GPL";
