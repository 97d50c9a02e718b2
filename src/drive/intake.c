#include "drive/intake.h"

#include <stdlib.h>

#include "base/limits.h"

#define FRAGMENT_BYTES (16u << 20)

enum err intake_init(struct intake *in)
{
	*in = (struct intake){.decoder = decoder_new(FRAGMENT_BYTES)};
	return in->decoder ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

void intake_release(struct intake *in)
{
	decoder_free(in->decoder);
}

static void see(struct intake *in, const struct frame *f, struct sighting *ret_seen)
{
	uint32_t jumps = in->clock.jumps, backward = in->clock.backward;
	int64_t now = clock_sane(&in->clock, f->time_us);
	bool anew = in->clock.jumps != jumps;

	if (anew && in->clock.backward == backward && f->source == in->last_source)
		in->forward_jumps++;
	bool goes_on = f->source == in->last_source && !anew && now >= in->last_now_us;
	in->last_source = f->source;
	in->last_now_us = now;
	if (in->frames++ == 0 || f->time_us < in->first_us)
		in->first_us = f->time_us;
	if (f->time_us > in->last_us)
		in->last_us = f->time_us;
	in->bytes += f->length;
	in->truncated += f->captured < f->length;
	*ret_seen = (struct sighting){now, in->clock.shift_us, f->source, anew, goes_on};
}

/* Flattened: for the common frame, decoding is one function without calls. */
__attribute__((flatten)) bool intake_take(struct intake *in, const struct frame *f, struct sighting *ret_seen,
                                          struct packet *ret_packet)
{
	see(in, f, ret_seen);
	return decode_frame(in->decoder, f, ret_packet) == ERR_OK;
}

bool intake_join(struct intake *in, const struct decode_mark *m, struct sighting *ret_seen, struct packet *packet)
{
	see(in, packet->frame, ret_seen);
	return decode_join(in->decoder, m, packet) == ERR_OK;
}

uint8_t *intake_keep_whole(struct packet *p)
{
	uint8_t *copy = malloc(p->payload.left + 1);

	if (!copy)
		return NULL;
	struct cursor c = p->payload;
	cursor_copy(&c, copy, p->payload.left);
	p->payload = cursor_of(copy, p->payload.left, p->payload.left + p->payload.lost);
	return copy;
}

bool intake_ages(struct intake *in, int64_t now_us)
{
	if ((uint64_t)now_us - (uint64_t)in->aged_us < SECOND_US)
		return false;
	in->aged_us = now_us / SECOND_US * SECOND_US;
	return true;
}

void sightings_show(const struct sighting *seen, size_t n, struct watch *w)
{
	for (size_t first = 0, last = 0; first < n; first = ++last) {
		while (last + 1 < n && seen[last + 1].goes_on)
			last++;
		watch_see(w, seen[first].source, seen[first].now_us, seen[first].anew);
		if (last > first)
			watch_see(w, seen[last].source, seen[last].now_us, seen[last].anew);
	}
}

struct pipeline_counters intake_counters(const struct intake *in)
{
	return (struct pipeline_counters){
	    .decode = *decoder_counters(in->decoder),
	    .clock = in->clock,
	    .frames = in->frames,
	    .bytes = in->bytes,
	    .truncated = in->truncated,
	    .forward_jumps = in->forward_jumps,
	    .first_us = in->first_us,
	    .last_us = in->last_us,
	};
}
