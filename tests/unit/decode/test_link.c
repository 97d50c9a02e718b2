/* Every encapsulation leads to the same inner packet, complete and truncated. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "build.h"

struct sample {
	const char *name;
	unsigned link;
	bool v6;
	unsigned tunnels;
	const char *hex;  /* before the inner packet: applied as given … */
	void (*wrap)(struct build *); /* … after this */
};

static void snap(struct build *b)
{
	before_hex(b, "aa aa 03 00 00 00 08 00");
	ethernet(b, (unsigned)b->n);
	after_zeros(b, 20);
}

static void padded(struct build *b)
{
	ethernet(b, 0x0800);
	after_zeros(b, 30);
}

static void pppoe(struct build *b)
{
	before16(b, 0x0021);
	before16(b, (unsigned)b->n);
	before_hex(b, "11 00 00 01");
	ethernet(b, 0x8864);
}

static void pppoe_link(struct build *b)
{
	before16(b, 0x0021);
	before16(b, (unsigned)b->n);
	before_hex(b, "11 00 00 01");
}

static void qinq(struct build *b)
{
	before_hex(b, "00 64 81 00 00 65 08 00");
	ethernet(b, 0x88a8);
}

static void mpls(struct build *b)
{
	before_hex(b, "00 01 00 ff 00 02 01 ff");
	ethernet(b, 0x8847);
}

static void pseudowire(struct build *b)
{
	ethernet(b, 0x0800);
	before_hex(b, "00 02 01 ff 00 00 00 00");
	ethernet(b, 0x8847);
}

static void pseudowire_bare(struct build *b)
{
	before_hex(b, "08 00");
	before_hex(b, "44 00 00 00 00 02 42 00 00 00 00 01"); /* could be an IPv4 header */
	before_hex(b, "00 02 01 ff");
	ethernet(b, 0x8847);
}

static void in_ip4(struct build *b, unsigned proto)
{
	ip4(b, proto);
	ethernet(b, 0x0800);
}

static void ipip(struct build *b)
{
	in_ip4(b, 4);
}

static void sixinfour(struct build *b)
{
	in_ip4(b, 41);
}

static void fourinsix(struct build *b)
{
	ip6(b, 4);
	ethernet(b, 0x86dd);
}

static void gre(struct build *b)
{
	before_hex(b, "b0 00 08 00 00 00 00 00 00 00 00 05 00 00 00 09");
	in_ip4(b, 47);
}

static void pptp(struct build *b)
{
	before_hex(b, "ff 03 00 21");
	size_t n = b->n;
	before_hex(b, "00 00 00 01 00 00 00 02");
	before16(b, 7);
	before16(b, (unsigned)n);
	before_hex(b, "30 81 88 0b");
	in_ip4(b, 47);
}

static void bridged(struct build *b)
{
	ethernet(b, 0x0800);
	before_hex(b, "00 00 65 58");
	in_ip4(b, 47);
}

static void erspan1(struct build *b)
{
	ethernet(b, 0x0800);
	before_hex(b, "00 00 88 be");
	in_ip4(b, 47);
}

static void erspan2(struct build *b)
{
	ethernet(b, 0x0800);
	before_hex(b, "10 00 88 be 00 00 00 01 10 64 00 01 00 00 00 00");
	in_ip4(b, 47);
}

static void erspan3(struct build *b)
{
	ethernet(b, 0x0800);
	before_hex(b, "10 00 22 eb 00 00 00 01 20 64 00 01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00");
	in_ip4(b, 47);
}

static void in_udp(struct build *b, unsigned port)
{
	udp_of(b, 50000, port);
	in_ip4(b, 17);
}

static void vxlan(struct build *b)
{
	ethernet(b, 0x0800);
	before_hex(b, "08 00 00 00 00 00 2a 00");
	in_udp(b, 4789);
}

static void vxlan_gpe(struct build *b)
{
	before_hex(b, "0c 00 00 01 00 00 2a 00");
	in_udp(b, 4790);
}

