/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * redirect - sends packets to another interface or CPU, where programs in the
 * maps' entries see them; and programs of routes, which count.
 *
 * Serves the property "what something else puts in place is loaded, and runs
 * once it is there".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct xdp_md;

enum {
	XDP_PASS = 2,
	BPF_OK = 0,
	BPF_MAP_TYPE_DEVMAP = 14,
	BPF_MAP_TYPE_CPUMAP = 16,
};

struct to_device {
	__u32 ifindex;
	int program;
};

struct to_cpu {
	__u32 queue_size;
	int program;
};

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct to_device));
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct to_cpu));
} cpus SEC(".maps");

__u64 device_runs;
__u64 cpu_runs;
__u64 in_runs;
__u64 out_runs;
__u64 xmit_runs;
__u64 local_runs;

#define COUNT(section, name, counter, verdict) \
	SEC(section) int name(void *context) { __sync_fetch_and_add(&counter, 1); return verdict; }

SEC("xdp")
int to_the_device(struct xdp_md *packet)
{
	return bpf_redirect_map(&devices, 0, XDP_PASS);
}

SEC("xdp")
int to_the_cpu(struct xdp_md *packet)
{
	return bpf_redirect_map(&cpus, 0, XDP_PASS);
}

COUNT("xdp/devmap", at_the_device, device_runs, XDP_PASS)
COUNT("xdp/cpumap", at_the_cpu, cpu_runs, XDP_PASS)
COUNT("lwt_in", on_the_way_in, in_runs, BPF_OK)
COUNT("lwt_out", on_the_way_out, out_runs, BPF_OK)
COUNT("lwt_xmit", on_sending, xmit_runs, BPF_OK)
COUNT("lwt_seg6local", at_the_segment, local_runs, BPF_OK)
