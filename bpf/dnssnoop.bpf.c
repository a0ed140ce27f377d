/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * dnssnoop - one event for each name that a program asks a DNS server for: the
 * answer, or that there was none.
 *
 * Why: which program asks for which names, how long does it wait for the answer,
 * which server does not answer, which names do not exist.
 *
 * What the fields mean:
 *   pid, comm, ...	the task that sent the question. With a resolver of the machine
 *		in between (systemd-resolved, dnsmasq) there are two events: the
 *		program's question to that one, and that one's to the server.
 *   cgroup	that of the socket
 *   latency	from the question to the answer
 *   type	what was asked for: A is an IPv4 address, AAAA one of IPv6
 *   code	what the server said. NO_ANSWER: none within timeout_ns, or up to an
 *		eighth more.
 *   answers	the number of records in the answer
 *   address	the first address in it; :: if it has none
 *   incomplete	the answer did not fit; programs then ask again through TCP
 *   destination	the server
 *
 * A program that loses patience and asks once more in the same words is one event,
 * with the time since the first question.
 *
 * Not reported: names that are found in /etc/hosts or in a cache, without a
 * question (gethostlatency sees those); questions through TCP, TLS or HTTPS;
 * mDNS, whose answers go to everybody; what a kernel without cgroup2 sends.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "packet.h"

#define NAME_BYTES	256	/* the most that DNS allows is 255 */
#define STEPS		64	/* of looking for an address: records, and parts of names that are not abbreviated */
#define LOOKS		8	/* at the questions that have no answer yet, in the time that they have */
#define CLOCK_MONOTONIC	1
#define UDP_HEADER	8
#define PASS		1

enum dns_type {
	A = 1,
	NS = 2,
	CNAME = 5,
	SOA = 6,
	PTR = 12,
	MX = 15,
	TXT = 16,
	AAAA = 28,
	SRV = 33,
	NAPTR = 35,
	DS = 43,
	RRSIG = 46,
	DNSKEY = 48,
	TLSA = 52,
	SVCB = 64,
	HTTPS = 65,
	IXFR = 251,
	AXFR = 252,
	ANY = 255,
	CAA = 257,
};

enum dns_code {
	NOERROR = 0,
	FORMERR = 1,
	SERVFAIL = 2,
	NXDOMAIN = 3,
	NOTIMP = 4,
	REFUSED = 5,
	YXDOMAIN = 6,
	YXRRSET = 7,
	NXRRSET = 8,
	NOTAUTH = 9,
	NOTZONE = 10,
	NO_ANSWER = 65535,	/* not one of DNS */
};

struct dnssnoop_event {
	TASK_MEMBERS;
	bpfps_duration_t latency;
	enum dns_type type;
	enum dns_code code;
	__u32 answers;
	bpfps_ip_t address;
	struct bpfps_endpoint destination;
	bool incomplete;
	char name[NAME_BYTES];
};

_Static_assert(offsetof(struct dnssnoop_event, name) == 103, "hidden padding");

BPFPS_HELP("Which names are asked for, what is the answer, and how long does it take?",
	   "Watch-BpfEvent dnssnoop -Filter { $_.code -ne 'NOERROR' -or $_.latency -gt 100ms }",
	   "Names from /etc/hosts and caches; questions through TCP, TLS and HTTPS; mDNS.",
	   "1 us for each question and each answer; 0.1 us for each other packet");

BPFPS_TOOL("Reports every question to a DNS server, with the answer and how long it took.");

BPFPS_VARIABLE_IN(__u16, port, 53, 1, 65535, "", "The port of the servers.");
BPFPS_VARIABLE(bpfps_duration_t, timeout_ns, 5000000000, "ns", "A question without an answer for this long is reported as NO_ANSWER.");

BPFPS_EVENTS(events, struct dnssnoop_event, 1 << 20);

/* Questions that found no room in questions: more were open at once than it has entries. */
__u64 questions_missed;

struct question_key {
	__u64 socket;	/* its cookie: addresses can be translated on the way */
	__u64 id;
};

struct question {
	__u64 begin;
	__u32 bytes;		/* of the question in the packet */
	__u32 name_bytes;	/* of the name as text, with its NUL */
	struct dnssnoop_event event;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct question_key);
	__type(value, struct question);
} questions SEC(".maps") BPFPS_INTERNAL;

/* A question is too large for the stack, so it is made of nothing, and filled in its place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8[sizeof(struct question)]);
} nothing SEC(".maps") BPFPS_INTERNAL;

/* Kernel ABI: only its name and size count. */
struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));

/*
 * One timer for all questions: to make one takes memory that the kernel does not
 * always have at once. It runs as long as there are questions.
 */
struct clock {
	struct bpf_timer timer;
	__u64 is_set;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct clock);
} clocks SEC(".maps") BPFPS_INTERNAL;

struct dns_header {
	__be16 id;
	__u8 flags;
	__u8 flags_and_code;
	__be16 questions;
	__be16 answers;
	__be16 authorities;
	__be16 others;
};

