/* QUIC: who opens a connection to which name, and whether the server answers.
 * Source: RFC 8999 (invariants), RFC 9000, RFC 9001, RFC 9369; Google's QUIC by its look. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/map.h"
#include "dissectors/dissector.h"
#include "dissectors/quic.h"
#include "dissectors/quic_crypto.h"
#include "dissectors/quic_frames.h"
#include "dissectors/tls_hello.h"

#define PACKETS_MOST 16 /* coalesced in one datagram; further ones are ignored */
#define REPEATS_MOST 4  /* how often an incomplete ClientHello is searched for its name */
#define SHORT_LEAST 21  /* RFC 9000 10.3.3: shorter ones cannot be told from a stateless reset */
#define INITIAL_LEAST 1200 /* RFC 9000 14.1: of datagrams that carry one */
#define HANDSHAKE_HEADER_BYTES 4

#define LONG_HEADER 0x80
#define FIXED_BIT 0x40

enum packet_type { TYPE_INITIAL, TYPE_0RTT, TYPE_HANDSHAKE, TYPE_RETRY, TYPE_NEGOTIATION };

/* Google's public header, before its version 46. */
enum { GOOGLE_VERSION = 0x01, GOOGLE_CID = 0x08 };

struct quic_state {
	struct dissector_block block;
	uint32_t version;     /* of the first client Initial */
	struct quic_cid dcid; /* from which the keys of the client's Initials are derived */
	bool begun;           /* the two above are set */
	bool said;            /* the ClientHello's fact was made, or never will be */
	bool google;          /* public headers */
	uint8_t repeats;
};

/* Kept in the block; without one, in a scratch block for a single datagram. */
struct quic_block {
	uint32_t keys_version[2]; /* 0: not derived; by side */
	struct quic_keys keys[2];
	struct quic_stream stream;
};

static_assert(sizeof(struct quic_state) <= DISSECTOR_STATE, "state too large");
static_assert(sizeof(struct quic_block) <= DISSECTOR_BLOCK, "block too large");

struct long_header {
	uint8_t first;
	uint32_t version;
	const struct quic_version *v; /* NULL: not one that can be decrypted */
	struct quic_cid dcid;
	uint64_t scid; /* hash; 0: none */
};

struct hearing {
	struct quic_state *state;
	struct quic_block *block;
	enum side side;
	struct facts *facts;
};

/* "Q043", "T051": Google's versions before the RFC. */
static bool is_google(uint32_t version)
{
	uint8_t tens = version >> 8 & 0xff, ones = version & 0xff;

	return (version >> 24 == 'Q' || version >> 24 == 'T') && (version >> 16 & 0xff) == '0' && tens >= '0' &&
	       tens <= '9' && ones >= '0' && ones <= '9';
}

#define GOOGLE_Q046 0x51303436u

/* Source: RFC 9000 17.2 table 5; RFC 9369 3.2 */
static enum packet_type type_of(const struct long_header *h)
{
	unsigned bits = h->first >> 4 & 3u;

	if (h->version == 0)
		return TYPE_NEGOTIATION;
	return (enum packet_type)(h->v && h->v->rotated ? (bits + 3) & 3 : bits);
}

static uint64_t hash_cid(struct cursor *c)
{
	size_t n = cursor_u8(c);
	const uint8_t *bytes = cursor_bytes(c, n);

	return bytes && n ? hash_bytes(bytes, n) : 0;
}

/* Up to and including the connection ids; longer ids are legal in future versions.
 * Source: RFC 8999 5.1; draft-ietf-quic-transport-18 17.2 (Q046: both lengths in a byte) */
static struct long_header parse_long_header(struct cursor *c)
{
	struct long_header h = {.first = cursor_u8(c)};

	h.version = cursor_u32(c);
	h.v = quic_version_find(h.version);
	uint8_t n = cursor_u8(c), scid_n = 0;
	if (h.version == GOOGLE_Q046) {
		scid_n = n & 15 ? (n & 15) + 3 : 0;
		n = n >> 4 ? (n >> 4) + 3 : 0;
	}
	if (c->err == ERR_OK && h.v && n > QUIC_CID_MOST)
		cursor_refuse(c);
	h.dcid.n = n <= QUIC_CID_MOST ? n : 0;
	cursor_copy(c, h.dcid.at, h.dcid.n);
	cursor_skip(c, n - h.dcid.n);
	if (h.version == GOOGLE_Q046)
		cursor_skip(c, scid_n);
	else
		h.scid = hash_cid(c);
	return h;
}

