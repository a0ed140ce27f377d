/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * bindsnoop - one event for each address and port that a socket is bound to, or
 * is not.
 *
 * Why: who has taken this port, why does a server not get its own ("address
 * already in use"), and which ports does a program open.
 *
 * What the fields mean:
 *   ret	Success, or why it failed
 *   fd		the socket's descriptor
 *   source	the address and port that it has now; if it failed, those that it was
 *		to have. The address 0.0.0.0 or :: means all of this machine's.
 *   requested_port	the port that was asked for; 0: any, and the kernel chose one
 *   flags	which sharing the socket allowed before: REUSEADDR, REUSEPORT (several
 *		sockets on one port), V6ONLY (not for IPv4 as well)
 *   ifindex	the interface that it is limited to (SO_BINDTODEVICE); 0 for all
 *   path	of a UNIX socket; one that begins with @ is a name that no file has
 *
 * Not reported: ports that the kernel gives a socket by itself, when it connects
 * or sends without having been bound; calls of 32-bit programs on a 64-bit
 * kernel; sockets that io_uring or the kernel itself binds.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "packet.h"
#include "bound.h"

enum bind_flags {
	REUSEADDR = 1,
	REUSEPORT = 2,
	V6ONLY = 4,
};

struct bindsnoop_event {
	TASK_MEMBERS;
	BOUND_MEMBERS;
	bpfps_port_t requested_port;
	enum bind_flags flags;
	__u32 ifindex;
	char path[UNIX_PATH_BYTES + 1];
};

_Static_assert(offsetof(struct bindsnoop_event, path) == 96, "hidden padding");

BPFPS_HELP("Who has taken this port, and why does a server not get its own?",
	   "Watch-BpfEvent bindsnoop -Filter { $_.source.port -eq 8080 }",
	   "Ports that the kernel gives to sockets that were never bound; calls of 32-bit programs; io_uring.",
	   "1 us for each call");

BPFPS_TOOL("Reports every address and port that a socket is bound to, and every attempt that fails.");

BPFPS_VARIABLE(bool, failed, false, "", "Only attempts that fail.");
BPFPS_VARIABLE(bool, other_families, false, "", "Also sockets that are not of IPv4 or IPv6, such as UNIX sockets.");

BPFPS_EVENTS(events, struct bindsnoop_event, 1 << 18);

struct call {
	const void *address;
	__s32 fd;
	__u32 length;
};

CALLS_IN_PROGRESS(struct call);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sock_common___bind {
	unsigned char skc_reuse:4;
	unsigned char skc_reuseport:1;
	unsigned char skc_ipv6only:1;
	int skc_bound_dev_if;
};

struct sock___bind {
	struct sock_common___bind __sk_common;
};

#pragma clang attribute pop

static __always_inline void read_options(struct bindsnoop_event *event, void *sk)
{
	struct sock___bind *socket = sk;

	event->ifindex = BPF_CORE_READ(socket, __sk_common.skc_bound_dev_if);
	if (BPF_CORE_READ_BITFIELD_PROBED(socket, __sk_common.skc_reuse))
		event->flags |= REUSEADDR;
	if (BPF_CORE_READ_BITFIELD_PROBED(socket, __sk_common.skc_reuseport))
		event->flags |= REUSEPORT;
	if (BPF_CORE_READ_BITFIELD_PROBED(socket, __sk_common.skc_ipv6only))
		event->flags |= V6ONLY;
}

SEC("tracepoint/syscalls/sys_enter_bind")
int bind_enter(struct trace_event_raw_sys_enter *ctx)
{
	struct call call = { .fd = ctx->args[0], .address = (void *)ctx->args[1], .length = ctx->args[2] };

	if (!bpfps_is_target())
		return 0;
	begin_call(&call);
	return 0;
}

static __always_inline void report(const struct call *call, long ret)
{
	struct bindsnoop_event event = {};
	struct sock *sk = sock_of_descriptor(call->fd);
	struct bpfps_endpoint requested;
	__u32 path_bytes = 0;
	__u16 family = 0;

	bpf_probe_read_user(&family, sizeof(family), call->address);
	fill_endpoint_of_user(call->address, &requested);
	event.family = family;
	if (sk) {
		fill_bound(&event, sk);
		read_options(&event, sk);
	}
	if (!is_wanted_family(event.family, other_families))
		return;
	fill_task(&event);
	event.ret = ret;
	event.fd = call->fd;
	event.requested_port = requested.port;
	if (ret)
		event.source = requested;
	if (event.family == UNIX)
		path_bytes = ret ? read_path_of_user(event.path, call->address, call->length) : read_path_of_socket(event.path, sk);
	output_bound(&event, path_bytes);
}

SEC("tracepoint/syscalls/sys_exit_bind")
int bind_leave(struct trace_event_raw_sys_exit *ctx)
{
	struct call *call = current_call();

	if (!call)
		return 0;
	if (!failed || ctx->ret)
		report(call, ctx->ret);
	end_call();
	return 0;
}
