#include "stride.h"

static void show(struct stride *s, unsigned frames)
{
	for (; s->shown < frames; s->shown++)
		s->see(s->context, &s->seen[s->shown]);
}

static void begin(const struct stride *s, bool ageing)
{
	if (s->begin)
		s->begin(s->context, ageing);
}

static void work(struct stride *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		shard_prefetch_record(s->shard, s->packets[i].hash);
	for (unsigned i = 0; i < n; i++) {
		const struct sighting *seen = &s->seen[s->frame_of[i]];
		show(s, s->frame_of[i] + 1);
		if (intake_ages(s->intake, seen->now_us)) {
			begin(s, true);
			shard_age(s->shard, seen->now_us);
		}
		begin(s, false);
		shard_take(s->shard, &s->packets[i], seen->now_us, seen->shift_us);
	}
}

void stride_take(struct stride *s, const struct frame_batch *batch)
{
	unsigned n = 0;

	s->shown = 0;
	for (unsigned i = 0; i < batch->n; i++) {
		if (!intake_take(s->intake, &batch->frames[i], &s->seen[i], &s->packets[n]))
			continue;
		shard_prefetch(s->shard, s->packets[n].hash);
		s->frame_of[n++] = i;
		/* A reassembled payload lives until the next decode. */
		if (s->packets[n - 1].reassembled) {
			work(s, n);
			n = 0;
		}
	}
	work(s, n);
	show(s, batch->n);
}
