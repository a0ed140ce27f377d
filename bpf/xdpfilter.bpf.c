/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * xdpfilter - drops, allows or counts the packets that come in by a network
 * interface, by address, port or protocol.
 *
 * Why: to keep traffic out before it costs anything, for as long as it takes. The
 * rules are entries of maps: they take effect when they are set, and can say when
 * they end. Without any rule every packet passes.
 *
 * The maps of rules, in the order in which a packet is compared with them:
 *   sources		the address that a packet comes from, by its longest prefix here
 *   destinations	the address that it goes to
 *   ports		a protocol and a port: side DESTINATION (which need not be named)
 *			or SOURCE
 *   protocols		what the IP packet carries
 *
 * The first rule that says ALLOW or DENY decides; one that says COUNT only counts,
 * and the packet goes on to the next map. What is in a rule:
 *   action	COUNT, ALLOW or DENY
 *   expires	when the rule ends; no time: never. After that it is as if there were
 *		no rule, except that of several prefixes the longest is still the one
 *		that is looked at, expired or not.
 *   tag	a number of the user's own, to find rules again
 *   packets, bytes	what it has counted; a rule that is set again begins anew
 *
 * Packets that are not of IPv4 or IPv6, such as ARP, always pass. All parts of a
 * fragmented packet but the first have no ports. VLAN tags are skipped.
 *
 * totals counts all packets, with a rule or without.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "bpfps.h"
#include "packet.h"

#define RULES		65536
#define BPF_MAP_TYPE_LPM_TRIE	11
#define BPF_F_NO_PREALLOC	1	/* the only way that the kernel has for a trie */
#define MOST_OFFSET	1024	/* of anything that is read in a packet; the verifier asks for a limit */

enum {
	XDP_DROP = 1,
	XDP_PASS = 2,
};

enum xdpfilter_action {
	COUNT,
	ALLOW,
	DENY,
};

enum xdpfilter_side {
	DESTINATION,
	SOURCE,
};

enum xdpfilter_verdict {
	PASSED,
	DROPPED,
};

struct xdpfilter_prefix {
	__u32 length;
	bpfps_ip_t address;
};

struct xdpfilter_port {
	enum ip_protocol protocol;
	bpfps_port_t port;
	enum xdpfilter_side side : 16;
};

struct xdpfilter_protocol {
	enum ip_protocol protocol;
};

struct xdpfilter_rule {
	enum xdpfilter_action action;
	__u32 tag;
	bpfps_time_t expires;
	__u64 packets;
	__u64 bytes;
};

struct xdpfilter_total {
	__u64 packets;
	__u64 bytes;
};

_Static_assert(sizeof(struct xdpfilter_prefix) == 20 && sizeof(struct xdpfilter_port) == 8 && sizeof(struct xdpfilter_rule) == 32,
	       "hidden padding");

BPFPS_HELP("How do I keep traffic out by address, port or protocol, and how much is it?",
	   "Start-BpfProgram xdpfilter -Interface eth0; Set-BpfMapEntry sources -Key 198.51.100.0/24 -Value @{ action = 'DENY' }",
	   "What goes out; what the interface handles itself; jumbo frames where the driver needs -XdpMode Generic for them.",
	   "0.1 to 0.2 us for each packet that comes in");

BPFPS_TOOL("Drops, allows or counts incoming packets by address, port or protocol, for as long as each rule says.");

BPFPS_VARIABLE(bool, only_allowed, false, "", "Drop every packet of IPv4 and IPv6 for which no rule says ALLOW.");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, RULES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct xdpfilter_prefix);
	__type(value, struct xdpfilter_rule);
} sources SEC(".maps"), destinations SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RULES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct xdpfilter_port);
	__type(value, struct xdpfilter_rule);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct xdpfilter_protocol);
	__type(value, struct xdpfilter_rule);
} protocols SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, enum xdpfilter_verdict);
	__type(value, struct xdpfilter_total);
} totals SEC(".maps");

static __always_inline long read_xdp(const void *context, __u32 offset, void *to, __u32 bytes)
{
	const struct xdp_md *ctx = context;
	void *at = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (offset > MOST_OFFSET)
		return -1;
	at += offset;
	if (at + bytes > end)
		return -1;
	__builtin_memcpy(to, at, bytes);
	return 0;
}

/* What a rule says; COUNT if there is none. */
static __always_inline enum xdpfilter_action ask(struct xdpfilter_rule *rule, __u32 bytes)
{
	if (!rule || (rule->expires && rule->expires <= bpf_ktime_get_boot_ns()))
		return COUNT;
	__sync_fetch_and_add(&rule->packets, 1);
	__sync_fetch_and_add(&rule->bytes, bytes);
	return rule->action;
}

static __always_inline enum xdpfilter_action ask_address(void *map, const bpfps_ip_t *address, __u32 bytes)
{
	struct xdpfilter_prefix key = { .length = 128, .address = *address };

	return ask(bpf_map_lookup_elem(map, &key), bytes);
}

static __always_inline enum xdpfilter_action ask_port(enum xdpfilter_side side, __u8 protocol, bpfps_port_t port, __u32 bytes)
{
	struct xdpfilter_port key = { .protocol = protocol, .port = port, .side = side };

	return ask(bpf_map_lookup_elem(&ports, &key), bytes);
}

static __always_inline enum xdpfilter_action ask_all(const struct packet *packet, __u32 bytes)
{
	struct xdpfilter_protocol protocol = { .protocol = packet->protocol };
	enum xdpfilter_action action;

	action = ask_address(&sources, &packet->source.address, bytes);
	if (action == COUNT)
		action = ask_address(&destinations, &packet->destination.address, bytes);
	if (has_ports(packet->protocol) && !packet->is_later_part) {
		if (action == COUNT)
			action = ask_port(DESTINATION, packet->protocol, packet->destination.port, bytes);
		if (action == COUNT)
			action = ask_port(SOURCE, packet->protocol, packet->source.port, bytes);
	}
	if (action == COUNT)
		action = ask(bpf_map_lookup_elem(&protocols, &protocol), bytes);
	return action;
}

SEC("xdp")
int filter(struct xdp_md *ctx)
{
	enum xdpfilter_action action = ALLOW;
	enum xdpfilter_verdict verdict;
	struct xdpfilter_total *total;
	struct packet packet = {};
	__u32 bytes = ctx->data_end - ctx->data;

	read_frame(&packet, ctx, read_xdp);
	if (packet.is_ip)
		action = ask_all(&packet, bytes);
	verdict = action == DENY || (action == COUNT && only_allowed) ? DROPPED : PASSED;
	total = bpf_map_lookup_elem(&totals, &verdict);
	if (total) {
		total->packets++;
		total->bytes += bytes;
	}
	return verdict == DROPPED ? XDP_DROP : XDP_PASS;
}