static void geneve(struct build *b)
{
	ethernet(b, 0x0800);
	before_hex(b, "02 00 65 58 00 00 2a 00 01 02 03 01 00 00 00 00");
	in_udp(b, 6081);
}

static void gtp(struct build *b)
{
	size_t n = b->n + 8;
	before_hex(b, "00 07 00 85 01 00 09 00"); /* sequence 7, PDU session container */
	before32(b, 0x99);
	before16(b, (unsigned)n);
	before16(b, 0x36ff);
	in_udp(b, 2152);
}

static void teredo(struct build *b)
{
	/* its addresses are 2001:0:… */
	build_bytes(b)[10] = build_bytes(b)[11] = 0;
	before_hex(b, "00 00 12 34 01 02 03 04");
	before_hex(b, "00 01 00 00 01 02 03 04 05 06 07 08 00");
	in_udp(b, 3544);
}

static void l2tp(struct build *b)
{
	before_hex(b, "ff 03 00 21");
	before_hex(b, "00 02 00 01 00 02");
	in_udp(b, 1701);
}

static void capwap(struct build *b)
{
	before_hex(b, "aa aa 03 00 00 00 08 00");
	before_hex(b, "08 01 00 00 02 00 00 00 00 01 02 00 00 00 00 02 02 00 00 00 00 03 10 00");
	before_hex(b, "00 10 03 00 00 00 00 00");
	in_udp(b, 5247);
}

static void gre_in_udp(struct build *b)
{
	before_hex(b, "20 00 08 00 00 00 2a 00");
	in_udp(b, 4754);
}

static void tzsp(struct build *b)
{
	ethernet(b, 0x0800);
	before_hex(b, "01 00 00 01 0a 01 e2 00 29 02 05 dc 01"); /* signal, padding, original length */
	in_udp(b, 37008);
}

static void tzsp_of_wireless(struct build *b)
{
	before_hex(b, "08 01 00 00 02 00 00 00 00 01 02 00 00 00 00 02 02 00 00 00 00 03 10 00 aa aa 03 00 00 00 08 00");
	before_hex(b, "01 00 00 12 01");
	in_udp(b, 37008);
}

static void etherip(struct build *b)
{
	ethernet(b, 0x0800);
	before_hex(b, "30 00");
	in_ip4(b, 97);
}

static void twice(struct build *b)
{
	ethernet(b, 0x0800);
	before_hex(b, "08 00 00 00 00 00 2a 00");
	udp_of(b, 50000, 4789);
	ip6(b, 17);
	before_hex(b, "00 00 86 dd");
	in_ip4(b, 47);
}

static void ip_options(struct build *b)
{
	uint8_t *h = build_bytes(b), header[20];

	memcpy(header, h, 20);
	b->n -= 20;
	before_hex(b, "94 04 00 00"); /* router alert */
	header[0] = 0x46;
	header[3] = (uint8_t)(header[3] + 4);
	before(b, header, 20);
	ethernet(b, 0x0800);
}

static void extensions(struct build *b)
{
	/* hop-by-hop, routing, destination, AH, atomic fragment between the headers */
	uint8_t header[40];

	memcpy(header, build_bytes(b), 40);
	b->n -= 40;
	before_hex(b, "06 00 00 00 00 00 00 01");
	before_hex(b, "2c 01 00 00 00 00 00 01 00 00 00 02");
	before_hex(b, "33 00 01 04 00 00 00 00");
	before_hex(b, "3c 00 04 00 00 00 00 00");
	before_hex(b, "2b 00 05 02 00 00 01 00");
	header[4] = (uint8_t)(b->n >> 8), header[5] = (uint8_t)b->n, header[6] = 0;
	before(b, header, 40);
	ethernet(b, 0x86dd);
}

static void tso(struct build *b)
{
	build_bytes(b)[2] = build_bytes(b)[3] = 0;
	ethernet(b, 0x0800);
}

