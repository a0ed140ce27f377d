/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * gethostlatency - one event for each name of a host that a program has looked
 * up, as the program sees it.
 *
 * Why: a program that is slow to connect may be slow because of a name. Here is
 * the whole wait, with the hosts file, caches, every server that was tried and
 * every second that went by until one was given up.
 *
 * What the fields mean:
 *   duration	how long the program waited
 *   operation	the function of the C library that it called
 *   result	SUCCESS; what getaddrinfo() returned, by name; NOT_FOUND where the
 *		others found nothing, for they do not return why
 *   address	the first address that was found; :: if there is none
 *   host	the name as the program wrote it; empty if it asked for this machine's
 *		own addresses
 *
 * Not reported: programs that do not use the C library that this machine has:
 * those in Go and others that ask servers themselves (dnssnoop sees these), those
 * linked statically, and those in containers with a library of their own; other
 * functions, such as gethostbyname_r() and those that find a name for an address.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "packet.h"

#define HOST_BYTES	256

enum lookup_function {
	GETADDRINFO,
	GETHOSTBYNAME,
	GETHOSTBYNAME2,
};

/* The numbers are those of <netdb.h>, except for NOT_FOUND. */
enum lookup_result {
	SUCCESS = 0,
	NOT_FOUND = 1,
	EAI_BADFLAGS = -1,
	EAI_NONAME = -2,
	EAI_AGAIN = -3,
	EAI_FAIL = -4,
	EAI_NODATA = -5,
	EAI_FAMILY = -6,
	EAI_SOCKTYPE = -7,
	EAI_SERVICE = -8,
	EAI_ADDRFAMILY = -9,
	EAI_MEMORY = -10,
	EAI_SYSTEM = -11,
	EAI_OVERFLOW = -12,
	EAI_INTR = -104,
	EAI_IDN_ENCODE = -105,
};

struct gethostlatency_event {
	TASK_MEMBERS;
	bpfps_duration_t duration;
	enum lookup_function operation;
	enum lookup_result result;
	bpfps_ip_t address;
	bool truncated;
	char host[HOST_BYTES];
};

_Static_assert(offsetof(struct gethostlatency_event, host) == 81, "hidden padding");

BPFPS_HELP("Which names do programs look up, and how long do they wait for the address?",
	   "Watch-BpfEvent gethostlatency -Filter { $_.duration -gt 100ms -or $_.result -ne 'SUCCESS' }",
	   "Programs without this machine's C library: Go, static ones, most containers; gethostbyname_r().",
	   "1 us for each lookup, and what two uprobes cost");

BPFPS_TOOL("Reports every name of a host that a program looks up with the C library, and how long it waits.");

BPFPS_VARIABLE(bpfps_duration_t, least_ns, 0, "ns", "Only lookups that take at least this long.");

BPFPS_EVENTS(events, struct gethostlatency_event, 1 << 18);

struct call {
	__u64 begin;
	const char *host;
	void **result;	/* where getaddrinfo() puts what it found */
	enum lookup_function operation;
	__u32 padding;
};

CALLS_IN_PROGRESS(struct call);

/* The structs of <netdb.h> as 64-bit programs have them. */
struct address_info {
	__s32 flags, family, type, protocol;
	__u32 length, padding;
	const void *address;
};

