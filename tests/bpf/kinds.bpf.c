/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * kinds - the smallest program of every type, for tests that load each of them
 * apart from the others. What follows probe_ is the type's name.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define KIND(name, section) \
	SEC(section) int probe_##name(void *context) { return 1; }

KIND(socket_filter, "socket")
KIND(kprobe, "kprobe/bpf_fentry_test1")
KIND(sched_cls, "tc")
KIND(sched_act, "action")
KIND(tracepoint, "tracepoint/bpf_test_run/bpf_test_finish")
KIND(xdp, "xdp")
KIND(perf_event, "perf_event")
KIND(cgroup_skb, "cgroup_skb/ingress")
KIND(cgroup_sock, "cgroup/sock_create")
KIND(lwt_in, "lwt_in")
KIND(lwt_out, "lwt_out")
KIND(lwt_xmit, "lwt_xmit")
KIND(sock_ops, "sockops")
KIND(sk_skb, "sk_skb/stream_verdict")
KIND(cgroup_device, "cgroup/dev")
KIND(sk_msg, "sk_msg")
KIND(raw_tracepoint, "raw_tp/bpf_test_finish")
KIND(cgroup_sock_addr, "cgroup/connect4")
KIND(lwt_seg6local, "lwt_seg6local")
KIND(lirc_mode2, "lirc_mode2")
KIND(sk_reuseport, "sk_reuseport")
KIND(flow_dissector, "flow_dissector")
KIND(cgroup_sysctl, "cgroup/sysctl")
KIND(raw_tracepoint_writable, "raw_tp.w/bpf_test_finish")
KIND(cgroup_sockopt, "cgroup/getsockopt")
KIND(sk_lookup, "sk_lookup")
KIND(syscall, "syscall")

/* The ways of the types that have several, named after the way. */
KIND(kretprobe, "kretprobe/bpf_fentry_test1")
KIND(trace_raw_tp, "tp_btf/bpf_test_finish")
KIND(trace_iter, "iter/task")
KIND(trace_kprobe_multi, "kprobe.multi/bpf_fentry_test1")

SEC("fentry/bpf_fentry_test1") int probe_trace_fentry(void *context) { return 0; }
SEC("fexit/bpf_fentry_test1") int probe_trace_fexit(void *context) { return 0; }
SEC("fmod_ret/security_quotactl") int probe_modify_return(void *context) { return 0; }
SEC("lsm/quotactl") int probe_lsm_mac(void *context) { return 0; }
SEC("lsm_cgroup/socket_bind") int probe_lsm_cgroup(void *context) { return 1; }
