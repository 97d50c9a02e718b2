/* Link layers, by libpcap's DLT_ values.
 * source  the LINKTYPE_ registry of tcpdump.org (one line each below);
 *         IEEE 802.3 3.2.6 (length or type), RFC 1042 (LLC/SNAP), RFC 2684 5.1 */
#include "decode/walk.h"

/* Values as libpcap uses them on Linux; 14 is OpenBSD's DLT_RAW. */
enum {
	LINK_NULL = 0,
	LINK_PPP = 9,
	LINK_FDDI = 10,
	LINK_ATM_LLC = 11,
	LINK_RAW = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_PPP_SERIAL = 50,
	LINK_PPP_ETHER = 51,
	LINK_RFC1483 = 100,
	LINK_RAW_FILE = 101,
	LINK_HDLC = 104,
	LINK_WLAN = 105,
	LINK_FRAME_RELAY = 107,
	LINK_LOOP = 108,
	LINK_ENC = 109,
	LINK_SLL = 113,
	LINK_PFLOG = 117,
	LINK_PRISM = 119,
	LINK_RADIOTAP = 127,
	LINK_PKTAP_APPLE = 149,
	LINK_AVS = 163,
	LINK_PPP_PPPD = 166,
	LINK_PPI = 192,
	LINK_PPP_DIRECTION = 204,
	LINK_MPLS = 219,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_NFLOG = 239,
	LINK_IPOIB = 242,
	LINK_PKTAP = 258,
	LINK_SLL2 = 276,
	LINK_BROADCOM = 281,
	LINK_BROADCOM_BEFORE = 282,
	LINK_DSA = 284,
};

enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_LEAST = 0x0600, TYPE_LLC = 4 };
#define MACS 12u
#define HARDWARE_NETLINK 824u
#define NESTED_LINKS_MOST 4u

bool ethernet_plausible(const struct cursor *c)
{
	uint16_t type = cursor_peek16(c, MACS);

	if (cursor_wire(c) < MACS + 2 || !cursor_has(c, MACS + 2))
		return cursor_wire(c) >= MACS + 2;
	uint8_t version = cursor_peek(c, MACS + 2) >> 4;
	bool seen = cursor_has(c, MACS + 3);
	switch (type) {
	case TYPE_IPV4:
		return version == 4 || !seen;
	case TYPE_IPV6:
		return version == 6 || !seen;
	case 0x0806: case 0x8035: case 0x8100: case 0x88a8: case 0x9100: case 0x8847: case 0x8848:
	case 0x8863: case 0x8864: case 0x8808: case 0x8809: case 0x88cc: case 0x88e5: case 0x8926: case 0x893f:
		return true;
	default:
		return false;
	}
}

enum err ethernet_decode(struct walk *w)
{
	if (!cursor_want(&w->c, MACS + 2))
		return w->c.err;
	uint16_t type = cursor_peek16(&w->c, MACS);
	cursor_skip(&w->c, MACS + 2);
	if (__builtin_expect(type == TYPE_IPV4, 1))
		return ip4_decode(w);
	return ethertype_decode(w, type);
}

enum err llc_decode(struct walk *w)
{
	uint32_t sap_control = cursor_u24(&w->c);

	if (w->c.err)
		return w->c.err;
	if (sap_control == 0x060603)
		return ip_decode(w);
	if (sap_control != 0xaaaa03)
		return ERR_END;
	uint32_t organisation = cursor_u24(&w->c);
	uint16_t type = cursor_u16(&w->c);
	if (w->c.err)
		return w->c.err;
	/* RFC 2684 5.2: bridged Ethernet with (1) and without (7) its checksum */
	if (organisation == 0x0080c2 && (type == 1 || type == 7)) {
		cursor_skip(&w->c, 2);
		return ethernet_decode(w);
	}
	bool plain = organisation == 0 || organisation == 0x0000f8;
	return plain && type >= TYPE_LEAST ? ethertype_decode(w, type) : ERR_END;
}

