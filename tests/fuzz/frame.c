/* Frames of one link type through one decoder, apart and joined, and, where
 * the quick path takes them, layer by layer: all must agree. [link: u16] and
 * then, for each frame, [length: u16][bytes]; the upper bit of the length says
 * that the capture cut it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "decode/decode.h"
#include "decode/quick.h"
#include "target.h"

enum { CUT = 0x8000, LOST = 100, FRAGMENT_BYTES = 1 << 20 };

struct decoders {
	struct decoder *whole, *joined, *walked;
};

static bool same_quoted(const struct quoted *a, const struct quoted *b)
{
	if (!a->present || !b->present)
		return a->present == b->present;
	return a->proto == b->proto && addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst) && a->sport == b->sport &&
	       a->dport == b->dport && a->has_seq == b->has_seq && (!a->has_seq || a->seq == b->seq);
}

static void agree(const struct packet *a, const struct packet *b)
{
	assert(addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst) && a->sport == b->sport && a->dport == b->dport);
	assert(a->proto == b->proto && a->ttl == b->ttl && a->ip_id == b->ip_id && a->seq == b->seq && a->ack == b->ack);
	assert(a->window == b->window && a->mss == b->mss && a->tcp_flags == b->tcp_flags && a->tunnels == b->tunnels);
	assert(a->icmp_type == b->icmp_type && a->icmp_code == b->icmp_code && a->reassembled == b->reassembled);
	assert(same_quoted(&a->quoted, &b->quoted) && a->hash == b->hash && a->payload_length == b->payload_length);
	assert(a->payload.left == b->payload.left && a->payload.lost == b->payload.lost);
	assert(!a->payload.left || memcmp(a->payload.at, b->payload.at, a->payload.left) == 0);
}

static void agree_quick(struct decoder *d, const struct frame *f)
{
	struct packet quick = {0}, walked = {0};
	struct imprint of = {0};
	struct walk w = {.d = d, .frame = f, .p = &walked, .c = cursor_of(f->bytes, f->captured, f->length)};
	enum err e;

	if (!quick_decode(f, &quick, &of, &e))
		return;
	enum err layers = link_decode(&w, f->link);
	assert(layers == e);
	if (e != ERR_OK)
		return;
	agree(&quick, &walked);
	assert(of.print == w.imprint.print && of.stamped == w.imprint.stamped);
}

static void take(const struct decoders *d, uint16_t link, uint64_t number, struct cursor bytes, size_t lost)
{
	uint8_t *copy = malloc(bytes.left ? bytes.left : 1);
	uint32_t n = (uint32_t)bytes.left;
	struct packet p, apart;
	struct decode_mark mark;

	cursor_copy(&bytes, copy, n);
	struct frame f = {.time_us = (int64_t)number * 1000, .number = number, .bytes = copy, .captured = n,
	                  .length = n + (uint32_t)lost, .link = link};
	enum err e = decode_frame(d->whole, &f, &p);
	if (e == ERR_OK) {
		volatile uint8_t last = 0;
		for (size_t i = 0; i < p.payload.left; i++)
			last = cursor_peek(&p.payload, i);
		(void)last;
		assert(p.proto && p.frame == &f);
	}
	decode_apart(&f, &apart, &mark);
	enum err joined = decode_join(d->joined, &mark, &apart);
	assert(joined == e);
	if (e == ERR_OK)
		agree(&p, &apart);
	agree_quick(d->walked, &f);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size, size);
	struct decoders d = {decoder_new(FRAGMENT_BYTES), decoder_new(FRAGMENT_BYTES), decoder_new(FRAGMENT_BYTES)};
	uint16_t link = cursor_u16(&c);

	for (uint64_t number = 1; c.left >= 2; number++) {
		uint16_t head = cursor_u16(&c);
		size_t n = head & ~CUT;
		take(&d, link, number, cursor_take(&c, n < c.left ? n : c.left), head & CUT ? LOST : 0);
	}
	assert(memcmp(decoder_counters(d.whole), decoder_counters(d.joined), sizeof(struct decode_counters)) == 0);
	decoder_free(d.whole);
	decoder_free(d.joined);
	decoder_free(d.walked);
	return 0;
}
