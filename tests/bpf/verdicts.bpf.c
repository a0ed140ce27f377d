/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * verdicts - a program for each kind of cgroup hook, which counts its runs.
 *
 * Serves the property "each kind of cgroup program runs for the processes in
 * it". verdicts.c does what each of them is asked about.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#define HOOK(name, section) \
	__u64 name##_runs; \
	SEC(section) int name(void *context) { __sync_fetch_and_add(&name##_runs, 1); return 1; }

HOOK(ingress, "cgroup_skb/ingress")
HOOK(egress, "cgroup_skb/egress")
HOOK(sock_create, "cgroup/sock_create")
HOOK(sock_release, "cgroup/sock_release")
HOOK(post_bind4, "cgroup/post_bind4")
HOOK(post_bind6, "cgroup/post_bind6")
HOOK(bind4, "cgroup/bind4")
HOOK(bind6, "cgroup/bind6")
HOOK(connect4, "cgroup/connect4")
HOOK(connect6, "cgroup/connect6")
HOOK(sendmsg4, "cgroup/sendmsg4")
HOOK(sendmsg6, "cgroup/sendmsg6")
HOOK(recvmsg4, "cgroup/recvmsg4")
HOOK(recvmsg6, "cgroup/recvmsg6")
HOOK(getpeername4, "cgroup/getpeername4")
HOOK(getpeername6, "cgroup/getpeername6")
HOOK(getsockname4, "cgroup/getsockname4")
HOOK(getsockname6, "cgroup/getsockname6")
HOOK(sysctl, "cgroup/sysctl")
HOOK(device, "cgroup/dev")
HOOK(operations, "sockops")
HOOK(connect_unix, "cgroup/connect_unix")
HOOK(sendmsg_unix, "cgroup/sendmsg_unix")
HOOK(recvmsg_unix, "cgroup/recvmsg_unix")
HOOK(getpeername_unix, "cgroup/getpeername_unix")
HOOK(getsockname_unix, "cgroup/getsockname_unix")

/* The context of the two below (include/uapi/linux/bpf.h). */
struct bpf_sockopt {
	__u64 sk;
	void *optval;
	void *optval_end;
	__s32 level;
	__s32 optname;
	__s32 optlen;
	__s32 retval;
};

enum {
	SOL_SOCKET = 1,
	SO_PRIORITY = 12,
	SO_MARK = 36,
	IPPROTO_IP = 0,
	IP_TTL = 2,
};

/* Forbids SO_MARK, and makes every priority a 3. */
__u64 setsockopt_runs;
SEC("cgroup/setsockopt")
int set_option(struct bpf_sockopt *option)
{
	__u32 *value = option->optval;

	__sync_fetch_and_add(&setsockopt_runs, 1);
	if (option->level == SOL_SOCKET && option->optname == SO_MARK)
		return 0;
	if (option->level == SOL_SOCKET && option->optname == SO_PRIORITY && (void *)(value + 1) <= option->optval_end)
		*value = 3;
	else
		option->optlen = option->optlen > 4096 ? 0 : option->optlen;
	return 1;
}

/* Says that every packet lives for 77 hops. */
__u64 getsockopt_runs;
SEC("cgroup/getsockopt")
int get_option(struct bpf_sockopt *option)
{
	__u32 *value = option->optval;

	__sync_fetch_and_add(&getsockopt_runs, 1);
	if (option->level == IPPROTO_IP && option->optname == IP_TTL && (void *)(value + 1) <= option->optval_end)
		*value = 77;
	return 1;
}

/* Forbids to bind sockets, and nothing else. */
__u64 lsm_runs;
SEC("lsm_cgroup/socket_bind")
int forbid_bind(void *context)
{
	__sync_fetch_and_add(&lsm_runs, 1);
	return 0;
}

SEC("lsm_cgroup")
int forbid_anything(void *context)
{
	__sync_fetch_and_add(&lsm_runs, 1);
	return 0;
}