struct host_entry {
	const char *name;
	void *aliases;
	__s32 family, length;
	__u8 **addresses;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs___x86 {
	unsigned long di;
	unsigned long cx;
	unsigned long ax;
};

struct pt_regs___arm64 {
	__u64 regs[31];
};

#pragma clang attribute pop

/*
 * The macros of <bpf/bpf_tracing.h> are for one architecture only. The registers
 * are read as any memory, because the compiler would choose between two addresses
 * in the context, which the verifier does not allow.
 */
#define read_register(registers, x86, arm64)							\
	(bpf_core_field_exists(((struct pt_regs___x86 *)(registers))->x86)			\
		? BPF_CORE_READ((struct pt_regs___x86 *)(registers), x86)			\
		: BPF_CORE_READ((struct pt_regs___arm64 *)(registers), regs[arm64]))

#define first_argument(registers)	((void *)read_register(registers, di, 0))
#define fourth_argument(registers)	((void *)read_register(registers, cx, 3))
#define result_of(registers)		read_register(registers, ax, 0)

static __always_inline int enter(enum lookup_function operation, const void *host, void *result)
{
	struct call call = { .host = host, .result = result, .operation = operation };

	if (!bpfps_is_target())
		return 0;
	call.begin = bpf_ktime_get_ns();
	begin_call(&call);
	return 0;
}

/* The first address of a list of getaddrinfo(). */
static __always_inline void read_list(bpfps_ip_t *address, void **result)
{
	struct address_info info = {};
	struct bpfps_endpoint end;
	void *first = NULL;

	bpf_probe_read_user(&first, sizeof(first), result);
	if (!bpf_probe_read_user(&info, sizeof(info), first) && fill_endpoint_of_user(info.address, &end))
		*address = end.address;
}

/* That of a host entry, which the other functions return. */
static __always_inline void read_entry(bpfps_ip_t *address, const void *from)
{
	struct host_entry entry = {};
	__u8 ipv4[4], *first = NULL;

	if (bpf_probe_read_user(&entry, sizeof(entry), from) || bpf_probe_read_user(&first, sizeof(first), entry.addresses))
		return;
	if (entry.family == AF_INET6)
		bpf_probe_read_user(address, sizeof(*address), first);
	else if (entry.family == AF_INET && !bpf_probe_read_user(ipv4, sizeof(ipv4), first))
		set_ipv4(address, ipv4);
}

static __always_inline void report(const struct call *call, __u64 ret, __u64 duration)
{
	struct gethostlatency_event event = {};
	__u64 bytes;
	long got;

	fill_task(&event);
	event.duration = duration;
	event.operation = call->operation;
	if (call->operation == GETADDRINFO) {
		event.result = (__s32)ret;
		if (!event.result)
			read_list(&event.address, call->result);
	} else {
		event.result = ret ? SUCCESS : NOT_FOUND;
		read_entry(&event.address, (void *)ret);
	}
	got = call->host ? bpf_probe_read_user_str(event.host, HOST_BYTES, call->host) : 1;
	event.truncated = got <= 0 || got == HOST_BYTES;
	if (got <= 0)
		got = 1;
	bytes = offsetof(struct gethostlatency_event, host) + got;
	if (bytes <= sizeof(event))
		bpfps_output(events, &event, bytes);
}

static __always_inline int leave(__u64 ret)
{
	struct call *call = current_call();
	__u64 duration;

	if (!call)
		return 0;
	duration = bpf_ktime_get_ns() - call->begin;
	if (duration >= least_ns)
		report(call, ret, duration);
	end_call();
	return 0;
}

SEC("uprobe/libc.so.6:getaddrinfo")
int getaddrinfo_enter(struct pt_regs *registers)
{
	return enter(GETADDRINFO, first_argument(registers), fourth_argument(registers));
}

SEC("uretprobe/libc.so.6:getaddrinfo")
int getaddrinfo_leave(struct pt_regs *registers)
{
	return leave(result_of(registers));
}

SEC("uprobe/libc.so.6:gethostbyname")
int gethostbyname_enter(struct pt_regs *registers)
{
	return enter(GETHOSTBYNAME, first_argument(registers), NULL);
}

SEC("uretprobe/libc.so.6:gethostbyname")
int gethostbyname_leave(struct pt_regs *registers)
{
	return leave(result_of(registers));
}

SEC("uprobe/libc.so.6:gethostbyname2")
int gethostbyname2_enter(struct pt_regs *registers)
{
	return enter(GETHOSTBYNAME2, first_argument(registers), NULL);
}

SEC("uretprobe/libc.so.6:gethostbyname2")
int gethostbyname2_leave(struct pt_regs *registers)
{
	return leave(result_of(registers));
}
