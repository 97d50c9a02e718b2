/* Noun: one transport packet, innermost of all encapsulations of a frame.
 * Everything in host byte order but addresses. */
#ifndef DECODE_PACKET_H
#define DECODE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "capture/frame.h"

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMP6 = 58 };

/* TCP header flags, RFC 9293 3.1 */
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

/* What an ICMP error quotes of the packet that it answers. */
struct quoted {
	bool present;       /* the packet is an ICMP error and quotes TCP or UDP down to the ports */
	uint8_t proto;      /* PROTO_TCP or PROTO_UDP */
	struct addr src, dst;
	uint16_t sport, dport;
	bool has_seq;
	uint32_t seq;       /* TCP sequence number, when quoted */
};

struct packet {
	int64_t time_us;
	const struct frame *frame; /* the frame that completed it */
	struct addr src, dst;
	uint16_t sport, dport;     /* 0 where the protocol has none */
	uint8_t proto;             /* IP protocol number of the innermost header */
	uint8_t ttl;               /* TTL or hop limit */
	uint16_t ip_id;            /* 0 for IPv6 */
	/* TCP */
	uint32_t seq, ack;
	uint16_t window;
	uint16_t mss;              /* MSS option of a SYN, 0: none */
	uint8_t tcp_flags;
	uint8_t tunnels;           /* encapsulations taken off (IP in IP, GRE, VXLAN, …; not VLAN/MPLS/PPPoE) */
	/* ICMP, ICMPv6 */
	uint8_t icmp_type, icmp_code;
	bool reassembled;          /* from fragments */
	struct quoted quoted;
	uint64_t hash;             /* keyed, the same for both directions of a flow (an ICMP error has the hash of the
	                              flow that it quotes) */
	struct cursor payload;     /* after the transport header; .lost is what snaplen cut */
	uint32_t payload_length;   /* on the wire */
};

#endif