static void nflog(struct build *b)
{
	size_t n = b->n + 4;
	before(b, (uint8_t[]){(uint8_t)n, (uint8_t)(n >> 8), 9, 0}, 4);
	before_hex(b, "02 00 00 00 06 00 0a 00 61 00 00 00");
}

static const struct sample samples[] = {
    {"Ethernet", 1, false, 0, "02 00 00 00 00 02 02 00 00 00 00 01 08 00", NULL},
    {"Ethernet with IPv6", 1, true, 0, "02 00 00 00 00 02 02 00 00 00 00 01 86 dd", NULL},
    {"Ethernet padding", 1, false, 0, "", padded},
    {"LLC/SNAP", 1, false, 0, "", snap},
    {"VLAN", 1, false, 0, "02 00 00 00 00 02 02 00 00 00 00 01 81 00 00 64 08 00", NULL},
    {"QinQ", 1, false, 0, "", qinq},
    {"old QinQ", 1, false, 0, "02 00 00 00 00 02 02 00 00 00 00 01 91 00 00 64 81 00 00 01 08 00", NULL},
    {"VN-tag", 1, false, 0, "02 00 00 00 00 02 02 00 00 00 00 01 89 26 00 00 00 00 08 00", NULL},
    {"802.1BR", 1, false, 0, "02 00 00 00 00 02 02 00 00 00 00 01 89 3f 00 00 00 00 00 00 08 00", NULL},
    {"NSH", 1, false, 0, "02 00 00 00 00 02 02 00 00 00 00 01 89 4f 0f c2 02 01 00 00 01 ff", NULL},
    {"MPLS", 1, false, 0, "", mpls},
    {"MPLS pseudowire", 1, false, 0, "", pseudowire},
    {"MPLS pseudowire without control word", 1, false, 0, "", pseudowire_bare},
    {"PPPoE", 1, false, 0, "", pppoe},
    {"IPv4 options", 1, false, 0, "", ip_options},
    {"IPv6 extension headers", 1, true, 0, "", extensions},
    {"segmentation offload", 1, false, 0, "", tso},
    {"raw", 12, false, 0, "", NULL},
    {"raw 101", 101, true, 0, "", NULL},
    {"raw IPv4", 228, false, 0, "", NULL},
    {"raw IPv6", 229, true, 0, "", NULL},
    {"null, little-endian", 0, false, 0, "02 00 00 00", NULL},
    {"null, big-endian", 0, false, 0, "00 00 00 02", NULL},
    {"null, IPv6 of macOS", 0, true, 0, "1e 00 00 00", NULL},
    {"loop, IPv6 of FreeBSD", 108, true, 0, "00 00 00 1c", NULL},
    {"null, IPv6 of OpenBSD", 0, true, 0, "18 00 00 00", NULL},
    {"null, IPv6 of Linux", 0, true, 0, "0a 00 00 00", NULL},
    {"Linux cooked", 113, false, 0, "00 00 00 01 00 06 02 00 00 00 00 01 00 00 08 00", NULL},
    {"Linux cooked 2", 276, true, 0, "86 dd 00 00 00 00 00 02 00 01 00 06 02 00 00 00 00 01 00 00", NULL},
    {"PPP", 9, false, 0, "ff 03 00 21", NULL},
    {"PPP, compressed fields", 9, true, 0, "57", NULL},
    {"PPP serial", 50, false, 0, "ff 03 00 21", NULL},
    {"HDLC in PPP serial", 50, false, 0, "0f 00 08 00", NULL},
    {"PPP with direction", 204, false, 0, "00 ff 03 00 21", NULL},
    {"PPP over Ethernet link", 51, false, 0, "", pppoe_link},
    {"Cisco HDLC", 104, true, 0, "0f 00 86 dd", NULL},
    {"Frame Relay", 107, false, 0, "18 41 03 cc", NULL},
    {"Frame Relay, Cisco", 107, false, 0, "18 41 08 00", NULL},
    {"802.11", 105, false, 0,
     "88 01 00 00 02 00 00 00 00 01 02 00 00 00 00 02 02 00 00 00 00 03 10 00 00 00 aa aa 03 00 00 00 08 00", NULL},
    {"radiotap", 127, false, 0,
     "00 00 08 00 00 00 00 00 08 01 00 00 02 00 00 00 00 01 02 00 00 00 00 02 02 00 00 00 00 03 10 00 "
     "aa aa 03 00 00 00 08 00", NULL},
    {"802.11 with AVS", 163, false, 0,
     "80 21 10 01 00 00 00 0c 00 00 00 00 08 01 00 00 02 00 00 00 00 01 02 00 00 00 00 02 02 00 00 00 00 03 10 00 "
     "aa aa 03 00 00 00 08 00", NULL},
    {"802.11 with Prism", 119, false, 0,
     "44 00 00 00 0c 00 00 00 00 00 00 00 08 01 00 00 02 00 00 00 00 01 02 00 00 00 00 02 02 00 00 00 00 03 10 00 "
     "aa aa 03 00 00 00 08 00", NULL},
    {"OpenBSD's pflog", 117, false, 0, "0d 02 00 00 65 6d 30 00 00 00 00 00 00 00 00 00", NULL},
    {"OpenBSD's enc", 109, true, 0, "18 00 00 00 00 00 00 00 00 00 00 00", NULL},
    {"MPLS link", 219, false, 0, "00 01 00 ff 00 03 01 ff", NULL},
    {"NFLOG", 239, false, 0, "", nflog},
    {"PKTAP", 258, false, 0, "10 00 00 00 01 00 00 00 0c 00 00 00 ff ff ff ff", NULL},
    {"PPI", 192, false, 0, "00 00 08 00 65 00 00 00", NULL},
    {"FDDI", 10, false, 0, "50 02 00 00 00 00 02 02 00 00 00 00 01 aa aa 03 00 00 00 08 00", NULL},
    {"IP over InfiniBand", 242, true, 0,
     "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 86 dd 00 00", NULL},
    {"Marvell tag", 284, false, 0, "02 00 00 00 00 02 02 00 00 00 00 01 40 00 00 01 08 00", NULL},
    {"Broadcom tag", 281, false, 0, "02 00 00 00 00 02 02 00 00 00 00 01 00 00 00 01 08 00", NULL},
    {"IP in IP", 1, false, 1, "", ipip},
    {"6in4", 1, true, 1, "", sixinfour},
    {"4in6", 1, false, 1, "", fourinsix},
    {"GRE", 1, false, 1, "", gre},
    {"PPTP", 1, false, 1, "", pptp},
    {"transparent Ethernet bridging", 1, false, 1, "", bridged},
    {"ERSPAN I", 1, false, 1, "", erspan1},
    {"ERSPAN II", 1, false, 1, "", erspan2},
    {"ERSPAN III", 1, false, 1, "", erspan3},
    {"VXLAN", 1, false, 1, "", vxlan},
    {"VXLAN-GPE", 1, false, 1, "", vxlan_gpe},
    {"Geneve", 1, false, 1, "", geneve},
    {"GTP-U", 1, false, 1, "", gtp},
    {"Teredo", 1, true, 1, "", teredo},
    {"L2TP", 1, false, 1, "", l2tp},
    {"CAPWAP", 1, false, 1, "", capwap},
    {"GRE in UDP", 1, false, 1, "", gre_in_udp},
    {"TZSP", 1, false, 1, "", tzsp},
    {"TZSP with 802.11", 1, false, 1, "", tzsp_of_wireless},
    {"EtherIP", 1, false, 1, "", etherip},
    {"VXLAN in IPv6 in GRE", 1, false, 2, "", twice},
};
#define SAMPLES (sizeof samples / sizeof *samples)

