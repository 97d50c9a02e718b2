/* Classic pcap, read in place.
 * Source: draft-ietf-opsawg-pcap (file and record headers, magic numbers); the
 * same files count as damaged as with libpcap 1.10. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/inside.h"
#include "capture/reader.h"

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define HEADER_BYTES 24
#define RECORD_BYTES 16

struct pcap_file {
	bool little;   /* the file's byte order */
	bool ns;
	uint16_t dlt;
	uint32_t snaplen, most;
	const struct filter_program *program;
};

static inline uint32_t u32(struct cursor *c, bool little)
{
	uint32_t v = cursor_u32(c);

	return little ? __builtin_bswap32(v) : v;
}

static uint16_t u16(struct cursor *c, bool little)
{
	uint16_t v = cursor_u16(c);

	return little ? __builtin_bswap16(v) : v;
}

/* Byte order and resolution; false: not plain classic pcap. */
static bool read_magic(struct cursor *c, bool *ret_little, bool *ret_ns)
{
	uint32_t magic = cursor_u32(c);

	*ret_little = magic == __builtin_bswap32(MAGIC_US) || magic == __builtin_bswap32(MAGIC_NS);
	if (*ret_little)
		magic = __builtin_bswap32(magic);
	*ret_ns = magic == MAGIC_NS;
	return c->err == ERR_OK && (magic == MAGIC_US || magic == MAGIC_NS);
}

/* The link types whose first bytes libpcap rewrites as it reads. */
static bool link_is_rewritten(uint32_t linktype)
{
	switch (linktype) {
	case 117: /* PFLOG */
	case 149: /* PKTAP on some systems */
	case 189: /* USB_LINUX */
	case 220: /* USB_LINUX_MMAPPED */
	case 239: /* NFLOG */
	case 258: /* PKTAP */
		return true;
	default:
		return false;
	}
}

/* Version 2.4 only: in older ones the lengths may be the other way round, which
 * libpcap sorts out. */
static bool pcap_knows(struct cursor c)
{
	bool little, ns;

	if (!read_magic(&c, &little, &ns))
		return false;
	uint16_t major = u16(&c, little), minor = u16(&c, little);
	cursor_skip(&c, 12);
	uint32_t linktype = u32(&c, little) & 0x03ffffff;
	return c.err == ERR_OK && major == 2 && minor == 4 && !link_is_rewritten(linktype);
}

static enum err pcap_open_file(struct reader *r)
{
	struct cursor c = stream_cursor(&r->stream);
	struct pcap_file *p = calloc(1, sizeof *p);
	struct link link;

	if (!p)
		return err_fail(ERR_MEMORY, "out of memory for a capture");
	r->own = p;
	(void)read_magic(&c, &p->little, &p->ns);
	cursor_skip(&c, 12); /* version; time zone and accuracy, which are unused */
	uint32_t snaplen = u32(&c, p->little);
	enum err e = link_find(u32(&c, p->little) & 0x03ffffff, &link); /* above: length of the FCS */
	if (e != ERR_OK)
		return e == ERR_UNSUPPORTED ? name_fail(ERR_USAGE, r->name, "its link type is unknown to libpcap") : e;
	p->dlt = link.dlt;
	p->most = link.snaplen_most;
	p->snaplen = snaplen == 0 || snaplen > INT32_MAX ? p->most : snaplen;
	r->link_type = link_name(p->dlt);
	r->snaplen = p->snaplen;
	if (r->filter)
		e = filter_for(r->filter, p->dlt, &p->program);
	if (e == ERR_OK)
		stream_skip(&r->stream, HEADER_BYTES);
	return e;
}

/* Both unsigned: libpcap 1.10 reads the seconds of files in the machine's own byte order as signed,
 * up to 2038 only; rulegap is to read files of later years. */
static int64_t record_time(const struct pcap_file *p, uint32_t seconds, uint32_t part)
{
	return (int64_t)seconds * 1000000 + (p->ns ? part / 1000 : part);
}

static enum err record_cut(struct reader *r)
{
	char what[40];

	snprintf(what, sizeof what, "packet %" PRIu64, r->records + 1);
	return reader_cut(r, what);
}

static enum err need(struct reader *r, size_t want)
{
	r->want = want;
	return r->stream.ended ? record_cut(r) : ERR_MORE;
}

/* Read the record at the cursor, which moves past it. */
static inline __attribute__((always_inline)) enum err record_read(struct reader *r, const struct pcap_file *p,
                                                                  bool little, struct cursor *c, struct frame *f)
{
	if (!cursor_has(c, RECORD_BYTES))
		return need(r, RECORD_BYTES);
	/* A cursor of known size: the compiler drops its checks and keeps it in registers. */
	struct cursor head = cursor_of(c->at, RECORD_BYTES, RECORD_BYTES);
	uint32_t seconds = u32(&head, little), part = u32(&head, little);
	uint32_t captured = u32(&head, little), length = u32(&head, little);
	if (__builtin_expect(captured > p->most, 0))
		return reader_damage(r, ERR_MALFORMED,
		                     "packet %" PRIu64 " at byte %" PRIu64 " claims %" PRIu32 " captured bytes",
		                     r->records + 1, r->stream.offset, captured);
	if (!cursor_has(c, RECORD_BYTES + (size_t)captured))
		return need(r, RECORD_BYTES + (size_t)captured);
	cursor_skip(c, RECORD_BYTES);
	f->bytes = c->at;
	cursor_skip(c, captured);
	__builtin_prefetch(c->at);
	f->captured = captured < p->snaplen ? captured : p->snaplen;
	f->length = length > f->captured ? length : f->captured;
	f->time_us = record_time(p, seconds, part);
	f->link = p->dlt;
	return ERR_OK;
}

/* Inlined, so compiled once for each byte order. */
static inline __attribute__((always_inline)) enum err fill(struct reader *r, bool little, struct frame *frames,
                                                           unsigned room, unsigned *ret_n)
{
	const struct pcap_file *p = r->own;
	struct cursor c = stream_cursor(&r->stream);
	enum err e = ERR_OK;
	unsigned n = 0;

	while (n < room) {
		size_t before = c.left;
		e = record_read(r, p, little, &c, &frames[n]);
		if (e != ERR_OK)
			break;
		stream_skip(&r->stream, before - c.left);
		if (r->records++ == 0)
			r->first_us = frames[n].time_us;
		n += !p->program || filter_passes(p->program, &frames[n]);
	}
	*ret_n = n;
	return e;
}

static enum err pcap_fill(struct reader *r, struct frame *frames, unsigned room, unsigned *ret_n)
{
	const struct pcap_file *p = r->own;

	return p->little ? fill(r, true, frames, room, ret_n) : fill(r, false, frames, room, ret_n);
}

static void pcap_close_file(struct reader *r)
{
	free(r->own);
}

const struct reader_format reader_pcap = {"pcap", pcap_knows, pcap_open_file, pcap_fill, pcap_close_file};