/* LINKTYPE_NULL, LINKTYPE_LOOP: the capturing machine's address family in 4 bytes, in either
 * byte order. */
static enum err loopback_decode(struct walk *w)
{
	uint32_t family = cursor_u32(&w->c);

	if (w->c.err)
		return w->c.err;
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return ip4_decode(w);
	case 10: case 24: case 28: case 30:
		return ip6_decode(w);
	default:
		return ERR_END;
	}
}

/* LINKTYPE_LINUX_SLL: packet type, ARPHRD_, address length, address, protocol */
static enum err cooked_decode(struct walk *w)
{
	cursor_skip(&w->c, 2);
	uint16_t hardware = cursor_u16(&w->c);
	cursor_skip(&w->c, 10);
	uint16_t type = cursor_u16(&w->c);

	if (w->c.err)
		return w->c.err;
	if (hardware == HARDWARE_NETLINK)
		return ERR_END;
	return type == TYPE_LLC ? llc_decode(w) : ethertype_decode(w, type);
}

/* LINKTYPE_LINUX_SLL2: protocol, 0, interface, ARPHRD_, packet type, address */
static enum err cooked2_decode(struct walk *w)
{
	uint16_t type = cursor_u16(&w->c);

	cursor_skip(&w->c, 6);
	uint16_t hardware = cursor_u16(&w->c);
	cursor_skip(&w->c, 10);
	if (w->c.err)
		return w->c.err;
	if (hardware == HARDWARE_NETLINK)
		return ERR_END;
	return type == TYPE_LLC ? llc_decode(w) : ethertype_decode(w, type);
}

/* LINKTYPE_NFLOG: family, version, resource, then TLVs in the byte order of the
 * machine that captured (taken for little-endian when that gives a length). */
static enum err nflog_decode(struct walk *w)
{
	struct cursor *c = &w->c;
	uint8_t family = cursor_u8(c), version = cursor_u8(c);

	cursor_skip(c, 2);
	if (c->err)
		return c->err;
	if (version != 0 || (family != 2 && family != 10))
		return ERR_END;
	while (cursor_wire(c)) {
		uint16_t n = cursor_u16le(c), type = cursor_u16le(c);
		if (n > 0xff && (n & 0xff) == 0)
			n = __builtin_bswap16(n), type = __builtin_bswap16(type);
		if (c->err)
			return c->err;
		if (n < 4)
			return ERR_MALFORMED;
		if (type == 9) {
			walk_end(c, n - 4u);
			return family == 2 ? ip4_decode(w) : ip6_decode(w);
		}
		cursor_skip(c, ((n + 3u) & ~3u) - 4u);
	}
	return c->err ? c->err : ERR_END;
}

/* A header that names the link layer behind it: `length` bytes in all, `read` of them read
 * so far. */
static enum err nested_decode(struct walk *w, uint32_t length, uint32_t read, uint32_t link)
{
	if (w->c.err)
		return w->c.err;
	if (length < read)
		return ERR_MALFORMED;
	cursor_skip(&w->c, length - read);
	if (w->c.err)
		return w->c.err;
	return ++w->links > NESTED_LINKS_MOST ? ERR_LIMIT : link_decode(w, link);
}

/* LINKTYPE_PKTAP: header length, record type, link type, …, all little-endian */
static enum err pktap_decode(struct walk *w)
{
	uint32_t length = cursor_u32le(&w->c), record = cursor_u32le(&w->c), link = cursor_u32le(&w->c);

	if (w->c.err == ERR_OK && record != 1)
		return ERR_END;
	return nested_decode(w, length, 12, link);
}

/* LINKTYPE_PPI: version, flags, header length, link type; little-endian */
static enum err ppi_decode(struct walk *w)
{
	cursor_skip(&w->c, 2);
	uint32_t length = cursor_u16le(&w->c), link = cursor_u32le(&w->c);

	return nested_decode(w, length, 8, link);
}

