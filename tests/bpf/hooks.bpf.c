/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * hooks - a program for each kind of hook, each of which counts its runs.
 *
 * Serves the property "every program that libbpf can load is attached, works
 * where it was attached, and is gone when it was stopped". A test starts those
 * that it wants by name.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

enum {
	XDP_PASS = 2,
	TC_ACT_OK = 0,
	TC_ACT_UNSPEC = -1,
	NF_ACCEPT = 1,
	SK_PASS = 1,
	ALLOWED = 1,
};

struct sk_msg_md;
/* As user space knows it, what comes first of it. */
struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
};

BPFPS_TOOL("Test: counts how often each kind of program runs.");

#define COUNTED(name) __u64 name##_runs

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

COUNTED(xdp);
SEC("xdp")
int count_xdp(void *ctx)
{
	__sync_fetch_and_add(&xdp_runs, 1);
	return XDP_PASS;
}

COUNTED(xdp_other);
SEC("xdp")
int other_xdp(void *ctx)
{
	__sync_fetch_and_add(&xdp_other_runs, 1);
	return XDP_PASS;
}

COUNTED(tc);
SEC("tc")
int count_tc(void *ctx)
{
	__sync_fetch_and_add(&tc_runs, 1);
	return TC_ACT_OK;
}

/* The order in which the two below run: each leaves its mark on the packet, and writes down the mark that it found. */
__u64 first_saw;
__u64 second_saw;

COUNTED(tcx);
SEC("tcx/ingress")
int count_tcx(struct __sk_buff *packet)
{
	__sync_fetch_and_add(&tcx_runs, 1);
	first_saw = packet->mark;
	packet->mark = 1;
	return TC_ACT_UNSPEC;
}

SEC("tcx/ingress")
int second_tcx(struct __sk_buff *packet)
{
	second_saw = packet->mark;
	packet->mark = 2;
	return TC_ACT_UNSPEC;
}

COUNTED(tcx_egress);
SEC("tcx/egress")
int count_tcx_egress(void *ctx)
{
	__sync_fetch_and_add(&tcx_egress_runs, 1);
	return TC_ACT_UNSPEC;
}

COUNTED(netfilter);
SEC("netfilter")
int count_netfilter(void *ctx)
{
	__sync_fetch_and_add(&netfilter_runs, 1);
	return NF_ACCEPT;
}

COUNTED(cgroup_skb);
SEC("cgroup_skb/egress")
int count_cgroup_skb(void *ctx)
{
	__sync_fetch_and_add(&cgroup_skb_runs, 1);
	return ALLOWED;
}

COUNTED(cgroup_sock);
SEC("cgroup/sock_create")
int count_cgroup_sock(void *ctx)
{
	__sync_fetch_and_add(&cgroup_sock_runs, 1);
	return ALLOWED;
}

COUNTED(connect4);
SEC("cgroup/connect4")
int count_connect4(void *ctx)
{
	__sync_fetch_and_add(&connect4_runs, 1);
	return ALLOWED;
}

COUNTED(sysctl);
SEC("cgroup/sysctl")
int count_sysctl(void *ctx)
{
	__sync_fetch_and_add(&sysctl_runs, 1);
	return ALLOWED;
}

COUNTED(device);
SEC("cgroup/dev")
int count_device(void *ctx)
{
	__sync_fetch_and_add(&device_runs, 1);
	return ALLOWED;
}

COUNTED(setsockopt);
SEC("cgroup/setsockopt")
int count_setsockopt(void *ctx)
{
	__sync_fetch_and_add(&setsockopt_runs, 1);
	return ALLOWED;
}

COUNTED(sockops);
SEC("sockops")
int count_sockops(void *ctx)
{
	__sync_fetch_and_add(&sockops_runs, 1);
	return ALLOWED;
}

COUNTED(sk_lookup);
SEC("sk_lookup")
int count_sk_lookup(void *ctx)
{
	__sync_fetch_and_add(&sk_lookup_runs, 1);
	return SK_PASS;
}

COUNTED(flow_dissector);
SEC("flow_dissector")
int count_flow_dissector(void *ctx)
{
	__sync_fetch_and_add(&flow_dissector_runs, 1);
	return 0;
}

COUNTED(sk_msg);
SEC("sk_msg")
int count_sk_msg(void *ctx)
{
	__sync_fetch_and_add(&sk_msg_runs, 1);
	return SK_PASS;
}

COUNTED(sk_skb);
SEC("sk_skb/stream_verdict")
int count_sk_skb(void *ctx)
{
	__sync_fetch_and_add(&sk_skb_runs, 1);
	return SK_PASS;
}

COUNTED(socket_filter);
SEC("socket")
int count_socket_filter(void *ctx)
{
	__sync_fetch_and_add(&socket_filter_runs, 1);
	return -1;	/* all of it passes */
}

COUNTED(sk_reuseport);
SEC("sk_reuseport")
int count_sk_reuseport(void *ctx)
{
	__sync_fetch_and_add(&sk_reuseport_runs, 1);
	return SK_PASS;
}

COUNTED(perf_event);
SEC("perf_event")
int count_perf_event(void *ctx)
{
	__sync_fetch_and_add(&perf_event_runs, 1);
	return 0;
}

COUNTED(tracepoint);
SEC("tracepoint/syscalls/sys_enter_getppid")
int count_tracepoint(void *ctx)
{
	__sync_fetch_and_add(&tracepoint_runs, 1);
	return 0;
}

SEC("tp")
int any_tracepoint(void *ctx)
{
	__sync_fetch_and_add(&tracepoint_runs, 1);
	return 0;
}

COUNTED(raw_tracepoint);
SEC("raw_tp/sys_enter")
int count_raw_tracepoint(void *ctx)
{
	__sync_fetch_and_add(&raw_tracepoint_runs, 1);
	return 0;
}

SEC("raw_tp")
int any_raw_tracepoint(void *ctx)
{
	__sync_fetch_and_add(&raw_tracepoint_runs, 1);
	return 0;
}

SEC("tp_btf")
int BPF_PROG(any_tp_btf, struct pt_regs *regs, long call)
{
	__sync_fetch_and_add(&raw_tracepoint_runs, 1);
	return 0;
}

COUNTED(uprobe);
SEC("uprobe")
int count_uprobe(void *ctx)
{
	__sync_fetch_and_add(&uprobe_runs, 1);
	return 0;
}

COUNTED(uretprobe);
SEC("uretprobe")
int count_uretprobe(void *ctx)
{
	__sync_fetch_and_add(&uretprobe_runs, 1);
	return 0;
}

COUNTED(kprobe);
SEC("kprobe")
int count_kprobe(void *ctx)
{
	__sync_fetch_and_add(&kprobe_runs, 1);
	return 0;
}

COUNTED(fentry);
SEC("fentry/__x64_sys_getppid")
int BPF_PROG(count_fentry)
{
	__sync_fetch_and_add(&fentry_runs, 1);
	return 0;
}

SEC("syscall")
int called_by_name(void *ctx)
{
	return 42;
}

SEC("nobody/knows/this")
int unknown(void *ctx)
{
	return 0;
}