static struct build *sample_build(const struct sample *s)
{
	struct build *b = s->v6 ? tcp6() : tcp4();

	if (s->wrap)
		s->wrap(b);
	before_hex(b, s->hex);
	return b;
}

static void every_encapsulation_gives_the_inner_packet(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *s = &samples[i];
		struct decoder *d = decoder_new(1 << 20);
		struct build *b = sample_build(s);
		struct packet p;
		uint8_t *copy;

		enum err e = decode_copy(d, build_bytes(b), b->n, b->n, s->link, 1, &p, &copy);
		if (e || p.proto != PROTO_TCP || p.dport != 443 || p.tunnels != s->tunnels)
			fail_msg("%s: error %d, protocol %u, port %u, tunnels %u", s->name, e, p.proto, p.dport, p.tunnels);
		assert_int_equal(p.sport, 40000);
		assert_int_equal(p.seq, 1000);
		assert_int_equal(p.ack, 77);
		assert_int_equal(p.window, 0x2000);
		assert_int_equal(p.tcp_flags, TCP_ACK | TCP_PSH);
		assert_int_equal(p.ttl, 64);
		assert_int_equal(p.ip_id, s->v6 ? 0 : 1);
		assert_int_equal(addr_is_v4(&p.src), !s->v6);
		assert_int_equal(p.dst.b[15], s->v6 ? 2 : 7);
		assert_int_equal(p.payload_length, 5);
		assert_memory_equal(p.payload.at, "hello", 5);
		assert_int_equal(p.hash, flow_hash(&p.src, p.sport, &p.dst, p.dport, p.proto));
		assert_int_equal(decoder_counters(d)->tunnelled, s->tunnels > 0);
		free(copy);
		free(b);
		decoder_free(d);
	}
}

