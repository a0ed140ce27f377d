/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/* cgroup_hooks - a program for each way to attach to a cgroup that bpftool has a word for, named after the way. */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define HOOK(name, section) \
	SEC(section) int probe_##name(void *context) { return 1; }

HOOK(cgroup_inet_ingress, "cgroup_skb/ingress")
HOOK(cgroup_inet_egress, "cgroup_skb/egress")
HOOK(cgroup_inet_sock_create, "cgroup/sock_create")
HOOK(cgroup_inet_sock_release, "cgroup/sock_release")
HOOK(cgroup_sock_ops, "sockops")
HOOK(cgroup_device, "cgroup/dev")
HOOK(cgroup_inet4_bind, "cgroup/bind4")
HOOK(cgroup_inet6_bind, "cgroup/bind6")
HOOK(cgroup_inet4_post_bind, "cgroup/post_bind4")
HOOK(cgroup_inet6_post_bind, "cgroup/post_bind6")
HOOK(cgroup_inet4_connect, "cgroup/connect4")
HOOK(cgroup_inet6_connect, "cgroup/connect6")
HOOK(cgroup_inet4_getpeername, "cgroup/getpeername4")
HOOK(cgroup_inet6_getpeername, "cgroup/getpeername6")
HOOK(cgroup_inet4_getsockname, "cgroup/getsockname4")
HOOK(cgroup_inet6_getsockname, "cgroup/getsockname6")
HOOK(cgroup_udp4_sendmsg, "cgroup/sendmsg4")
HOOK(cgroup_udp6_sendmsg, "cgroup/sendmsg6")
HOOK(cgroup_udp4_recvmsg, "cgroup/recvmsg4")
HOOK(cgroup_udp6_recvmsg, "cgroup/recvmsg6")
HOOK(cgroup_sysctl, "cgroup/sysctl")
HOOK(cgroup_getsockopt, "cgroup/getsockopt")
HOOK(cgroup_setsockopt, "cgroup/setsockopt")