/* LINKTYPE_PFLOG: a header that begins with its length, and is padded to four bytes */
static enum err pflog_decode(struct walk *w)
{
	uint32_t length = (cursor_u8(&w->c) + 3u) & ~3u;

	return nested_decode(w, length, 1, LINK_RAW);
}

/* LINKTYPE_IEEE802_11_AVS, and _PRISM, in whose place old drivers wrote it too:
 * a word (AVS: its version) and the header's length, in either byte order */
static enum err avs_decode(struct walk *w)
{
	cursor_skip(&w->c, 4);
	uint32_t length = cursor_u32(&w->c);

	if (length > 0xffff)
		length = __builtin_bswap32(length);
	return nested_decode(w, length, 8, LINK_WLAN);
}

/* LINKTYPE_DSA_TAG_BRCM, _DSA: a switch's 4 bytes between the addresses and the type */
static enum err switch_decode(struct walk *w)
{
	cursor_skip(&w->c, MACS + 4);
	uint16_t type = cursor_u16(&w->c);

	return w->c.err ? w->c.err : ethertype_decode(w, type);
}

/* LINKTYPE_IPOIB: global route (40 bytes), EtherType, 0 */
static enum err infiniband_decode(struct walk *w)
{
	cursor_skip(&w->c, 40);
	uint16_t type = cursor_u16(&w->c);

	cursor_skip(&w->c, 2);
	return w->c.err ? w->c.err : ethertype_decode(w, type);
}

/* Links with n bytes in front of what another function decodes. */
static enum err after(struct walk *w, size_t n, enum err (*decode)(struct walk *))
{
	cursor_skip(&w->c, n);
	return w->c.err ? w->c.err : decode(w);
}

enum err link_decode(struct walk *w, uint32_t link)
{
	if (__builtin_expect(link == LINK_ETHERNET, 1))
		return ethernet_decode(w);
	switch (link) {
	case LINK_RAW: case LINK_RAW_OPENBSD: case LINK_RAW_FILE: case LINK_IPV4: case LINK_IPV6:
		return ip_decode(w);
	case LINK_SLL:
		return cooked_decode(w);
	case LINK_SLL2:
		return cooked2_decode(w);
	case LINK_NULL: case LINK_LOOP:
		return loopback_decode(w);
	case LINK_PPP: case LINK_PPP_SERIAL:
		return ppp_decode(w);
	case LINK_PPP_PPPD:
		return after(w, 2, ppp_decode);
	case LINK_PPP_DIRECTION:
		return after(w, 1, ppp_decode);
	case LINK_PPP_ETHER:
		return pppoe_decode(w);
	case LINK_HDLC:
		return hdlc_decode(w);
	case LINK_FRAME_RELAY:
		return frame_relay_decode(w);
	case LINK_ATM_LLC: case LINK_RFC1483:
		return llc_decode(w);
	case LINK_FDDI:
		return after(w, 13, llc_decode);
	case LINK_IPOIB:
		return infiniband_decode(w);
	case LINK_WLAN:
		return wlan_decode(w);
	case LINK_RADIOTAP:
		return radiotap_decode(w);
	case LINK_PRISM: case LINK_AVS:
		return avs_decode(w);
	case LINK_PFLOG:
		return pflog_decode(w);
	case LINK_ENC: /* family, index, flags */
		return after(w, 12, ip_decode);
	case LINK_MPLS:
		return mpls_decode(w);
	case LINK_NFLOG:
		return nflog_decode(w);
	case LINK_PKTAP: case LINK_PKTAP_APPLE:
		return pktap_decode(w);
	case LINK_PPI:
		return ppi_decode(w);
	case LINK_BROADCOM: case LINK_DSA:
		return switch_decode(w);
	case LINK_BROADCOM_BEFORE:
		return after(w, 4, ethernet_decode);
	default:
		w->foreign = true;
		return ERR_UNSUPPORTED;
	}
}