static void a_cut_frame_is_never_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct build *b = sample_build(&samples[i]);
		struct decoder *d = decoder_new(1 << 20);

		for (size_t n = 0; n < b->n; n++) {
			struct packet p;
			uint8_t *copy;
			enum err e = decode_copy(d, build_bytes(b), n, b->n, samples[i].link, (int64_t)n * 1000000, &p, &copy);
			if (e != ERR_OK && e != ERR_TRUNCATED)
				fail_msg("%s cut to %zu of %zu: error %d", samples[i].name, n, b->n, e);
			if (e == ERR_OK && (p.dport != 443 || p.payload_length != 5 || p.payload.left + p.payload.lost != 5))
				fail_msg("%s cut to %zu of %zu: port %u", samples[i].name, n, b->n, p.dport);
			free(copy);
		}
		decoder_free(d);
		free(b);
	}
}

/* A short frame (nothing lost, the sender stopped early) must not crash, nor count as truncated beyond what IP says. */
static void a_short_frame_is_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct build *b = sample_build(&samples[i]);
		struct decoder *d = decoder_new(1 << 20);

		for (size_t n = 0; n < b->n; n++) {
			struct packet p;
			uint8_t *copy;
			(void)!decode_copy(d, build_bytes(b), n, n, samples[i].link, (int64_t)n * 1000000, &p, &copy);
			free(copy);
		}
		decoder_free(d);
		free(b);
	}
}

static void every_flipped_byte_is_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct build *b = sample_build(&samples[i]);
		struct decoder *d = decoder_new(1 << 16);

		for (size_t n = 0; n < b->n * 4; n++) {
			static const uint8_t with[4] = {0, 0xff, 0x80, 0x01};
			uint8_t *at = build_bytes(b) + n / 4, was = *at;
			struct packet p;
			*at = n % 4 < 2 ? with[n % 4] : *at ^ with[n % 4];
			if (decode_at(d, b, samples[i].link, (int64_t)n * 100000, &p) == ERR_OK)
				assert_true(p.payload.left + p.payload.lost <= UINT32_MAX);
			*at = was;
		}
		decoder_free(d);
		free(b);
	}
}

static void unknown_link_layer_is_unsupported(void **state)
{
	struct decoder *d = decoder_new(1 << 20);
	struct build *b = tcp4();
	struct packet p;

	(void)state;
	assert_int_equal(decode_at(d, b, 195, 1, &p), ERR_UNSUPPORTED);
	assert_int_equal(decoder_counters(d)->unsupported, 1);
	assert_int_equal(decoder_counters(d)->foreign, 1);
	free(b);
	decoder_free(d);
}