/* ---- the ClientHello */

static void say_hello(struct hearing *l, const struct tls_hello *hello, bool whole)
{
	struct fact *fact = facts_add(l->facts, FACT_QUIC_HELLO);

	fact->name = facts_name(l->facts, hello->sni, hello->sni_n);
	fact->other = facts_text(l->facts, hello->alpn, hello->alpn_n);
	fact->flag = hello->ech;
	fact->n = !whole;
	l->state->said = l->state->block.over = true;
}

static void give_up_hello(struct hearing *l)
{
	l->state->said = l->state->block.over = true;
}

/* Report the name once the ClientHello is whole; with `last`, already when its name has come (a
 * piece was lost, or there is no memory to wait for it).
 * Source: RFC 9001 4.1.3 (CRYPTO carries handshake messages without records) */
static void try_hello(struct hearing *l, bool last)
{
	size_t ready = quic_stream_ready(&l->block->stream);
	struct cursor c = cursor_of(l->block->stream.bytes, ready, ready);
	struct tls_hello hello;

	if (l->state->said || ready < HANDSHAKE_HEADER_BYTES)
		return;
	uint8_t type = cursor_u8(&c);
	size_t length = cursor_u24(&c);
	if (type != TLS_HANDSHAKE_CLIENT_HELLO || length > QUIC_HELLO_MOST - HANDSHAKE_HEADER_BYTES) {
		give_up_hello(l);
		return;
	}
	bool whole = c.left >= length;
	if (!whole && (!last || l->state->repeats++ >= REPEATS_MOST))
		return;
	enum err e = tls_client_hello_parse(cursor_of(c.at, c.left, length), false, &hello);
	if (whole ? e == ERR_OK || hello.sni : hello.sni != NULL)
		say_hello(l, &hello, whole);
	else if (whole)
		give_up_hello(l);
}

/* ---- decryption */

/* The keys of a side for the connection that the state knows. */
static const struct quic_keys *keys_get(struct hearing *l, const struct quic_version *v)
{
	struct quic_block *b = l->block;
	bool server = l->side == SIDE_SERVER;

	if (b->keys_version[server] != v->first) {
		if (!quic_keys_derive(v, &l->state->dcid, server, &b->keys[server]))
			return NULL;
		b->keys_version[server] = v->first;
	}
	return &b->keys[server];
}

/* Open a packet; a truncated one cannot be verified, so its frames must at least parse. */
static bool open_with(const struct quic_keys *keys, const struct quic_packet *packet, struct cursor *ret_plain)
{
	struct quic_close close;

	if (!keys || !quic_open(keys, packet, ret_plain))
		return false;
	if (packet->protected.lost == 0)
		return true;
	enum err e = quic_frames_parse(*ret_plain, NULL, &close);
	return e == ERR_OK || e == ERR_TRUNCATED;
}

/* The client's keys are derived from the DCID that it chose first; after a Retry, from the one in
 * that; a new connection on the same ports has its own.
 * Source: RFC 9001 5.2 */
static bool open_client(struct hearing *l, const struct long_header *h, const struct quic_packet *packet,
			struct cursor *ret_plain)
{
	struct quic_state *s = l->state;
	struct quic_keys keys;

	if (!s->begun) {
		s->begun = true;
		s->version = h->version;
		s->dcid = h->dcid;
	}
	if (open_with(keys_get(l, h->v), packet, ret_plain))
		return true;
	if (memcmp(&s->dcid, &h->dcid, sizeof s->dcid) == 0 || !quic_keys_derive(h->v, &h->dcid, false, &keys) ||
	    !open_with(&keys, packet, ret_plain))
		return false;
	s->dcid = h->dcid;
	l->block->keys_version[SIDE_SERVER] = 0;
	l->block->keys_version[SIDE_CLIENT] = h->v->first;
	l->block->keys[SIDE_CLIENT] = keys;
	l->block->stream.n = 0;
	return true;
}

static void say_close(struct hearing *l, const struct quic_close *close)
{
	if (!close->present)
		return;
	struct fact *fact = facts_add(l->facts, FACT_QUIC_CLOSE);
	fact->number = close->error < UINT32_MAX ? (uint32_t)close->error : UINT32_MAX;
	fact->other = facts_text(l->facts, close->reason, close->reason_n);
}

static enum err hear_client_initial(struct hearing *l, const struct long_header *h, const struct quic_packet *packet)
{
	struct fact *fact = facts_add(l->facts, FACT_QUIC_INITIAL);
	struct cursor plain;
	struct quic_close close;

