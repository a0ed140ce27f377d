/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * bound.h - what bindsnoop and listensnoop say of a socket: its kind, and the
 * address and port, or the path, that it is bound to. Include it after packet.h.
 */
#ifndef BPFPS_BOUND_H
#define BPFPS_BOUND_H

/* The numbers are ABI. */
enum address_family {
	UNIX = 1,
	INET = 2,
	INET6 = 10,
	NETLINK = 16,
	PACKET = 17,
	BLUETOOTH = 31,
	ALG = 38,
	VSOCK = 40,
	XDP = 44,
};

enum socket_type {
	STREAM = 1,
	DGRAM = 2,
	RAW = 3,
	RDM = 4,
	SEQPACKET = 5,
};

#define UNIX_PATH_BYTES	108	/* what struct sockaddr_un has */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct unix_address {
	int len;	/* with the two bytes of the family */
	struct {
		__u16 sun_family;
		char sun_path[UNIX_PATH_BYTES];
	} name[0];
};

struct unix_sock {
	struct unix_address *addr;
};

#pragma clang attribute pop

/* What both events say of the socket, behind the task. */
#define BOUND_MEMBERS				\
	bpfps_errno_t ret;			\
	__s32 fd;				\
	enum address_family family;		\
	enum socket_type type;			\
	enum ip_protocol protocol;		\
	struct bpfps_endpoint source

/*
 * The path of a UNIX socket; both return how many bytes of it there are. What has
 * no path but a name that is not in the file system begins with '@', as ss shows it.
 */
static __always_inline __u32 show_abstract(char *path, __u32 bytes)
{
	if (bytes && !path[0])
		path[0] = '@';
	return bytes;
}

/* The path that a process passed. */
static __always_inline __u32 read_path_of_user(char *path, const void *address, __u32 length)
{
	__u64 bytes = length - sizeof(__u16);

	barrier_var(bytes);	/* Linux 6.1 has to see one value, whose limits it knows */
	if (bytes > UNIX_PATH_BYTES || bpf_probe_read_user(path, bytes, address + sizeof(__u16)))
		return 0;
	return show_abstract(path, bytes);
}

/* The path that a socket has. */
static __always_inline __u32 read_path_of_socket(char *path, struct sock *sk)
{
	struct unix_address *address = BPF_CORE_READ((struct unix_sock *)sk, addr);
	__u64 bytes;

	if (!address)
		return 0;
	bytes = BPF_CORE_READ(address, len) - sizeof(__u16);
	barrier_var(bytes);
	if (bytes > UNIX_PATH_BYTES || bpf_probe_read_kernel(path, bytes, &address->name[0].sun_path))
		return 0;
	return show_abstract(path, bytes);
}

/* Sets the kind of socket, and the address and port that it has. */
#define fill_bound(event, sk)									\
	do {											\
		struct bpfps_endpoint destination_;						\
												\
		(event)->family = socket_family(sk);						\
		(event)->type = BPF_CORE_READ(sk, sk_type);					\
		(event)->protocol = socket_protocol(sk);					\
		fill_endpoints(sk, &(event)->source, &destination_);				\
	} while (0)

/* Sends an event with the used bytes of its path, and the NUL behind them. */
#define output_bound(event, path_bytes)								\
	do {											\
		__u64 bytes_ = offsetof(__typeof__(*(event)), path) + (path_bytes) + 1;		\
												\
		if (bytes_ <= sizeof(*(event)))							\
			bpfps_output(events, event, bytes_);					\
	} while (0)

/* Whether sockets of a family are reported. */
static __always_inline bool is_wanted_family(__u32 family, bool others)
{
	return others || is_internet_family(family);
}

#endif /* BPFPS_BOUND_H */
