/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * socket.h - what tools about the network read of a socket: its two ends, its
 * state, and whose it is. Include it after kernel.h, the headers of libbpf, and
 * bpfps.h.
 *
 * The source is always the end on this machine, whoever began the connection,
 * and the destination the other one.
 */
#ifndef BPFPS_SOCKET_H
#define BPFPS_SOCKET_H

#include <bpf/bpf_endian.h>

enum {
	AF_UNSPEC = 0,
	AF_INET = 2,
	AF_INET6 = 10,
};

enum {
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	IPPROTO_MPTCP = 262,
};

/* The states of a TCP socket, and with the same numbers of a few others. */
enum tcp_state {
	ESTABLISHED = 1,
	SYN_SENT = 2,
	SYN_RECV = 3,
	FIN_WAIT1 = 4,
	FIN_WAIT2 = 5,
	TIME_WAIT = 6,
	CLOSE = 7,
	CLOSE_WAIT = 8,
	LAST_ACK = 9,
	LISTEN = 10,
	CLOSING = 11,
	NEW_SYN_RECV = 12,
};

/* What a program has done with a socket. */
typedef enum {
	SS_FREE = 0,
	SS_UNCONNECTED,
	SS_CONNECTING,
	SS_CONNECTED,
	SS_DISCONNECTING,
} socket_state;

#define S_IFMT	0170000
#define S_IFSOCK	0140000

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr;	/* absent in a kernel without IPv6 */
	struct in6_addr skc_v6_rcv_saddr;
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	struct socket *sk_socket;	/* NULL before accept(), and after close() */
	__u32 sk_ack_backlog;	/* of one that listens: connections that wait to be accepted */
	int sk_err;
	__u16 sk_type;
	__u16 sk_protocol;
	struct {
		unsigned int val;
	} sk_uid;		/* of who made the socket, or had it made */
};

struct inet_sock {
	__be16 inet_sport;
};

struct socket {
	socket_state state;
	struct file *file;
	struct sock *sk;
};

struct inode {
	unsigned short i_mode;
};

