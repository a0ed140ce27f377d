/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * packet.h - what the shipped tools read of a packet: whose it is, to whom, and
 * which protocol it carries. Include it after kernel.h, the headers of libbpf,
 * and bpfps.h.
 *
 * A packet is read by a function that the caller names, because programs reach
 * their packets in different ways: through the kernel's struct, by a helper, or
 * directly.
 */
#ifndef BPFPS_PACKET_H
#define BPFPS_PACKET_H

#include <bpf/bpf_endian.h>
#include "socket.h"

/* What a frame carries (its EtherType). The numbers are those of IEEE 802. */
enum network_protocol {
	IPV4 = 0x0800,
	ARP = 0x0806,
	VLAN = 0x8100,
	IPV6 = 0x86dd,
	PPPOE_DISCOVERY = 0x8863,
	PPPOE = 0x8864,
	EAPOL = 0x888e,
	QINQ = 0x88a8,
	LLDP = 0x88cc,
	PTP = 0x88f7,
};

/* What an IP packet carries. The numbers are those of IANA; 0 has no name, because it is also what other packets have here. */
enum ip_protocol {
	ICMP = 1,
	IGMP = 2,
	IPIP = 4,
	TCP = 6,
	UDP = 17,
	DCCP = 33,
	IPV6_IN_IP = 41,
	ROUTING = 43,
	FRAGMENT = 44,
	GRE = 47,
	ESP = 50,
	AH = 51,
	ICMPV6 = 58,
	NO_NEXT_HEADER = 59,
	DESTINATION_OPTIONS = 60,
	OSPF = 89,
	PIM = 103,
	VRRP = 112,
	SCTP = 132,
	UDPLITE = 136,
	MPTCP = 262,
};

enum tcp_flags {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	PSH = 0x08,
	ACK = 0x10,
	URG = 0x20,
	ECE = 0x40,
	CWR = 0x80,
};

#define INTERFACE_NAME_LENGTH	16	/* IFNAMSIZ */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	char name[INTERFACE_NAME_LENGTH];
	int ifindex;
	possible_net_t nd_net;
};

struct sk_buff {
	struct sock *sk;
	struct net_device *dev;
	unsigned int len;
	__be16 protocol;
	__u16 mac_header;
	__u16 network_header;
	__u16 transport_header;
	unsigned char *head;
	unsigned char *data;
};

#pragma clang attribute pop

/* The contexts of programs in the network, up to the last member that is used here. They are ABI. */
struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;		/* in network byte order */
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
};

struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
};

struct ethernet_header {
	__u8 destination[6];
	__u8 source[6];
	__be16 protocol;
};

struct vlan_header {
	__be16 tag;
	__be16 protocol;
};

struct ipv4_header {
	__u8 version_and_length;	/* the length of this header in words of four bytes */
	__u8 service;
	__be16 length;
	__be16 id;
	__be16 fragment;	/* three flags, and where this part belongs in units of eight bytes */
	__u8 ttl;
	__u8 protocol;
	__sum16 checksum;
	__u8 source[4];
	__u8 destination[4];
};

struct ipv6_header {
	__u8 version_and_class[4];
	__be16 length;
	__u8 next;
	__u8 hops;
	bpfps_ip_t source;
	bpfps_ip_t destination;
};

/* The beginning that most headers behind that of IPv6 have, and all that are skipped here. */
struct ipv6_extension {
	__u8 next;
	__u8 length;	/* in units of eight bytes, without the first */
	__be16 fragment;	/* in a FRAGMENT header: where this part belongs, and three flags */
};

#define HOP_BY_HOP	0	/* options of IPv6 */

#define EXTENSIONS	6	/* more than any sender has a reason for */

#define FRAGMENT_OFFSET_V4	0x1fff
#define FRAGMENT_OFFSET_V6	0xfff8

/* What is read of a packet. What it does not have is 0. */
struct packet {
	struct bpfps_endpoint source;
	struct bpfps_endpoint destination;
	__u16 network;		/* enum network_protocol */
	__u16 payload;		/* where what the IP packet carries begins, from the same start as its header's offset; 0 if it is no IP packet */
	__u8 protocol;		/* enum ip_protocol */
	__u8 tcp_flags;		/* enum tcp_flags */
	bool is_ip;
	bool is_later_part;	/* of a fragmented packet: the ports are in the first part */
};

