/* Private to decode/: the walk from a frame's first byte to its innermost transport
 * header. Each layer reads its header off walk.c and returns what the next layer
 * returns; so a layer is one function and layers nest in any order. Depth is
 * bounded by walk_tunnel() and walk_tag(). */
#ifndef DECODE_WALK_H
#define DECODE_WALK_H

#include "base/cursor.h"
#include "base/map.h"
#include "decode/decode.h"
#include "decode/duplicate.h"
#include "decode/fragment.h"

#define LINK_ETHERNET 1 /* as libpcap numbers it */
#define TUNNELS_MOST 8  /* encapsulations of one frame; then ERR_LIMIT */
#define TAGS_MOST 16    /* VLAN tags, MPLS labels and similar; then ERR_LIMIT */
#define EXTENSIONS_MOST 8 /* IPv6 extension headers of one header; then ERR_LIMIT */

struct decoder {
	struct decode_counters counters;
	struct fragments *fragments;
	bool holds_whole; /* a reassembled datagram of the last frame */
	struct duplicates duplicates;
};

/* What tells a packet from its duplicates, in addition to packet.h. */
struct imprint {
	uint64_t print;   /* fingerprint of the transport header */
	bool stamped;     /* TCP with a time stamp: sent again it would differ */
};

struct walk {
	struct decoder *d; /* NULL: decode_apart() */
	const struct frame *frame;
	struct packet *p;
	struct cursor c;  /* rest of the innermost unit so far */
	struct imprint imprint;
	uint8_t tags, links;
	bool foreign;     /* of a link type that is not read */
	bool no_length;   /* the IP header gives no length (segmentation offload, jumbogram) */
};

/* One encapsulation more. False: one too many. */
static inline bool walk_tunnel(struct walk *w)
{
	return ++w->p->tunnels <= TUNNELS_MOST;
}

static inline bool walk_tag(struct walk *w)
{
	return ++w->tags <= TAGS_MOST;
}

/* Cut the unit to n bytes, as its header says: padding behind is removed, missing bytes
 * count as lost. */
static inline void walk_end(struct cursor *c, size_t n)
{
	c->lost = n > c->left ? n - c->left : 0;
	if (n < c->left)
		c->left = n;
}

/* link.c */
enum err link_decode(struct walk *w, uint32_t link);
enum err ethernet_decode(struct walk *w);
enum err llc_decode(struct walk *w);
/* Whether an Ethernet frame can start here; true when the capture cut the bytes that would tell. */
bool ethernet_plausible(const struct cursor *c);

/* wireless.c */
enum err wlan_decode(struct walk *w);
enum err radiotap_decode(struct walk *w);
/* Whether an unencrypted data frame can start here, its control bytes in either order. */
bool wlan_plausible(const struct cursor *c);

/* ppp.c */
enum err ppp_decode(struct walk *w);
enum err pppoe_decode(struct walk *w);
enum err hdlc_decode(struct walk *w);
enum err frame_relay_decode(struct walk *w);
bool ppp_plausible(const struct cursor *c);

/* tag.c */
enum err ethertype_decode(struct walk *w, uint16_t type);
enum err mpls_decode(struct walk *w);

/* ip.c, ip6.c */
enum err ip_decode(struct walk *w);
enum err ip4_decode(struct walk *w);
enum err ip6_decode(struct walk *w);
enum err protocol_decode(struct walk *w, uint8_t protocol);
/* Whether an IP header can start here whose length fits into the rest; true when the capture cut
 * the bytes that would tell. */
bool ip_plausible(const struct cursor *c);
/* The header after one IPv6 extension header (or AH), which is skipped. False: `header` is none,
 * nothing was read. */
bool extension_skip(struct cursor *c, uint8_t header, uint8_t *ret_next);

/* Keep one fragment. ERR_OK: walk.c is the whole datagram, ret_protocol what it holds. */
enum err fragment_decode(struct walk *w, const struct fragment *in, uint8_t *ret_protocol);

/* gre.c, tunnel.c */
enum err gre_decode(struct walk *w);
enum {
	PORT_L2TP = 1701, PORT_GTP = 2152, PORT_TEREDO = 3544, PORT_VXLAN = 4789, PORT_GPE = 4790, PORT_CAPWAP = 5247,
	PORT_GRE = 4754, PORT_GENEVE = 6081, PORT_MPLS = 6635, PORT_VXLAN_LINUX = 8472, PORT_TZSP = 37008,
};

static inline bool tunnel_port_is(uint16_t port)
{
	switch (port) {
	case PORT_L2TP: case PORT_GTP: case PORT_TEREDO: case PORT_VXLAN: case PORT_GPE: case PORT_CAPWAP:
	case PORT_GRE: case PORT_GENEVE: case PORT_MPLS: case PORT_VXLAN_LINUX:
		return true;
	default:
		return false;
	}
}

/* Whether tunnel_decode() is worth it. */
static inline bool tunnel_port(uint16_t sport, uint16_t dport)
{
	return tunnel_port_is(sport) || tunnel_port_is(dport) || dport == PORT_TZSP;
}

/* Take off a tunnel in UDP, whose payload is walk.c. False: it is an ordinary
 * datagram, nothing was changed. */
bool tunnel_decode(struct walk *w, uint16_t sport, uint16_t dport, enum err *ret_err);

/* transport.c, icmp.c */
enum err tcp_decode(struct walk *w);
enum err udp_decode(struct walk *w);
enum err icmp_decode(struct walk *w, uint8_t protocol);

#endif
