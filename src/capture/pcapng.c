/* pcapng, read in place: sections, interfaces, packets, drop counters.
 * Source: draft-ietf-opsawg-pcapng (blocks 4.1 to 4.6, options 3.5, obsolete Packet
 * Block appendix A). The same files count as damaged as with libpcap 1.10, except
 * that interfaces and sections may differ. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/inside.h"
#include "capture/interfaces.h"
#include "capture/reader.h"

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET_OLD 2u
#define BLOCK_PACKET_SIMPLE 3u
#define BLOCK_STATISTICS 5u
#define BLOCK_PACKET 6u
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define BLOCK_HEAD_BYTES 8  /* type, length */
#define BLOCK_LEAST_BYTES 12
#define BLOCK_MOST_BYTES (16u << 20)
#define ENHANCED_BYTES 28 /* of an enhanced packet block before its packet */
#define SECTION_BYTES 28    /* of its header without options */
#define SECTION_MOST_BYTES (1u << 20)

struct pcapng_file {
	bool little;
	struct interfaces interfaces; /* of this section */
};

/* One block: its body, and what messages need. */
struct block {
	uint32_t type, bytes;
	struct cursor body;
	bool little;
};

static uint16_t u16(struct block *b)
{
	uint16_t v = cursor_u16(&b->body);

	return b->little ? __builtin_bswap16(v) : v;
}

static inline uint32_t u32(struct block *b)
{
	uint32_t v = cursor_u32(&b->body);

	return b->little ? __builtin_bswap32(v) : v;
}

static enum err damage_at(struct reader *r, enum err e, const char *what)
{
	return reader_damage(r, e, "%s at byte %" PRIu64 ", behind packet %" PRIu64, what, r->stream.offset,
	                     r->records);
}

static enum err need(struct reader *r, size_t want)
{
	char what[48];

	r->want = want;
	if (!r->stream.ended)
		return ERR_MORE;
	snprintf(what, sizeof what, "a block behind packet %" PRIu64, r->records);
	return reader_cut(r, what);
}

/* The byte order of the section that begins at c. False: none. */
static bool section_order(struct cursor c, bool *ret_little)
{
	cursor_skip(&c, BLOCK_HEAD_BYTES);
	uint32_t magic = cursor_u32(&c);

	*ret_little = magic == __builtin_bswap32(BYTE_ORDER_MAGIC);
	return c.err == ERR_OK && (*ret_little || magic == BYTE_ORDER_MAGIC);
}

static bool pcapng_knows(struct cursor c)
{
	struct cursor at = c;
	bool little;

	return cursor_u32(&at) == BLOCK_SECTION && section_order(c, &little);
}

static enum err pcapng_open(struct reader *r)
{
	struct pcapng_file *p = calloc(1, sizeof *p);
	struct cursor c = stream_cursor(&r->stream);

	if (!p)
		return err_fail(ERR_MEMORY, "out of memory for a capture");
	r->own = p;
	(void)section_order(c, &p->little);
	cursor_skip(&c, 4);
	uint32_t bytes = cursor_u32(&c);
	cursor_skip(&c, 4);
	struct block b = {.body = c, .little = p->little};
	uint16_t major = u16(&b), minor = u16(&b);
	bytes = p->little ? __builtin_bswap32(bytes) : bytes;
	if (bytes < SECTION_BYTES || bytes > SECTION_MOST_BYTES)
		return name_fail(ERR_USAGE, r->name,
		                 "its first section header claims %" PRIu32 " bytes: the file is damaged", bytes);
	if (b.body.err != ERR_OK)
		return name_fail(ERR_USAGE, r->name, "cut in the middle of its header");
	if (major != 1 || (minor != 0 && minor != 2))
		return name_fail(ERR_USAGE, r->name, "version %u.%u of pcapng is not known", major, minor);
	return ERR_OK;
}

static enum err section_begin(struct reader *r, struct pcapng_file *p, struct block *b)
{
	cursor_skip(&b->body, 4);
	uint16_t major = u16(b);

	cursor_skip(&b->body, 10); /* minor version, length */
	if (b->body.err != ERR_OK)
		return damage_at(r, ERR_MALFORMED, "a section header is too short");
	if (major != 1)
		return damage_at(r, ERR_UNSUPPORTED, "a section of an unknown version");
	interfaces_clear(&p->interfaces);
	return ERR_OK;
}

static enum err interface_begin(struct reader *r, struct pcapng_file *p, struct block *b)
{
	struct interface *i = NULL;
	enum err e = interfaces_add(&p->interfaces, b->body, b->little, r->filter, &i);

