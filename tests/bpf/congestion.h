/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * congestion.h - the operations of a TCP congestion control that counts, and does next to nothing.
 *
 * CONGESTION_CONTROL(section, variable, name) puts them into a map: in
 * ".struct_ops", or in ".struct_ops.link" for a link of its own, which are
 * programs of their own because libbpf before 1.2 does not open the latter.
 */
#ifndef CONGESTION_H
#define CONGESTION_H

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

#define CONGESTION_CONTROL(section, variable, text)		\
	SEC(section)						\
	struct tcp_congestion_ops variable = {			\
		.init = (void *)count_init,			\
		.ssthresh = (void *)count_ssthresh,		\
		.cong_avoid = (void *)count_cong_avoid,		\
		.undo_cwnd = (void *)count_undo_cwnd,		\
		.name = text,					\
	}

#endif
