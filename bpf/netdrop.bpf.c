/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * netdrop - one event for each packet that the kernel drops.
 *
 * Why: a connection that hangs, a name that is not resolved, a queue that is too
 * short: somewhere a packet was thrown away, and nobody was told. The kernel says
 * why, in one word, and this says whose packet it was.
 *
 * What the fields mean:
 *   pid, comm, ...	the task that was running, which need not have to do with the
 *		packet: one that comes in from outside is handled in the middle of
 *		whatever the CPU was doing. On loopback, and for what is sent, it is
 *		the sender.
 *   reason	the kernel's reason, by the running kernel's own name for it.
 *		NOT_SPECIFIED: this place in the kernel has none yet. A number: a reason
 *		of a module's own (mac80211 and openvswitch have such). 0: a kernel before
 *		Linux 5.17, which has no reasons.
 *   location	the address in the kernel from which it was dropped; also in stack
 *   network, protocol	what the frame carries, and what the IP packet carries
 *   bytes	the packet's length where it was dropped: headers that were handled
 *		by then do not count
 *   tcp_flags	of a TCP segment
 *   state	of the TCP socket, where the packet had been brought to one
 *   interface	the one that it came in by or was to leave by; empty if there is none
 *		(any longer)
 *   netns	the network namespace of that interface, as lsns shows it; 0 without one
 *   stack	from where in the kernel
 *
 * Not reported: what a network card or its driver drops before there is a packet
 * in the kernel (ip -s link), and what the network loses. Reported although nobody
 * misses them: packets that were for others, duplicates, and for some protocols
 * also copies that are not needed (NOT_SPECIFIED).
 *
 * To restrict it to processes, users or cgroups is to restrict it to drops while
 * one of them was running: for what arrives from outside that says nothing.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "packet.h"
#include "stacks.h"

#define STACKS	4096

/* Only to learn whether this kernel has it: the names are taken from the kernel. */
enum skb_drop_reason {
	SKB_DROP_REASON_NOT_SPECIFIED = 2,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* The tracepoint's record, only to learn whether the tracepoint passes the socket (Linux 6.11). */
struct trace_event_raw_kfree_skb {
	void *rx_sk;
};

#pragma clang attribute pop

struct netdrop_event {
	TASK_MEMBERS;
	__u64 location;
	bpfps_drop_reason_t reason;
	enum network_protocol network;
	enum ip_protocol protocol;
	enum tcp_flags tcp_flags;
	enum tcp_state state;
	struct bpfps_endpoint source;
	struct bpfps_endpoint destination;
	__u32 bytes;
	__u32 netns;
	bpfps_kernel_stack_t stack;
	char interface[INTERFACE_NAME_LENGTH];
	__u32 cpu;
};

_Static_assert(sizeof(struct netdrop_event) == 144, "hidden padding");

BPFPS_HELP("Which packets does the kernel drop, where and why?",
	   "Watch-BpfEvent netdrop -Filter { $_.reason -ne 'NOT_SPECIFIED' }",
	   "What network cards drop before the kernel has it; whose packets arrive from outside (the task is whatever was running).",
	   "3.5 us for each dropped packet; nothing for the others");

BPFPS_TOOL("Reports every packet that the kernel drops, with the reason.");

BPFPS_VARIABLE(bool, kernel_stacks, true, "", "Also take the stack in the kernel.");

BPFPS_EVENTS(events, struct netdrop_event, 1 << 20);

STACKS_MAP(STACKS);

static __always_inline long read_bytes(const void *start, __u32 offset, void *to, __u32 bytes)
{
	return bpf_probe_read_kernel(to, bytes, start + offset);
}

/*
 * The interface shares its place in the struct with other things while a packet
 * is in a socket's queue. Those are not the addresses of interfaces, or have no
 * name there.
 */
static __always_inline void read_interface(struct netdrop_event *event, struct sk_buff *skb)
{
	struct net_device *device = BPF_CORE_READ(skb, dev);

	if (!device || BPF_CORE_READ(device, ifindex) <= 0)
		return;
	BPF_CORE_READ_STR_INTO(&event->interface, device, name);
	if (event->interface[0] <= ' ' || event->interface[0] > '~') {
		__builtin_memset(event->interface, 0, sizeof(event->interface));
		return;
	}
	event->netns = BPF_CORE_READ(device, nd_net.net, ns.inum);
}

static __always_inline void read_packet(struct netdrop_event *event, struct sk_buff *skb, struct sock *sk)
{
	struct packet packet = {};
	__u16 offset = BPF_CORE_READ(skb, network_header);

	event->network = bpf_ntohs(BPF_CORE_READ(skb, protocol));
	/* At first nothing has said yet where the header is. */
	if (!offset || offset == 0xffff)
		return;
	if (event->network != IPV4 && event->network != IPV6)
		return;
	read_ip_packet(&packet, BPF_CORE_READ(skb, head), offset, read_bytes);
	event->protocol = packet.protocol;
	event->tcp_flags = packet.tcp_flags;
	event->source = packet.source;
	event->destination = packet.destination;
	if (packet.protocol == TCP && sk)
		event->state = socket_state(sk);
}

SEC("tp_btf/kfree_skb")
int dropped(__u64 *ctx)
{
	struct sk_buff *skb = (void *)ctx[0];
	struct sock *sk = BPF_CORE_READ(skb, sk);
	struct netdrop_event event = { .stack = NO_STACK };

	if (!bpfps_is_target())
		return 0;
	fill_task(&event);
	event.cpu = bpf_get_smp_processor_id();
	event.location = ctx[1];
	if (bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_NOT_SPECIFIED))
		event.reason = ctx[2];
	if (bpf_core_field_exists(struct trace_event_raw_kfree_skb, rx_sk) && ctx[3])
		sk = (void *)ctx[3];
	event.bytes = BPF_CORE_READ(skb, len);
	read_interface(&event, skb);
	read_packet(&event, skb, sk);
	if (kernel_stacks)
		event.stack = bpf_get_stackid(ctx, &stacks, 0);
	bpfps_output(events, &event, sizeof(event));
	return 0;
}
