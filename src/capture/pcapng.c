/* pcapng, read in place: sections, interfaces, packets, drop counters.
 * Source: draft-ietf-opsawg-pcapng (blocks 4.1 to 4.6, options 3.5, obsolete
 * Packet Block appendix A); what is taken for damage is what libpcap 1.10 takes
 * for it, except that interfaces and sections may differ. */
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

static uint32_t u32(struct block *b)
{
	uint32_t v = cursor_u32(&b->body);

	return b->little ? __builtin_bswap32(v) : v;
}

static enum err damage_at(struct reader *r, enum err e, const char *what)
{
	return reader_damage(r, e, "%s at byte %" PRIu64 ", behind packet %" PRIu64, what, r->stream.offset, r->records);
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
		return name_fail(ERR_USAGE, r->name, "its first section header claims %" PRIu32 " bytes: the file is damaged", bytes);
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

/* Interface, time and lengths of the three kinds of packet block; false: it is
 * of an interface that was never described. */
static const struct interface *packet_head(struct pcapng_file *p, struct block *b, uint64_t *ret_ticks,
                                           uint32_t *ret_captured, uint32_t *ret_length)
{
	uint32_t id = 0;

	*ret_ticks = 0;
	if (b->type == BLOCK_PACKET)
		id = u32(b);
	else if (b->type == BLOCK_PACKET_OLD) {
		id = u16(b);
		cursor_skip(&b->body, 2); /* drops since the packet before */
	}
	const struct interface *i = interfaces_find(&p->interfaces, id);
	if (b->type == BLOCK_PACKET_SIMPLE) {
		*ret_length = u32(b);
		*ret_captured = i && *ret_length > i->snaplen ? i->snaplen : *ret_length;
		return i;
	}
	uint64_t high = u32(b);
	*ret_ticks = high << 32 | u32(b);
	*ret_captured = u32(b);
	*ret_length = u32(b);
	return i;
}

/* A packet block at the cursor as a frame. */
static enum err packet_read(struct reader *r, struct pcapng_file *p, struct block *b, struct frame *f, unsigned *ret_n)
{
	uint64_t ticks;
	uint32_t captured, length;
	const struct interface *i = packet_head(p, b, &ticks, &captured, &length);

	if (b->body.err != ERR_OK)
		return damage_at(r, ERR_MALFORMED, "a packet block is too short");
	if (!i)
		return damage_at(r, ERR_MALFORMED, "a packet of an interface that is not described");
	if (captured > i->snaplen)
		return damage_at(r, ERR_MALFORMED, "a packet that claims to be longer than its interface captures");
	f->bytes = cursor_bytes(&b->body, captured);
	if (!f->bytes)
		return damage_at(r, ERR_MALFORMED, "a packet that claims to be longer than its block");
	f->captured = captured;
	f->length = length > captured ? length : captured;
	f->time_us = interface_time(i, ticks);
	f->link = i->dlt;
	if (r->records++ == 0)
		r->first_us = f->time_us;
	if (!r->filter)
		*ret_n = 1;
	else if (i->program)
		*ret_n = filter_passes(i->program, f);
	return ERR_OK;
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

/* Cut the next block out of c and check its frame. */
static enum err block_next(struct reader *r, struct pcapng_file *p, struct cursor *c, struct block *ret_block)
{
	struct block b = {.body = *c, .little = p->little};
	char what[64];

	if (!cursor_has(c, BLOCK_LEAST_BYTES))
		return need(r, BLOCK_LEAST_BYTES);
	b.type = u32(&b);
	if (__builtin_expect(b.type == BLOCK_SECTION, 0)) {
		if (!section_order(*c, &p->little))
			return damage_at(r, ERR_MALFORMED, "a section header without its byte order");
		b.little = p->little;
	}
	b.bytes = u32(&b);
	if (__builtin_expect(b.bytes < BLOCK_LEAST_BYTES || b.bytes % 4 != 0 || b.bytes > BLOCK_MOST_BYTES, 0)) {
		snprintf(what, sizeof what, "an impossible block length of %" PRIu32, b.bytes);
		return damage_at(r, ERR_MALFORMED, what);
	}
	if (!cursor_has(c, b.bytes))
		return need(r, b.bytes);
	b.body = cursor_take(&b.body, b.bytes - BLOCK_HEAD_BYTES);
	struct block tail = {.body = b.body, .little = b.little};
	b.body = cursor_take(&tail.body, b.bytes - BLOCK_LEAST_BYTES);
	uint32_t again = u32(&tail);
	if (__builtin_expect(again != b.bytes, 0)) {
		snprintf(what, sizeof what, "a block whose two lengths differ (%" PRIu32 " and %" PRIu32 ")", b.bytes, again);
		return damage_at(r, ERR_MALFORMED, what);
	}
	*ret_block = b;
	return ERR_OK;
}

static enum err pcapng_fill(struct reader *r, struct frame *frames, unsigned room, unsigned *ret_n)
{
	struct pcapng_file *p = r->own;
	enum err e = ERR_OK;
	unsigned n = 0;

	while (n < room && e == ERR_OK) {
		struct cursor c = stream_cursor(&r->stream);
		struct block b;
		unsigned one = 0;
		e = block_next(r, p, &c, &b);
		if (e != ERR_OK)
			break;
		if (b.type == BLOCK_PACKET || b.type == BLOCK_PACKET_SIMPLE || b.type == BLOCK_PACKET_OLD)
			e = packet_read(r, p, &b, &frames[n], &one);
		else
			e = block_read(r, p, &b);
		if (e == ERR_OK)
			stream_skip(&r->stream, b.bytes);
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