/* Reads bytes of a packet; returns 0, or less if it does not have them. */
typedef long (*packet_reader)(const void *packet, __u32 offset, void *to, __u32 bytes);

/* Whether a protocol's header begins with a source and a destination port. */
static __always_inline bool has_ports(__u8 protocol)
{
	return protocol == TCP || protocol == UDP || protocol == SCTP || protocol == DCCP || protocol == UDPLITE;
}

/* The reader of programs that have a struct __sk_buff. */
static __always_inline long read_skb(const void *skb, __u32 offset, void *to, __u32 bytes)
{
	return bpf_skb_load_bytes(skb, offset, to, bytes);
}

/*
 * Reads an IP packet whose header is at an offset. What kind it is is taken from
 * its first byte, so that it is right also where nobody says it.
 */
static __always_inline void read_ip_packet(struct packet *packet, const void *from, __u32 offset, packet_reader read)
{
	union {
		struct ipv4_header v4;
		struct ipv6_header v6;
	} header;
	struct ipv6_extension extension;
	__be16 ports[2];
	__u8 version = 0;
	__u32 at;
	int i;

	if (read(from, offset, &version, sizeof(version)))
		return;
	switch (version >> 4) {
	case 4:
		if (read(from, offset, &header.v4, sizeof(header.v4)))
			return;
		packet->network = IPV4;
		packet->protocol = header.v4.protocol;
		packet->is_later_part = header.v4.fragment & bpf_htons(FRAGMENT_OFFSET_V4);
		set_ipv4(&packet->source.address, header.v4.source);
		set_ipv4(&packet->destination.address, header.v4.destination);
		at = offset + (version & 0xf) * 4;
		break;
	case 6:
		if (read(from, offset, &header.v6, sizeof(header.v6)))
			return;
		packet->network = IPV6;
		packet->protocol = header.v6.next;
		packet->source.address = header.v6.source;
		packet->destination.address = header.v6.destination;
		at = offset + sizeof(header.v6);
		for (i = 0; i < EXTENSIONS; i++) {
			if (packet->protocol != HOP_BY_HOP && packet->protocol != ROUTING
			    && packet->protocol != DESTINATION_OPTIONS && packet->protocol != FRAGMENT)
				break;
			if (read(from, at, &extension, sizeof(extension)))
				break;
			if (packet->protocol == FRAGMENT) {
				packet->is_later_part = extension.fragment & bpf_htons(FRAGMENT_OFFSET_V6);
				extension.length = 0;
			}
			packet->protocol = extension.next;
			at += (extension.length + 1) * 8;
			if (packet->is_later_part)
				break;
		}
		break;
	default:
		return;
	}
	packet->is_ip = true;
	packet->payload = at;
	if (packet->is_later_part || !has_ports(packet->protocol) || read(from, at, ports, sizeof(ports)))
		return;
	packet->source.port = ports[0];
	packet->destination.port = ports[1];
	if (packet->protocol == TCP)
		read(from, at + 13, &packet->tcp_flags, sizeof(packet->tcp_flags));
}

#define VLAN_TAGS	2

/* Reads a frame of an Ethernet. */
static __always_inline void read_frame(struct packet *packet, const void *from, packet_reader read)
{
	struct ethernet_header ethernet;
	struct vlan_header vlan;
	__u32 offset = sizeof(ethernet);
	__be16 protocol;
	int i;

	if (read(from, 0, &ethernet, sizeof(ethernet)))
		return;
	protocol = ethernet.protocol;
	for (i = 0; i < VLAN_TAGS; i++) {
		if (protocol != bpf_htons(VLAN) && protocol != bpf_htons(QINQ))
			break;
		if (read(from, offset, &vlan, sizeof(vlan)))
			break;
		protocol = vlan.protocol;
		offset += sizeof(vlan);
	}
	packet->network = bpf_ntohs(protocol);
	if (packet->network == IPV4 || packet->network == IPV6)
		read_ip_packet(packet, from, offset, read);
}

#endif /* BPFPS_PACKET_H */