enum {
	IS_ANSWER = 0x80,
	OPERATION = 0x78,	/* 0: a question */
	IS_INCOMPLETE = 0x02,
	CODE = 0x0f,
	IS_POINTER = 0xc0,	/* the rest of a name is elsewhere, and these two bytes say where */
};

struct task_struct___owner {
	const struct cred *cred;
} __attribute__((preserve_access_index));

struct cred {
	struct {
		__u32 val;
	} uid;
} __attribute__((preserve_access_index));

/*
 * What task.h and bpfps_targets.h do with helpers that programs at sockets do not
 * have on every kernel. The cgroup is that of the socket.
 */
static __always_inline void fill_sender(struct dnssnoop_event *event, struct __sk_buff *skb)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	event->time = bpf_ktime_get_boot_ns();
	event->pid = BPF_CORE_READ(task, tgid);
	event->tid = BPF_CORE_READ(task, pid);
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	event->uid = BPF_CORE_READ((struct task_struct___owner *)task, cred, uid.val);
	BPF_CORE_READ_INTO(&event->comm, task, comm);
	event->cgroup = bpf_skb_cgroup_id(skb);
}

static __attribute__((noinline)) int is_sender_wanted(struct __sk_buff *skb)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 kinds = bpfps_target_kinds, levels = bpfps_target_levels;
	struct bpfps_target target;
	int level;

	__builtin_memset(&target, 0, sizeof(target));
	if (kinds & 1 << BPFPS_PROCESS) {
		target.kind = BPFPS_PROCESS;
		target.number = BPF_CORE_READ(task, tgid);
		if (!bpfps_has_target(&target))
			return 0;
	}
	if (kinds & 1 << BPFPS_USER) {
		target.kind = BPFPS_USER;
		target.number = BPF_CORE_READ((struct task_struct___owner *)task, cred, uid.val);
		if (!bpfps_has_target(&target))
			return 0;
	}
	if (kinds & 1 << BPFPS_COMMAND) {
		target.kind = BPFPS_COMMAND;
		BPF_CORE_READ_STR_INTO(&target.command, task, comm);
		if (!bpfps_has_target(&target))
			return 0;
	}
	if (!(kinds & 1 << BPFPS_CGROUP))
		return 1;
	__builtin_memset(&target, 0, sizeof(target));
	target.kind = BPFPS_CGROUP;
	for (level = 0; level < BPFPS_CGROUP_LEVELS; level++) {
		if (!(levels & 1 << level))
			continue;
		target.number = bpf_skb_ancestor_cgroup_id(skb, level);
		if (target.number && bpfps_has_target(&target))
			return 1;
	}
	return 0;
}

static __always_inline void report(struct question *question)
{
	__u64 bytes = offsetof(struct dnssnoop_event, name) + question->name_bytes;

	question->event.latency = bpf_ktime_get_ns() - question->begin;
	if (bytes <= sizeof(question->event))
		bpfps_output(events, &question->event, bytes);
}

struct look {
	__u64 now;
	__u64 is_any_left;
};

static long look_at(void *map, struct question_key *key, struct question *question, struct look *look)
{
	/* Another CPU may just be making it. */
	if (!question->begin || (__s64)(look->now - question->begin) < (__s64)timeout_ns) {
		look->is_any_left = true;
		return 0;
	}
	question->event.code = NO_ANSWER;
	report(question);
	bpf_map_delete_elem(map, key);
	return 0;
}

static __always_inline void set_clock(struct clock *clock)
{
	if (clock->is_set)
		return;
	clock->is_set = !bpf_timer_start(&clock->timer, timeout_ns / LOOKS, 0);
}

static int look_at_all(void *map, __u32 *key, struct clock *clock)
{
	struct look look = { .now = bpf_ktime_get_ns() };

	/* A question that comes from now on sets the clock itself. */
	clock->is_set = 0;
	bpf_for_each_map_elem(&questions, look_at, &look, 0);
	if (look.is_any_left)
		set_clock(clock);
	return 0;
}

static __always_inline void start_clock(void)
{
	__u32 zero = 0;
	struct clock *clock = bpf_map_lookup_elem(&clocks, &zero);

	if (!clock || clock->is_set)
		return;
	/* It exists already, except at first. */
	bpf_timer_init(&clock->timer, &clocks, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&clock->timer, look_at_all);
	set_clock(clock);
}

/*
 * In a packet a name is its parts, each behind a byte with its length, up to a
 * length of 0. Puts dots in their place, and says how many bytes of the packet
 * the name takes; 0 if it does not end.
 */
static __always_inline __u32 make_text(char *name)
{
	__u8 left = 0, byte;
	int i;

	for (i = 0; i < NAME_BYTES; i++) {
		byte = name[i];
		if (left) {
			left--;
		} else {
			left = byte;
			byte = '.';
			if (!left) {
				/* The root of all names has no parts. */
				name[i ? i - 1 : 0] = i ? 0 : '.';
				name[i ? i : 1] = 0;
				return i + 1;
			}
		}
		if (i)
			name[i - 1] = byte;
	}
	return 0;
}