	if (e == ERR_MEMORY)
		return e;
	if (e == ERR_LIMIT)
		return damage_at(r, ERR_LIMIT, "more interfaces than any machine has");
	if (e != ERR_OK)
		return damage_at(r, ERR_MALFORMED, "an interface description is damaged");
	if (r->filter && !i->program && r->link_type == NULL)
		return ERR_USAGE; /* the filter does not fit the first one: err_detail() says why */
	if (r->filter && !i->program)
		r->unfit = link_name(i->dlt);
	if (!r->link_type) {
		r->link_type = link_name(i->dlt);
		r->snaplen = i->snaplen;
	}
	return ERR_OK;
}

/* What every kind of packet block tells about its packet. */
struct packet {
	const struct interface *interface; /* NULL: never described */
	uint64_t ticks;
	uint32_t captured, length;
	const uint8_t *bytes;              /* NULL: not in the block */
};

/* A packet as a frame. *ret_n: 1, or 0 when the filter leaves it out. */
static inline enum err packet_frame(struct reader *r, const struct packet *k, struct frame *f, unsigned *ret_n)
{
	const struct interface *i = k->interface;

	if (__builtin_expect(!i, 0))
		return damage_at(r, ERR_MALFORMED, "a packet of an interface that is not described");
	if (__builtin_expect(k->captured > i->snaplen, 0))
		return damage_at(r, ERR_MALFORMED, "a packet that claims to be longer than its interface captures");
	if (__builtin_expect(!k->bytes, 0))
		return damage_at(r, ERR_MALFORMED, "a packet that claims to be longer than its block");
	f->bytes = k->bytes;
	f->captured = k->captured;
	f->length = k->length > k->captured ? k->length : k->captured;
	f->time_us = interface_time(i, k->ticks);
	f->link = i->dlt;
	if (r->records++ == 0)
		r->first_us = f->time_us;
	if (!r->filter)
		*ret_n = 1;
	else if (i->program)
		*ret_n = filter_passes(i->program, f);
	return ERR_OK;
}

/* A simple or an obsolete packet block. */
static enum err packet_read(struct reader *r, struct pcapng_file *p, struct block *b, struct frame *f, unsigned *ret_n)
{
	struct packet k = {0};

	if (b->type == BLOCK_PACKET_SIMPLE) {
		k.interface = interfaces_find(&p->interfaces, 0);
		k.length = u32(b);
		k.captured = k.interface && k.length > k.interface->snaplen ? k.interface->snaplen : k.length;
	} else {
		k.interface = interfaces_find(&p->interfaces, u16(b));
		cursor_skip(&b->body, 2); /* drops since the packet before */
		k.ticks = (uint64_t)u32(b) << 32;
		k.ticks |= u32(b);
		k.captured = u32(b);
		k.length = u32(b);
	}
	if (b->body.err != ERR_OK)
		return damage_at(r, ERR_MALFORMED, "a packet block is too short");
	k.bytes = cursor_bytes(&b->body, k.captured);
	return packet_frame(r, &k, f, ret_n);
}

/* Everything that is no packet. */
static enum err block_read(struct reader *r, struct pcapng_file *p, struct block *b)
{
	switch (b->type) {
	case BLOCK_SECTION:
		return section_begin(r, p, b);
	case BLOCK_INTERFACE:
		return interface_begin(r, p, b);
	case BLOCK_STATISTICS:
		r->dropped += interfaces_statistics(&p->interfaces, b->body, b->little);
		return ERR_OK;
	default:
		return ERR_OK;
	}
}

static bool length_is_possible(uint32_t bytes)
{
	return bytes >= BLOCK_LEAST_BYTES && bytes % 4 == 0 && bytes <= BLOCK_MOST_BYTES;
}

static enum err length_damage(struct reader *r, uint32_t bytes)
{
	char what[64];

	snprintf(what, sizeof what, "an impossible block length of %" PRIu32, bytes);
	return damage_at(r, ERR_MALFORMED, what);
}

static enum err lengths_differ(struct reader *r, uint32_t bytes, uint32_t again)
{
	char what[80];

	snprintf(what, sizeof what, "a block whose two lengths differ (%" PRIu32 " and %" PRIu32 ")", bytes, again);
	return damage_at(r, ERR_MALFORMED, what);
}

/* Cut the next block out of c and check its two lengths. */
static enum err block_next(struct reader *r, struct pcapng_file *p, struct cursor *c, struct block *ret_block)
{
	struct block b = {.body = *c, .little = p->little};