static void arp_is_other(void **state)
{
	struct decoder *d = decoder_new(1 << 20);
	struct build *b = build_new("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	struct packet p;

	(void)state;
	ethernet(b, 0x0806);
	assert_int_equal(decode_at(d, b, 1, 1, &p), ERR_END);
	assert_int_equal(decoder_counters(d)->other, 1);
	assert_int_equal(decoder_counters(d)->duplicates, 0);
	free(b);
	decoder_free(d);
}

static void nesting_beyond_the_bound_is_a_limit(void **state)
{
	struct decoder *d = decoder_new(1 << 20);
	struct build *b = tcp4();
	struct packet p;

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		ip4(b, 4);
	assert_int_equal(decode_at(d, b, 12, 1, &p), ERR_OK);
	assert_int_equal(p.tunnels, 8);
	ip4(b, 4);
	assert_int_equal(decode_at(d, b, 12, 1000000, &p), ERR_LIMIT);
	assert_int_equal(decoder_counters(d)->limit, 1);
	free(b);
	decoder_free(d);
}

static void many_tags_are_a_limit(void **state)
{
	struct decoder *d = decoder_new(1 << 20);
	struct build *b = tcp4();
	struct packet p;

	(void)state;
	before16(b, 0x0800);
	for (unsigned i = 0; i < 40; i++)
		before_hex(b, "81 00 00 01");
	before_hex(b, "02 00 00 00 00 02 02 00 00 00 00 01");
	assert_int_equal(decode_at(d, b, 1, 1, &p), ERR_LIMIT);
	free(b);
	decoder_free(d);
}

static void nine_extension_headers_are_a_limit(void **state)
{
	struct decoder *d = decoder_new(1 << 20);
	struct build *b = build_new("");
	struct packet p;

	(void)state;
	tcp_of(b, 40000, 443, 1, TCP_SYN, 0);
	before_hex(b, "06 00 01 04 00 00 00 00");
	for (unsigned i = 1; i < 8; i++)
		before_hex(b, "3c 00 01 04 00 00 00 00");
	size_t eight = b->n;
	ip6(b, 60);
	assert_int_equal(decode_at(d, b, 229, 1, &p), ERR_OK);
	b->n = eight;
	before_hex(b, "3c 00 01 04 00 00 00 00");
	ip6(b, 60);
	assert_int_equal(decode_at(d, b, 229, 1000000, &p), ERR_LIMIT);
	free(b);
	decoder_free(d);
}

static void a_udp_port_alone_makes_no_tunnel(void **state)
{
	static const unsigned ports[] = {1701, 2152, 3544, 4789, 4790, 5247, 6081, 6635, 8472};
	struct decoder *d = decoder_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
		struct build *b = build_new("\x17\xfe\xfd something that is no tunnel at all, but long enough to hold one");
		struct packet p;
		udp_of(b, 50000, ports[i]);
		ip4(b, 17);
		assert_int_equal(decode_at(d, b, 12, 1, &p), ERR_OK);
		assert_int_equal(p.dport, ports[i]);
		assert_int_equal(p.tunnels, 0);
		free(b);
	}
	decoder_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_encapsulation_gives_the_inner_packet),
	    cmocka_unit_test(a_cut_frame_is_never_malformed),
	    cmocka_unit_test(a_short_frame_is_survived),
	    cmocka_unit_test(every_flipped_byte_is_survived),
	    cmocka_unit_test(unknown_link_layer_is_unsupported),
	    cmocka_unit_test(arp_is_other),
	    cmocka_unit_test(nesting_beyond_the_bound_is_a_limit),
	    cmocka_unit_test(many_tags_are_a_limit),
	    cmocka_unit_test(nine_extension_headers_are_a_limit),
	    cmocka_unit_test(a_udp_port_alone_makes_no_tunnel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