	fact->number = h->version;
	fact->id = hash_bytes(h->dcid.at, h->dcid.n);
	fact->flag = h->v && packet && open_client(l, h, packet, &plain);
	if (!fact->flag)
		return ERR_OK;
	size_t before = quic_stream_bytes(&l->block->stream);
	enum err e = quic_frames_parse(plain, l->state->said ? NULL : &l->block->stream, &close);
	bool repeats = before && quic_stream_bytes(&l->block->stream) == before;
	say_close(l, &close);
	try_hello(l, repeats || !l->state->block.at || e == ERR_LIMIT || e == ERR_TRUNCATED);
	return e;
}

static enum err hear_server_initial(struct hearing *l, const struct long_header *h, const struct quic_packet *packet)
{
	struct cursor plain;
	struct quic_close close;

	if (!l->state->begun || !open_with(keys_get(l, h->v), packet, &plain))
		return ERR_OK;
	enum err e = quic_frames_parse(plain, NULL, &close);
	say_close(l, &close);
	return e;
}

/* ---- packets */

/* The rest of the datagram belongs to this packet, or cannot be separated from it. */
static void skip_rest(struct cursor *c)
{
	if (c->err == ERR_OK)
		cursor_take(c, cursor_wire(c));
}

/* For versions whose packets have a length: the packet after its header.
 * Source: RFC 9000 17.2.2, 17.2.3, 17.2.4 */
static struct quic_packet take_packet(struct cursor start, struct cursor *c, enum packet_type type)
{
	struct quic_packet packet = {.first = cursor_u8(&start)};

	if (type == TYPE_INITIAL) {
		uint64_t token_n = quic_varint(c);
		cursor_take(c, token_n < SIZE_MAX ? (size_t)token_n : SIZE_MAX);
	}
	uint64_t length = quic_varint(c);
	size_t header_n = start.left - c->left;
	packet.protected = cursor_take(c, length < SIZE_MAX ? (size_t)length : SIZE_MAX);
	if (c->err == ERR_OK)
		packet.header = cursor_take(&start, header_n);
	return packet;
}

static void say_server(struct hearing *l, enum packet_type type, uint64_t scid)
{
	struct fact *fact = facts_add(l->facts, FACT_QUIC_SERVER);

	fact->code = (uint16_t)type;
	fact->id = scid;
	if (type == TYPE_HANDSHAKE) /* the server has the whole ClientHello */
		try_hello(l, true);
}

static enum err hear_long(struct hearing *l, struct cursor *bytes)
{
	struct cursor start = *bytes;
	struct long_header h = parse_long_header(bytes);
	enum packet_type type = type_of(&h);
	bool server = l->side == SIDE_SERVER;

	if (bytes->err != ERR_OK)
		return bytes->err;
	if (!h.v || type == TYPE_RETRY || type == TYPE_NEGOTIATION) {
		skip_rest(bytes);
		if (server)
			say_server(l, type, h.scid);
		else if (type == TYPE_INITIAL)
			return hear_client_initial(l, &h, NULL);
		return ERR_OK;
	}
	struct quic_packet packet = take_packet(start, bytes, type);
	if (bytes->err == ERR_TRUNCATED && type == TYPE_INITIAL && !server)
		hear_client_initial(l, &h, NULL); /* the capture ends within its token */
	if (bytes->err != ERR_OK)
		return bytes->err;
	if (server)
		say_server(l, type, h.scid);
	if (type != TYPE_INITIAL)
		return ERR_OK;
	return server ? hear_server_initial(l, &h, &packet) : hear_client_initial(l, &h, &packet);
}

static enum err hear_short(struct hearing *l, struct cursor *bytes)
{
	skip_rest(bytes);
	facts_add(l->facts, FACT_QUIC_SHORT);
	if (l->side == SIDE_SERVER)
		try_hello(l, true);
	return ERR_OK;
}

/* Google's public header: flags, connection id, version if the client proposes it. */
static bool is_google_hello(const struct cursor *c)
{
	struct cursor ahead = *c;
	uint8_t flags = cursor_u8(&ahead);

	cursor_skip(&ahead, 8);
	return is_google(cursor_u32(&ahead)) && !(flags & LONG_HEADER) && flags & GOOGLE_VERSION && flags & GOOGLE_CID;
}

static enum err hear_google(struct hearing *l, struct cursor *bytes)
{
	uint8_t flags = cursor_u8(bytes);