	b.type = u32(&b);
	if (b.type == BLOCK_SECTION) {
		if (!section_order(*c, &p->little))
			return damage_at(r, ERR_MALFORMED, "a section header without its byte order");
		b.little = p->little;
	}
	b.bytes = u32(&b);
	if (!length_is_possible(b.bytes))
		return length_damage(r, b.bytes);
	if (!cursor_has(c, b.bytes))
		return need(r, b.bytes);
	b.body = cursor_take(&b.body, b.bytes - BLOCK_HEAD_BYTES);
	struct block tail = {.body = b.body, .little = b.little};
	b.body = cursor_take(&tail.body, b.bytes - BLOCK_LEAST_BYTES);
	uint32_t again = u32(&tail);
	if (again != b.bytes)
		return lengths_differ(r, b.bytes, again);
	cursor_skip(c, b.bytes);
	*ret_block = b;
	return ERR_OK;
}

/* Any block but a whole enhanced packet. */
static enum err other_read(struct reader *r, struct pcapng_file *p, struct cursor *c, struct frame *f, unsigned *ret_n)
{
	struct block b;
	enum err e = block_next(r, p, c, &b);

	if (e != ERR_OK)
		return e;
	if (b.type == BLOCK_PACKET_SIMPLE || b.type == BLOCK_PACKET_OLD)
		return packet_read(r, p, &b, f, ret_n);
	if (b.type == BLOCK_PACKET)
		return damage_at(r, ERR_MALFORMED, "a packet block is too short");
	return block_read(r, p, &b);
}

/* The fast path for a whole enhanced packet block, as nearly all blocks are: the same as above,
 * over a cursor of constant size whose checks the compiler drops. */
static inline enum err enhanced_read(struct reader *r, struct pcapng_file *p, struct cursor *c, struct frame *f,
                                     unsigned *ret_n)
{
	struct block b = {.body = cursor_of(c->at, ENHANCED_BYTES, ENHANCED_BYTES), .little = p->little};
	struct packet k;

	b.type = u32(&b);
	b.bytes = u32(&b);
	if (__builtin_expect(!length_is_possible(b.bytes), 0))
		return length_damage(r, b.bytes);
	if (__builtin_expect(!cursor_has(c, b.bytes), 0))
		return need(r, b.bytes);
	if (__builtin_expect(b.bytes < ENHANCED_BYTES + 4, 0))
		return damage_at(r, ERR_MALFORMED, "a packet block is too short");
	k.interface = interfaces_find(&p->interfaces, u32(&b));
	k.ticks = (uint64_t)u32(&b) << 32;
	k.ticks |= u32(&b);
	k.captured = u32(&b);
	k.length = u32(&b);
	cursor_skip(c, ENHANCED_BYTES);
	k.bytes = k.captured <= b.bytes - ENHANCED_BYTES - 4 ? c->at : NULL;
	cursor_skip(c, b.bytes - ENHANCED_BYTES - 4);
	uint32_t again = cursor_u32(c);
	again = p->little ? __builtin_bswap32(again) : again;
	if (__builtin_expect(again != b.bytes, 0))
		return lengths_differ(r, b.bytes, again);
	__builtin_prefetch(c->at);
	return packet_frame(r, &k, f, ret_n);
}

static enum err pcapng_fill(struct reader *r, struct frame *frames, unsigned room, unsigned *ret_n)
{
	struct pcapng_file *p = r->own;
	struct cursor c = stream_cursor(&r->stream);
	enum err e = ERR_OK;
	unsigned n = 0;

	while (n < room && e == ERR_OK) {
		size_t before = c.left;
		unsigned one = 0;
		if (!cursor_has(&c, BLOCK_LEAST_BYTES)) {
			e = need(r, BLOCK_LEAST_BYTES);
			break;
		}
		struct block head = {.body = cursor_of(c.at, 4, 4), .little = p->little};
		if (u32(&head) == BLOCK_PACKET && cursor_has(&c, ENHANCED_BYTES))
			e = enhanced_read(r, p, &c, &frames[n], &one);
		else
			e = other_read(r, p, &c, &frames[n], &one);
		if (e == ERR_OK)
			stream_skip(&r->stream, before - c.left);
		n += one;
	}
	*ret_n = n;
	return e;
}

static void pcapng_close(struct reader *r)
{
	struct pcapng_file *p = r->own;

	interfaces_release(&p->interfaces);
	free(p);
}

const struct reader_format reader_pcapng = {"pcapng", pcapng_knows, pcapng_open, pcapng_fill, pcapng_close};