static __always_inline void ask(struct __sk_buff *skb, const struct packet *packet, __u16 id)
{
	struct question_key key = { .socket = bpf_get_socket_cookie(skb), .id = id };
	__u32 zero = 0, at = packet->payload + UDP_HEADER + sizeof(struct dns_header), bytes = skb->len - at;
	struct question *question;
	__be16 type;
	void *empty;

	if ((__s32)bytes <= 0)
		return;
	if (bytes > NAME_BYTES)
		bytes = NAME_BYTES;
	empty = bpf_map_lookup_elem(&nothing, &zero);
	if (!empty || bpf_map_lookup_elem(&questions, &key))
		return;
	if (bpf_map_update_elem(&questions, &key, empty, BPF_NOEXIST)) {
		__sync_fetch_and_add(&questions_missed, 1);
		return;
	}
	question = bpf_map_lookup_elem(&questions, &key);
	if (!question)
		return;
	question->begin = bpf_ktime_get_ns();
	barrier_var(bytes);	/* the verifier is to see one value, whose limits it knows */
	if (!bytes || bytes > NAME_BYTES)
		goto forget;
	if (bpf_skb_load_bytes(skb, at, question->event.name, bytes))
		goto forget;
	bytes = make_text(question->event.name);
	if (!bytes || bpf_skb_load_bytes(skb, at + bytes, &type, sizeof(type)))
		goto forget;
	question->bytes = bytes + 2 * sizeof(__be16);
	question->name_bytes = bytes == 1 ? 2 : bytes - 1;
	question->event.type = bpf_ntohs(type);
	question->event.destination = packet->destination;
	fill_sender(&question->event, skb);
	start_clock();
	return;
forget:
	bpf_map_delete_elem(&questions, &key);
}

/* Looks for the first address among the records of an answer. */
static __always_inline void find_address(struct __sk_buff *skb, __u32 at, struct dnssnoop_event *event)
{
	__u32 found = 0;
	__u8 length;
	int i;

	for (i = 0; i < STEPS; i++) {
		struct {
			__be16 type;
			__be16 class;
			__be16 lives[2];
			__be16 bytes;
		} record;

		if (found == event->answers || bpf_skb_load_bytes(skb, at, &length, sizeof(length)))
			return;
		if (length && length < IS_POINTER) {
			at += 1 + length;
			continue;
		}
		at += length ? 2 : 1;
		if (bpf_skb_load_bytes(skb, at, &record, sizeof(record)))
			return;
		at += sizeof(record);
		if (record.type == bpf_htons(A) && record.bytes == bpf_htons(4)) {
			event->address.bytes[10] = event->address.bytes[11] = 0xff;
			bpf_skb_load_bytes(skb, at, &event->address.bytes[12], 4);
			return;
		}
		if (record.type == bpf_htons(AAAA) && record.bytes == bpf_htons(16)) {
			bpf_skb_load_bytes(skb, at, &event->address, sizeof(event->address));
			return;
		}
		at += bpf_ntohs(record.bytes);
		found++;
	}
}

/* Reads a datagram's addresses and its DNS header. */
static __always_inline bool read_datagram(struct __sk_buff *skb, struct packet *packet, struct dns_header *header)
{
	read_ip_packet(packet, skb, 0, read_skb);
	return packet->protocol == UDP && (packet->source.port == bpf_htons(port) || packet->destination.port == bpf_htons(port))
		&& !bpf_skb_load_bytes(skb, packet->payload + UDP_HEADER, header, sizeof(*header));
}

SEC("cgroup_skb/egress") BPFPS_ROOT_CGROUP
int question_sent(struct __sk_buff *skb)
{
	struct packet packet = {};
	struct dns_header header;

	if (read_datagram(skb, &packet, &header) && packet.destination.port == bpf_htons(port) && header.questions
	    && !(header.flags & (IS_ANSWER | OPERATION)) && (!bpfps_target_kinds || is_sender_wanted(skb)))
		ask(skb, &packet, header.id);
	return PASS;
}

SEC("cgroup_skb/ingress") BPFPS_ROOT_CGROUP
int answer_received(struct __sk_buff *skb)
{
	struct packet packet = {};
	struct dns_header header;
	struct question_key key;
	struct question *question;

	if (!read_datagram(skb, &packet, &header) || packet.source.port != bpf_htons(port) || !(header.flags & IS_ANSWER))
		return PASS;
	key.socket = bpf_get_socket_cookie(skb);
	key.id = header.id;
	question = bpf_map_lookup_elem(&questions, &key);
	if (!question)
		return PASS;
	question->event.code = header.flags_and_code & CODE;
	question->event.answers = bpf_ntohs(header.answers);
	question->event.incomplete = header.flags & IS_INCOMPLETE;
	find_address(skb, packet.payload + UDP_HEADER + sizeof(header) + (header.questions ? question->bytes : 0), &question->event);
	report(question);
	bpf_map_delete_elem(&questions, &key);
	return PASS;
}
