/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * packetcapture - one event for each packet that comes in or goes out by a network
 * interface, with its bytes.
 *
 * Why: to see what is really said, in the pipeline and not in a file: the settings
 * and the filter choose packets in the kernel, and only those are copied.
 *
 * What the fields mean:
 *   direction	INGRESS came in, EGRESS goes out
 *   interface, ifindex	where
 *   link	how data begins: ETHERNET with an Ethernet header, RAW_IP with that of IP,
 *		as on tunnels. The numbers are those of capture files (LINKTYPE).
 *   vlan	the VLAN that the interface took from the packet; 0: none, or it is
 *		still in data
 *   network, protocol, tcp_flags, source, destination	what data says, as far as
 *		there is such a thing
 *   length	of the packet; what is sent or was received in one piece can be larger
 *		than what goes over the wire, for the network card takes it apart
 *   captured	how much of it is in data
 *
 * What comes in is seen after XDP programs, and what goes out before it waits in
 * the queue. Checksums of what goes out are often not there yet: the network card
 * makes them. Other programs of traffic control can change packets before and
 * after this one.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "bpfps.h"
#include "packet.h"

#define MOST_CAPTURED	16384

/* Of traffic control, with tcx and without: the next program decides, or the packet goes on. */
#define NEXT	-1

/* Kinds of interfaces, of which only those with Ethernet headers are told apart. */
#define ARPHRD_ETHER	1
#define ARPHRD_LOOPBACK	772

enum packet_direction {
	INGRESS,
	EGRESS,
};

enum packet_link {
	ETHERNET = 1,
	RAW_IP = 101,
};

struct packetcapture_event {
	bpfps_time_t time;
	enum packet_direction direction;
	enum packet_link link;
	__u32 ifindex;
	enum network_protocol network;
	enum ip_protocol protocol;
	enum tcp_flags tcp_flags;
	struct bpfps_endpoint source;
	struct bpfps_endpoint destination;
	__u32 length;
	__u32 captured;
	char interface[INTERFACE_NAME_LENGTH];
	__u32 vlan;
	__u8 data[];
};

_Static_assert(sizeof(struct packetcapture_event) == 96 && offsetof(struct packetcapture_event, data) == 96, "hidden padding");

BPFPS_HELP("Which packets come in and go out by an interface, and what is in them?",
	   "Watch-BpfEvent packetcapture -Interface eth0 -Variable @{ port = 53 }",
	   "What XDP programs drop; what the interface handles itself.",
	   "0.4 us for each packet that is captured, 0.2 us for each other one");

BPFPS_TOOL("Captures the packets of a network interface.");

BPFPS_VARIABLE_IN(__u32, snaplen, 2048, 1, 16384, "", "The most bytes of a packet that are captured.");
BPFPS_VARIABLE(enum ip_protocol, protocol, 0, "", "Only this protocol above IP, such as TCP; 0 for all packets.");
BPFPS_VARIABLE(bpfps_ip_t, address, {}, "", "Only packets from or to this address; :: for all packets.");
BPFPS_VARIABLE(__u16, port, 0, "", "Only packets from or to this port; 0 for all packets.");

BPFPS_EVENTS(events, struct packetcapture_event, 1 << 22);

/* Too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8[sizeof(struct packetcapture_event) + MOST_CAPTURED]);
} scratch SEC(".maps") BPFPS_INTERNAL;

struct net_device___kind {
	unsigned short type;
} __attribute__((preserve_access_index));

static __always_inline bool is_same_address(const bpfps_ip_t *one, const volatile bpfps_ip_t *other)
{
	int i;

	for (i = 0; i < (int)sizeof(one->bytes); i++)
		if (one->bytes[i] != other->bytes[i])
			return false;
	return true;
}

static __always_inline bool is_any_address(void)
{
	int i;

	for (i = 0; i < (int)sizeof(address.bytes); i++)
		if (address.bytes[i])
			return false;
	return true;
}

static __always_inline bool is_wanted(const struct packet *packet)
{
	__be16 wanted = bpf_htons(port);

	if (protocol && packet->protocol != protocol)
		return false;
	if (port && packet->source.port != wanted && packet->destination.port != wanted)
		return false;
	return is_any_address() || is_same_address(&packet->source.address, &address)
		|| is_same_address(&packet->destination.address, &address);
}

static __always_inline int capture(struct __sk_buff *skb, enum packet_direction direction)
{
	/* The kernel passes its own struct, and lets programs see it as another one. */
	struct net_device *device = BPF_CORE_READ((struct sk_buff *)skb, dev);
	unsigned short kind = BPF_CORE_READ((struct net_device___kind *)device, type);
	__u32 zero = 0, bytes = skb->len;
	struct packetcapture_event *event;
	struct packet packet = {};
	bool has_header = kind == ARPHRD_ETHER || kind == ARPHRD_LOOPBACK;

	if (has_header) {
		read_frame(&packet, skb, read_skb);
	} else {
		packet.network = bpf_ntohs(skb->protocol);
		read_ip_packet(&packet, skb, 0, read_skb);
	}
	event = bpf_map_lookup_elem(&scratch, &zero);
	if (!event || !is_wanted(&packet))
		return NEXT;
	event->time = bpf_ktime_get_boot_ns();
	event->direction = direction;
	event->link = has_header ? ETHERNET : RAW_IP;
	event->ifindex = skb->ifindex;
	event->network = packet.network;
	event->protocol = packet.protocol;
	event->tcp_flags = packet.tcp_flags;
	event->source = packet.source;
	event->destination = packet.destination;
	event->length = bytes;
	event->vlan = skb->vlan_present ? skb->vlan_tci & 0xfff : 0;
	BPF_CORE_READ_INTO(&event->interface, device, name);
	if (bytes > snaplen)
		bytes = snaplen;
	/* From 1 to MOST_CAPTURED, which Linux 6.1 does not understand when it is asked with two comparisons. */
	bytes = ((bytes - 1) & (MOST_CAPTURED - 1)) + 1;
	if (bpf_skb_load_bytes(skb, 0, event->data, bytes))
		return NEXT;
	event->captured = bytes;
	bpfps_output(events, event, sizeof(*event) + bytes);
	return NEXT;
}

SEC("tcx/ingress") BPFPS_ONE_OF("ingress")
int ingress(struct __sk_buff *skb)
{
	return capture(skb, INGRESS);
}

SEC("tcx/egress") BPFPS_ONE_OF("egress")
int egress(struct __sk_buff *skb)
{
	return capture(skb, EGRESS);
}

/* Before Linux 6.6. Both are behind the ones above, because programs of one section are together in the object. */
SEC("tc") BPFPS_ONE_OF("ingress") BPFPS_INGRESS
int ingress_filter(struct __sk_buff *skb)
{
	return capture(skb, INGRESS);
}

SEC("tc") BPFPS_ONE_OF("egress") BPFPS_EGRESS
int egress_filter(struct __sk_buff *skb)
{
	return capture(skb, EGRESS);
}
