/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * tcptop - counts the bytes that each process sends and receives on each of its
 * TCP connections.
 *
 * Why: which program and which of its connections use the network now.
 *
 * Counted is what the calls of a program took and gave, when they return: data
 * that is on its way again, headers, and data that came in and was not read yet
 * do not count, nor does data that was only looked at (MSG_PEEK). Before Linux 6.3
 * it does.
 *
 * What the fields mean:
 *   comm	the name of the process, whatever its threads are called
 *   sent, received	bytes since the tool was started
 *
 * Connections that were closed stay in the table. When it is full, the bytes of
 * further ones are counted in uncounted_bytes; with connections = false, there is
 * one entry for each process.
 *
 * Not counted: data that splice() takes from a socket without a copy; before
 * Linux 6.5, data that sendfile() puts there. With MPTCP the data of a program is
 * counted once, at the ends of its first connection.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "socket.h"
#include "histogram.h"

#define MSG_PEEK	0x2
#define MSG_ERRQUEUE	0x2000

struct tcptop_connection {
	bpfps_pid_t pid;
	char comm[TASK_COMM_LEN];
	struct bpfps_endpoint source;
	struct bpfps_endpoint destination;
};

_Static_assert(sizeof(struct tcptop_connection) == 56, "hidden padding");

struct tcptop_bytes {
	__u64 sent;
	__u64 received;
};

BPFPS_HELP("Which processes and connections move the most data?",
	   "Watch-BpfEvent tcptop -Every 1s",
	   "Data moved by splice(); headers, and what is sent again.",
	   "0.25 us for each call that sends or receives");

BPFPS_TOOL("Counts the bytes that processes send and receive on each of their TCP connections.");

BPFPS_VARIABLE(bool, connections, true, "", "Count each connection; otherwise each process.");

/* Bytes that found no room in the table. */
__u64 uncounted_bytes;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct tcptop_connection);
	__type(value, struct tcptop_bytes);
} bytes SEC(".maps");

static __always_inline int count(struct sock *sk, __s32 sent, __s32 received)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct tcptop_connection connection = {};
	struct tcptop_bytes none = {};
	struct tcptop_bytes *counted;

	if (sent + received <= 0 || !bpfps_is_target() || !is_tcp_or_mptcp_socket(sk))
		return 0;
	connection.pid = bpf_get_current_pid_tgid() >> 32;
	BPF_CORE_READ_INTO(&connection.comm, task, group_leader, comm);
	if (connections)
		fill_endpoints(sk, &connection.source, &connection.destination);
	counted = find_or_make(&bytes, &connection, &none);
	if (!counted) {
		__sync_fetch_and_add(&uncounted_bytes, sent + received);
		return 0;
	}
	if (sent)
		__sync_fetch_and_add(&counted->sent, sent);
	else
		__sync_fetch_and_add(&counted->received, received);
	return 0;
}

SEC("tp_btf/sock_send_length") BPFPS_ONE_OF("send")
int BPF_PROG(send, struct sock *sk, int ret, int flags)
{
	return count(sk, ret, 0);
}

SEC("fexit/tcp_sendmsg") BPFPS_ONE_OF("send")
int BPF_PROG(send_function, struct sock *sk, void *message, unsigned long size, int ret)
{
	return count(sk, ret, 0);
}

SEC("tp_btf/sock_recv_length") BPFPS_ONE_OF("receive")
int BPF_PROG(receive, struct sock *sk, int ret, int flags)
{
	return flags & (MSG_PEEK | MSG_ERRQUEUE) ? 0 : count(sk, 0, ret);
}

SEC("fentry/tcp_cleanup_rbuf") BPFPS_ONE_OF("receive")
int BPF_PROG(receive_function, struct sock *sk, int copied)
{
	return count(sk, 0, copied);
}
