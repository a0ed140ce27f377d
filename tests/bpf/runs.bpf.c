/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * runs - one program for each kind of test run.
 *
 * Serves the properties "a program gives for a packet and a context what a C
 * program on libbpf gets for them", and "instructions read as bpftool reads
 * them": it has the operations that other programs here lack.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "bpfps.h"

struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex;
};

struct bpf_flow_keys {
	__u16 nhoff;
	__u16 thoff;
	__u16 addr_proto;
	__u8 is_frag;
	__u8 is_first_frag;
	__u8 is_encap;
	__u8 ip_proto;
	__be16 n_proto;
};

struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 hash;
	__u32 tc_classid;
	__u32 data;
	__u32 data_end;
	__u32 napi_id;
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_ip6[4];
	__u32 local_ip6[4];
	__u32 remote_port;
	__u32 local_port;
	__u32 data_meta;
	struct bpf_flow_keys *flow_keys;
};

struct bpf_sk_lookup {
	__u64 cookie;
	__u32 family;
	__u32 protocol;
	__u32 remote_ip4;
	__u32 remote_ip6[4];
	__be16 remote_port;
	__u16 :16;
	__u32 local_ip4;
	__u32 local_ip6[4];
	__u32 local_port;
	__u32 ingress_ifindex;
};

struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

/* What the program of type syscall gets, and gives back. */
struct sum_args {
	__u32 left;
	__u32 right;
	__u64 sum;
	char text[8];
};

BPFPS_TOOL("Test: programs to be run on given data.");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

__u64 runs;
__s64 first_argument, second_argument;
__u32 cpu;

static __attribute__((noinline)) int weigh(__u32 protocol, __u32 length)
{
	__u32 key = protocol & 3;
	__u64 *count = bpf_map_lookup_elem(&seen, &key);

	if (count)
		__sync_fetch_and_add(count, length);
	return protocol == 0x0800 ? 2 : 1;
}

/* IPv4 passes, with its destination address overwritten; all else is dropped. */
SEC("xdp")
int verdict(struct xdp_md *ctx)
{
	__u8 *packet = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;

	__sync_fetch_and_add(&runs, 1);
	if (packet + 14 > end)
		return 0;
	packet[0] = 0xab;
	return weigh(packet[12] << 8 | packet[13], end - packet);
}

/* A packet that grows by four bytes at its front. */
SEC("xdp")
int grow(struct xdp_md *ctx)
{
	__u8 *packet, *end;

	if (bpf_xdp_adjust_head(ctx, -4))
		return 0;
	packet = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (packet + 4 > end)
		return 0;
	packet[0] = 1;
	packet[1] = 2;
	packet[2] = 3;
	packet[3] = 4;
	return 3;
}

SEC("tc")
int classify(struct __sk_buff *skb)
{
	skb->mark += 1;
	skb->cb[0] = skb->len;
	return skb->priority == 7 ? -1 : 2;
}

SEC("socket")
int filter(struct __sk_buff *skb)
{
	return skb->len / 2;
}

SEC("flow_dissector")
int dissect(struct __sk_buff *skb)
{
	struct bpf_flow_keys *keys = skb->flow_keys;

	keys->thoff = keys->nhoff + 20;
	keys->ip_proto = 17;
	return 0;
}

SEC("sk_lookup")
int choose(struct bpf_sk_lookup *ctx)
{
	return ctx->local_port == 80;
}

SEC("syscall")
int sum(struct sum_args *args)
{
	args->sum = (__u64)args->left + args->right;
	args->text[0] = 'y';
	return args->left > args->right ? args->left % 7 : -5;
}

SEC("raw_tp/sys_enter")
int arguments(struct bpf_raw_tracepoint_args *ctx)
{
	first_argument = ctx->args[0];
	second_argument = ctx->args[1];
	cpu = bpf_get_smp_processor_id();
	return 42;
}

/* The kernel has no test run for this one. */
SEC("perf_event")
int tick(void *ctx)
{
	return 0;
}

/* Arithmetic, memory and jumps of every width and sign. */
SEC("syscall")
int operations(struct sum_args *args)
{
	__u64 wide = args->sum;
	__u32 narrow = args->left;
	__s64 sign = (__s64)wide >> 3;
	volatile __u8 small = args->text[1];
	volatile __u16 middle = narrow;
	__u64 old;

	wide = wide * 3 - (wide >> 5 ^ wide << 7);
	wide |= wide / (narrow | 1);
	narrow = -narrow & 0xfff0;
	sign = -sign;
	if (sign < -5 && (__s32)narrow >= 3)
		wide %= 1000;
	if (narrow > 77 || sign <= 4)
		wide = bpf_htons(middle) + bpf_htonl(narrow) + bpf_be64_to_cpu(wide);
	old = __sync_fetch_and_add(&runs, 2);
	old |= __sync_fetch_and_or(&runs, 1);
	old ^= __sync_fetch_and_and(&runs, ~4ULL);
	old += __sync_fetch_and_xor(&runs, 8);
	old += __sync_val_compare_and_swap(&runs, old, wide);
	old += __sync_lock_test_and_set(&cpu, narrow);
	if (wide & 0x40)
		small = 9;
	bpf_printk("runs %llu", old);
	args->sum = wide + sign + small + 0x123456789abcULL;
	return narrow;
}
