/* Source: RFC 1122 3.2 and the RFCs that each layer's file names. */
#include "decode/decode.h"

#include <stdlib.h>
#include <string.h>

#include "decode/walk.h"

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

uint64_t flow_hash(const struct addr *a, uint16_t a_port, const struct addr *b, uint16_t b_port, uint8_t proto)
{
	uint64_t a_half[2], b_half[2];

	memcpy(a_half, a->b, sizeof a_half);
	memcpy(b_half, b->b, sizeof b_half);
	if (__builtin_expect(hash_key[0] == 0, 0))
		hash_init();
	/* Hash each end alone, then join them by what does not care for order. */
	uint64_t x = hash_mix(a_half[0] ^ a_port, a_half[1]);
	uint64_t y = hash_mix(b_half[0] ^ b_port, b_half[1]);
	return hash_mix((x + y) ^ proto, x ^ y);
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

static inline enum err walk_frame(struct walk *w, const struct frame *f)
{
	enum err e;

	packet_begin(w->p, f);
	if (f->link != LINK_ETHERNET || !quick_decode(w, &e))
		e = link_decode(w, f->link);
	return e;
}

/* What needs memory of earlier frames, when a packet's headers are read. */
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

/* The datagram that the last frame completed is not needed any more. */
static inline void let_whole(struct decoder *d)
{
	if (!d->holds_whole)
		return;
	fragments_sweep(d->fragments);
	d->holds_whole = false;
}

enum err decode_frame(struct decoder *d, const struct frame *f, struct packet *ret_packet)
{
	struct walk w = {.d = d, .frame = f, .p = ret_packet, .c = cursor_of(f->bytes, f->captured, f->length)};

	let_whole(d);
	enum err e = walk_frame(&w, f);
	const struct decode_mark m = {.print = w.print, .error = e, .stamped = w.stamped, .foreign = w.foreign};
	return finish(d, &m, ret_packet);
}

void decode_apart(const struct frame *f, struct packet *ret_packet, struct decode_mark *ret_mark)
{
	struct walk w = {.frame = f, .p = ret_packet, .c = cursor_of(f->bytes, f->captured, f->length)};
	enum err e = walk_frame(&w, f);

	*ret_mark = (struct decode_mark){.print = w.print, .error = e, .stamped = w.stamped, .foreign = w.foreign};
}

enum err decode_join(struct decoder *d, const struct decode_mark *m, struct packet *packet)
{
	if (m->error == ERR_MORE)
		return decode_frame(d, packet->frame, packet);
	let_whole(d);
	return finish(d, m, packet);
}
