/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * socket_owner.h - whose a TCP socket is. Include it after task.h and socket.h.
 *
 * Most of what happens to a connection happens while some task or other is
 * interrupted, so who it belongs to has to be known from before: it is the process
 * that connected; that accepted; or else the first one that is seen to work on it,
 * at the latest to close it. Until a connection is accepted it belongs to the
 * process that listens there, if that was seen to begin to, or to accept.
 *
 * Each tool calls follow_owner() first when a state changes, and forget_owner()
 * when it has reported that a socket is closed. The programs for accept() are
 * here. A tool that is restricted keeps only owners that are wanted, so that a
 * socket without an owner is then not reported.
 *
 * A tool that needs owners only to know what is wanted defines OWNERS_ONLY_TO_RESTRICT
 * first: nothing is done for them then as long as everything is wanted.
 *
 * accept() of 32-bit programs on a 64-bit kernel and through io_uring is not seen:
 * what they accept belongs to the process that listens until they work on it.
 */
#ifndef BPFPS_SOCKET_OWNER_H
#define BPFPS_SOCKET_OWNER_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

/* More members of struct sock. */
struct sock_common___owner {
	struct {
		struct net *net;
	} skc_net;
};

struct sock___owner {
	struct sock_common___owner __sk_common;
	struct sock_cgroup_data sk_cgrp_data;
};

#pragma clang attribute pop

struct socket_owner {
	TASK_MEMBERS;
	__u64 only_listens;	/* the socket was not accepted yet: this process listens there */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct socket_owner);
} owners SEC(".maps") BPFPS_INTERNAL;

/* Where processes listen. */
struct listening_place {
	__u64 network_namespace;
	struct bpfps_endpoint end;
	__u8 padding[6];
};

_Static_assert(sizeof(struct listening_place) == 32, "hidden padding");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct listening_place);
	__type(value, struct socket_owner);
} listeners SEC(".maps") BPFPS_INTERNAL;

/* Sockets and places that found no room there. */
__u64 owners_missed;

static __always_inline bool are_owners_needed(void)
{
#ifdef OWNERS_ONLY_TO_RESTRICT
	return bpfps_target_kinds;
#else
	return true;
#endif
}

static __always_inline struct socket_owner *owner_of(struct sock *sk)
{
	__u64 key = (__u64)sk;

	return bpf_map_lookup_elem(&owners, &key);
}

static __always_inline void forget_owner(struct sock *sk)
{
	__u64 key = (__u64)sk;

	bpf_map_delete_elem(&owners, &key);
}

/* Whether what happens to a socket with this owner is to be reported. */
static __always_inline bool is_owner_wanted(const struct socket_owner *owner)
{
	return owner || !bpfps_target_kinds;
}

/* Sets the members that say who, and the time of now. Without an owner, the user and the cgroup are those of the socket. */
#define fill_owner(event, sk, owner)								\
	do {											\
		struct sock___owner *sock_ = (void *)(sk);					\
												\
		if (owner) {									\
			__builtin_memcpy(event, owner, offsetof(struct socket_owner, only_listens)); \
		} else {									\
			__builtin_memset(event, 0, offsetof(struct socket_owner, only_listens)); \
			(event)->uid = BPF_CORE_READ(sk, sk_uid.val);				\
			if (bpf_core_field_exists(sock_->sk_cgrp_data.cgroup))			\
				(event)->cgroup = BPF_CORE_READ(sock_, sk_cgrp_data.cgroup, kn, id); \
		}										\
		(event)->time = bpf_ktime_get_boot_ns();					\
	} while (0)

/* Makes the process of the current task the owner. */
static __attribute__((noinline)) int set_owner(struct sock *sk)
{
	struct socket_owner owner = {};
	__u64 key = (__u64)sk;

	if (!bpfps_is_target()) {
		bpf_map_delete_elem(&owners, &key);
		return 0;
	}
	fill_task(&owner);
	if (bpf_map_update_elem(&owners, &key, &owner, BPF_ANY))
		__sync_fetch_and_add(&owners_missed, 1);
	return 0;
}

/* The same, if the socket has no owner of its own yet. */
static __always_inline void find_owner(struct sock *sk)
{
	struct socket_owner *owner = owner_of(sk);

	if (!owner || owner->only_listens)
		set_owner(sk);
}

static __always_inline void fill_place(struct sock *sk, struct listening_place *place)
{
	struct bpfps_endpoint other;

	__builtin_memset(place, 0, sizeof(*place));
	place->network_namespace = (__u64)BPF_CORE_READ((struct sock___owner *)sk, __sk_common.skc_net.net);
	fill_endpoints(sk, &place->end, &other);
}