struct file {
	void *private_data;
	struct inode *f_inode;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct___files {
	struct files_struct *files;
};

#pragma clang attribute pop

/* What bind() and connect() are given: the beginnings of struct sockaddr_in and sockaddr_in6. */
struct sockaddr_ipv4 {
	__u16 family;
	__be16 port;
	__u8 address[4];
};

struct sockaddr_ipv6 {
	__u16 family;
	__be16 port;
	__be32 flow;
	__u8 address[16];
};

#define socket_state(sk)	BPF_CORE_READ(sk, __sk_common.skc_state)
#define socket_family(sk)	BPF_CORE_READ(sk, __sk_common.skc_family)
#define socket_protocol(sk)	BPF_CORE_READ(sk, sk_protocol)

static __always_inline bool is_internet_family(__u16 family)
{
	return family == AF_INET || family == AF_INET6;
}

/* Whether the socket is one of TCP over IPv4 or IPv6. */
static __always_inline bool is_tcp_socket(struct sock *sk)
{
	return is_internet_family(socket_family(sk)) && socket_protocol(sk) == IPPROTO_TCP;
}

/* Whether a program uses the socket for TCP or MPTCP; what MPTCP sends goes through further sockets, which are of TCP. */
static __always_inline bool is_tcp_or_mptcp_socket(struct sock *sk)
{
	__u16 protocol = socket_protocol(sk);

	return is_internet_family(socket_family(sk)) && (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP);
}

/* Makes ::ffff:a.b.c.d of an IPv4 address. */
static __always_inline void set_ipv4(bpfps_ip_t *to, const void *bytes)
{
	__builtin_memset(to->bytes, 0, 10);
	to->bytes[10] = to->bytes[11] = 0xff;
	__builtin_memcpy(to->bytes + 12, bytes, 4);
}

/*
 * The number of the port on this machine, in network byte order. A socket that
 * closes has given up skc_num by the time its state changes, but not inet_sport;
 * the small ones of a handshake and of TIME_WAIT have only skc_num.
 */
static __always_inline __be16 local_port(struct sock *sk)
{
	__u16 number = BPF_CORE_READ(sk, __sk_common.skc_num);
	__u8 state = socket_state(sk);

	if (number || state == NEW_SYN_RECV || state == TIME_WAIT)
		return bpf_htons(number);
	return BPF_CORE_READ((struct inet_sock *)sk, inet_sport);
}

/* Sets both ends of a socket of IPv4 or IPv6; those of any other are zero. What is not known yet is zero, too. */
static __always_inline void fill_endpoints(struct sock *sk, struct bpfps_endpoint *source, struct bpfps_endpoint *destination)
{
	__u16 family = socket_family(sk);
	__be32 address;

	__builtin_memset(source, 0, sizeof(*source));
	__builtin_memset(destination, 0, sizeof(*destination));
	if (!is_internet_family(family))
		return;
	source->port = local_port(sk);
	destination->port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	if (family == AF_INET) {
		address = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		set_ipv4(&source->address, &address);
		address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		set_ipv4(&destination->address, &address);
	} else if (bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		BPF_CORE_READ_INTO(&source->address, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&destination->address, sk, __sk_common.skc_v6_daddr);
	}
}

/* Sets an end from a sockaddr that was read. False if it is not one of IPv4 or IPv6. */
static __always_inline bool fill_endpoint(const struct sockaddr_ipv6 *given, struct bpfps_endpoint *end)
{
	if (given->family == AF_INET)
		set_ipv4(&end->address, &((const struct sockaddr_ipv4 *)given)->address);
	else if (given->family == AF_INET6)
		__builtin_memcpy(end->address.bytes, given->address, sizeof(given->address));
	else
		return false;
	end->port = given->port;
	return true;
}

/* Sets an end from a sockaddr of the current process. False if it is not one of IPv4 or IPv6, or cannot be read. */
static __always_inline bool fill_endpoint_of_user(const void *address, struct bpfps_endpoint *end)
{
	struct sockaddr_ipv6 given = {};

	__builtin_memset(end, 0, sizeof(*end));
	if (bpf_probe_read_user(&given, sizeof(struct sockaddr_ipv4), address))
		return false;
	if (given.family == AF_INET6 && bpf_probe_read_user(&given, sizeof(given), address))
		return false;
	return fill_endpoint(&given, end);
}

/* The same from a sockaddr of the kernel. */
static __always_inline bool fill_endpoint_of_kernel(const void *address, struct bpfps_endpoint *end)
{
	struct sockaddr_ipv6 given = {};

	__builtin_memset(end, 0, sizeof(*end));
	if (bpf_probe_read_kernel(&given, sizeof(struct sockaddr_ipv4), address))
		return false;
	if (given.family == AF_INET6 && bpf_probe_read_kernel(&given, sizeof(given), address))
		return false;
	return fill_endpoint(&given, end);
}

/* The socket struct behind a file descriptor of the current process; NULL if that is not a socket. */
static __always_inline struct socket *socket_of_descriptor(__s32 fd)
{
	struct task_struct___files *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct socket *socket;
	struct file **files, *file = NULL;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	/* A file that was opened with O_PATH has no socket. */
	socket = BPF_CORE_READ(file, private_data);
	return socket && BPF_CORE_READ(socket, file) == file ? socket : NULL;
}

/* The same, and then what the protocols work on. */
static __always_inline struct sock *sock_of_descriptor(__s32 fd)
{
	struct socket *socket = socket_of_descriptor(fd);

	return socket ? BPF_CORE_READ(socket, sk) : NULL;
}

/*
 * Whether the current task works on the socket: connects, sends, closes. If not, it is the one that a packet or a timer
 * interrupted, and has nothing to do with it. A task takes the socket for itself while it works on it, and what comes in
 * in the meantime waits until that same task lets go of it.
 */
static __always_inline bool is_current_working_on(struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_lock.owned);
}

#endif /* BPFPS_SOCKET_H */
