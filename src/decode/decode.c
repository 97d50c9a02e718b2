/* Source: RFC 1122 3.2 and the RFCs that each layer's file names. */
#include "decode/decode.h"

#include <stdlib.h>

#include "decode/quick.h"

struct decoder *decoder_new(size_t fragment_bytes)
{
	struct decoder *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	hash_init();
	d->fragments = fragments_new(fragment_bytes);
	if (!d->fragments) {
		free(d);
		return NULL;
	}
	return d;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	fragments_free(d->fragments);
	free(d);
}

const struct decode_counters *decoder_counters(const struct decoder *d)
{
	return &d->counters;
}

static void count(struct decoder *d, enum err e, const struct packet *p)
{
	struct decode_counters *n = &d->counters;

	n->by_error[e]++;
	switch (e) {
	case ERR_OK:
		n->packets++;
		n->tunnelled += p->tunnels > 0;
		break;
	case ERR_MORE:
		break;
	case ERR_END:
		n->other++;
		break;
	case ERR_TRUNCATED:
		n->truncated++;
		break;
	case ERR_UNSUPPORTED:
		n->unsupported++;
		break;
	case ERR_LIMIT:
		n->limit++;
		break;
	default:
		n->malformed++;
		break;
	}
}

/* Set what not every packet sets. Field by field: clearing all of it costs as
 * much as decoding a packet. */
static void packet_begin(struct packet *p, const struct frame *f)
{
	p->time_us = f->time_us;
	p->frame = f;
	p->sport = p->dport = 0;
	p->ip_id = 0;
	p->seq = p->ack = 0;
	p->window = p->mss = 0;
	p->tcp_flags = p->tunnels = 0;
	p->icmp_type = p->icmp_code = 0;
	p->reassembled = false;
	p->quoted.present = false;
}

/* Layer by layer. */
static __attribute__((noinline)) void walk_frame(struct decoder *d, const struct frame *f, struct packet *p,
                                                 struct decode_mark *ret_mark)
{
	struct walk w = {.d = d, .frame = f, .p = p, .c = cursor_of(f->bytes, f->captured, f->length)};

	packet_begin(p, f); /* again: the quick path may have written to it */
	enum err e = link_decode(&w, f->link);
	*ret_mark = (struct decode_mark){.print = w.imprint.print, .error = e, .stamped = w.imprint.stamped,
	                                 .foreign = w.foreign};
}

/* Writes the mark's members: a struct returned by value would be assembled in memory, and its use would stall. */
static inline __attribute__((always_inline)) void headers_decode(struct decoder *d, const struct frame *f,
                                                                 struct packet *p, struct decode_mark *ret_mark)
{
	struct imprint of = {0};
	enum err e;

	packet_begin(p, f);
	if (!quick_decode(f, p, &of, &e)) {
		walk_frame(d, f, p, ret_mark);
		return;
	}
	ret_mark->print = of.print;
	ret_mark->error = e;
	ret_mark->stamped = of.stamped;
	ret_mark->foreign = false;
}

/* What needs state of earlier frames, after a packet's headers are read. */
static inline enum err finish(struct decoder *d, const struct decode_mark *m, const struct packet *p)
{
	enum err e = m->error;

	if (e == ERR_OK && duplicate_seen(&d->duplicates, p, m->print, m->stamped)) {
		d->counters.duplicates++;
		d->counters.by_error[ERR_END]++;
		return ERR_END;
	}
	count(d, e, p);
	d->counters.foreign += m->foreign;
	return e;
}

/* Release the datagram that the last frame completed. */
static inline void let_whole(struct decoder *d)
{
	if (!d->holds_whole)
		return;
	fragments_sweep(d->fragments);
	d->holds_whole = false;
}

enum err decode_frame(struct decoder *d, const struct frame *f, struct packet *ret_packet)
{
	let_whole(d);
	struct decode_mark m;
	headers_decode(d, f, ret_packet, &m);
	return finish(d, &m, ret_packet);
}

void decode_apart(const struct frame *f, struct packet *ret_packet, struct decode_mark *ret_mark)
{
	headers_decode(NULL, f, ret_packet, ret_mark);
}

enum err decode_join(struct decoder *d, const struct decode_mark *m, struct packet *packet)
{
	if (m->error == ERR_MORE)
		return decode_frame(d, packet->frame, packet);
	let_whole(d);
	return finish(d, m, packet);
}