	if (l->side == SIDE_SERVER) {
		say_server(l, flags & GOOGLE_VERSION ? TYPE_NEGOTIATION : TYPE_HANDSHAKE, 0);
	} else if (flags & GOOGLE_VERSION && flags & GOOGLE_CID) {
		struct long_header h = {.dcid.n = 8};
		cursor_copy(bytes, h.dcid.at, h.dcid.n);
		h.version = cursor_u32(bytes);
		if (bytes->err == ERR_OK)
			hear_client_initial(l, &h, NULL);
	} else {
		facts_add(l->facts, FACT_QUIC_SHORT);
	}
	skip_rest(bytes);
	return bytes->err;
}

/* Source: RFC 9000 12.2 (coalescing); after the first packet, bytes without the fixed bit are padding */
static enum err parse(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	static _Thread_local struct quic_block scratch;
	struct quic_state *s = state;
	struct hearing l = {s, s->block.at, side, facts};
	enum err first = ERR_OK;

	if (!l.block) {
		l.block = &scratch;
		scratch.stream.n = 0;
		scratch.keys_version[0] = scratch.keys_version[1] = 0;
	}
	s->google |= side == SIDE_CLIENT && is_google_hello(bytes);
	if (s->google && !(cursor_peek(bytes, 0) & LONG_HEADER))
		return hear_google(&l, bytes);
	for (unsigned i = 0; i < PACKETS_MOST && bytes->left && bytes->err == ERR_OK; i++) {
		uint8_t byte = cursor_peek(bytes, 0);
		if (i && !(byte & FIXED_BIT))
			break;
		enum err e = byte & LONG_HEADER ? hear_long(&l, bytes) : hear_short(&l, bytes);
		first = first != ERR_OK ? first : e;
	}
	return first != ERR_OK ? first : bytes->lost ? ERR_TRUNCATED : bytes->err;
}

uint64_t quic_initial_id(struct cursor datagram)
{
	if ((cursor_peek(&datagram, 0) & (LONG_HEADER | FIXED_BIT)) != (LONG_HEADER | FIXED_BIT))
		return 0;
	struct long_header h = parse_long_header(&datagram);

	return datagram.err == ERR_OK && h.v && type_of(&h) == TYPE_INITIAL ? hash_bytes(h.dcid.at, h.dcid.n) : 0;
}

/* ---- probing */

/* Source: RFC 8999 6 */
static bool is_negotiation(struct cursor c)
{
	size_t n = cursor_wire(&c);

	while (c.left >= 4)
		if (quic_version_find(cursor_u32(&c)))
			return n % 4 == 0;
	return false;
}

/* Source: RFC 9000 17.2, 17.3.1; RFC 9443 3 (what else shares a port) */
static enum probe probe(struct cursor bytes, enum side side)
{
	uint8_t first = cursor_peek(&bytes, 0);
	struct cursor c = bytes;

	if (!(first & LONG_HEADER)) {
		if (side == SIDE_CLIENT && is_google_hello(&bytes))
			return PROBE_YES;
		size_t channel_n = 4 + (size_t)cursor_peek16(&bytes, 2);
		bool channel = first < 0x50 && cursor_wire(&bytes) - channel_n < 4; /* TURN's ChannelData */
		return first & FIXED_BIT && !channel && cursor_wire(&bytes) >= SHORT_LEAST ? PROBE_MAYBE : PROBE_NO;
	}
	bool negotiation = cursor_peek16(&bytes, 1) == 0 && cursor_peek16(&bytes, 3) == 0;
	if (!(first & FIXED_BIT) && !negotiation) /* media, mostly */
		return PROBE_NO;
	struct long_header h = parse_long_header(&c);
	if (c.err != ERR_OK)
		return PROBE_NO;
	if (h.version == 0)
		return is_negotiation(c) ? PROBE_YES : PROBE_NO;
	if (h.v || is_google(h.version))
		return PROBE_YES;
	return cursor_wire(&bytes) >= INITIAL_LEAST ? PROBE_MAYBE : PROBE_NO;
}

static const uint16_t ports[] = {443, 80, 853, 4433, 8443, 0};

const struct dissector dissector_quic = {
	.name = "quic",
	.transport = OVER_UDP,
	.ports = ports,
	.probe = probe,
	.state_bytes = sizeof(struct quic_state),
	.parse = parse,
	.source = "RFC 8999 5, 6; RFC 9000 12, 17; RFC 9001 5; RFC 9369 3",
	.block_bytes = sizeof(struct quic_block),
	.block_zeroed = offsetof(struct quic_block, stream.bytes),
};