/* Notes that the process of the current task listens with this socket. */
static __attribute__((noinline)) int note_listener(struct sock *sk)
{
	struct socket_owner owner = { .only_listens = 1 };
	struct socket_owner *known;
	struct listening_place place;

	fill_place(sk, &place);
	if (!bpfps_is_target()) {
		bpf_map_delete_elem(&listeners, &place);
		return 0;
	}
	known = bpf_map_lookup_elem(&listeners, &place);
	if (known && known->pid == bpf_get_current_pid_tgid() >> 32)
		return 0;
	fill_task(&owner);
	if (bpf_map_update_elem(&listeners, &place, &owner, BPF_ANY))
		__sync_fetch_and_add(&owners_missed, 1);
	return 0;
}

static __attribute__((noinline)) int forget_listener(struct sock *sk)
{
	struct listening_place place;

	fill_place(sk, &place);
	bpf_map_delete_elem(&listeners, &place);
	return 0;
}

/* The process that listens where this socket is: at its address, at any one of IPv4, or at any one. */
static __always_inline struct socket_owner *find_listener(struct sock *sk)
{
	struct socket_owner *found;
	struct listening_place place;
	__u8 none[4] = {};

	fill_place(sk, &place);
	found = bpf_map_lookup_elem(&listeners, &place);
	if (found)
		return found;
	set_ipv4(&place.end.address, none);
	found = bpf_map_lookup_elem(&listeners, &place);
	if (found)
		return found;
	__builtin_memset(&place.end.address, 0, sizeof(place.end.address));
	return bpf_map_lookup_elem(&listeners, &place);
}

/* A new socket is the one that listens in all but its state, for a moment. */
static __attribute__((noinline)) int inherit_owner(struct sock *sk)
{
	struct socket_owner *listener = find_listener(sk);
	__u64 key = (__u64)sk;

	if (!listener)
		bpf_map_delete_elem(&owners, &key);
	else if (bpf_map_update_elem(&owners, &key, listener, BPF_ANY))
		__sync_fetch_and_add(&owners_missed, 1);
	return 0;
}

static __always_inline void follow_owner(struct sock *sk, int old, int state)
{
	if (!are_owners_needed())
		return;
	if (old == LISTEN && state == SYN_RECV) {
		inherit_owner(sk);
	} else if (old == LISTEN) {
		forget_listener(sk);
	} else if (state == LISTEN) {
		set_owner(sk);
		note_listener(sk);
	} else if (state == SYN_SENT) {
		set_owner(sk);
	} else if (is_current_working_on(sk)) {
		find_owner(sk);
	}
}

static __always_inline int owner_accepts(__s32 fd)
{
	struct sock *sk = are_owners_needed() ? sock_of_descriptor(fd) : NULL;

	if (sk && is_tcp_socket(sk) && socket_state(sk) == LISTEN)
		note_listener(sk);
	return 0;
}

static __always_inline int owner_has_accepted(long fd)
{
	struct sock *sk = fd >= 0 && are_owners_needed() ? sock_of_descriptor(fd) : NULL;

	/* A socket that is closed already may never be heard of again. */
	if (sk && is_tcp_socket(sk) && (socket_state(sk) != CLOSE || owner_of(sk)))
		set_owner(sk);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_accept")
int accept_enter(struct trace_event_raw_sys_enter *call)
{
	return owner_accepts(call->args[0]);
}

SEC("tracepoint/syscalls/sys_exit_accept")
int accept_leave(struct trace_event_raw_sys_exit *call)
{
	return owner_has_accepted(call->ret);
}

SEC("tracepoint/syscalls/sys_enter_accept4")
int accept4_enter(struct trace_event_raw_sys_enter *call)
{
	return owner_accepts(call->args[0]);
}

SEC("tracepoint/syscalls/sys_exit_accept4")
int accept4_leave(struct trace_event_raw_sys_exit *call)
{
	return owner_has_accepted(call->ret);
}

/*
 * OWNERS_BY_SENDING: programs that make the process that sends the owner of a socket whose owner is not known. They are for
 * tools about connections that may have been there before. Without sock_send_length (Linux 6.3) and fentry, owners of such
 * are known only when they close.
 */
#define OWNERS_BY_SENDING						\
	static __always_inline int owner_sends(struct sock *sk)		\
	{								\
		if (are_owners_needed() && bpfps_is_target() && is_tcp_socket(sk) && \
		    socket_state(sk) != CLOSE)				\
			find_owner(sk);					\
		return 0;						\
	}								\
									\
	SEC("tp_btf/sock_send_length") BPFPS_ONE_OF("send")		\
	int BPF_PROG(send, struct sock *sk)				\
	{								\
		return owner_sends(sk);					\
	}								\
									\
	SEC("fentry/tcp_sendmsg") BPFPS_ONE_OF("send")			\
	int BPF_PROG(send_function, struct sock *sk)			\
	{								\
		return owner_sends(sk);					\
	}								\
	_Static_assert(true, "a semicolon follows")

#endif /* BPFPS_SOCKET_OWNER_H */
