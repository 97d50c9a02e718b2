#include "drive/stride.h"

bool stride_init(struct stride *s)
{
	return orders_init(&s->orders, FRAME_BATCH);
}

void stride_release(struct stride *s)
{
	orders_release(&s->orders);
}

static void show(struct stride *s, unsigned frames)
{
	if (s->shown >= frames)
		return;
	if (s->see)
		s->see(s->context, &s->seen[s->shown], frames - s->shown);
	s->shown = frames;
}

void stride_show(struct stride *s)
{
	show(s, s->orders.reached);
}

static void begin(void *context, uint32_t frame, bool ageing)
{
	struct stride *s = context;

	stride_show(s);
	s->begin(s->context, frame, ageing);
}

static void follow(struct stride *s)
{
	orders_follow(&s->orders, s->shard, s->seen, s->begin ? begin : NULL, s);
}

void stride_take(struct stride *s, const struct frame *frames, unsigned n)
{
	s->orders.reached = s->shown = 0;
	for (unsigned i = 0, packet_n = 0; i < n; i++) {
		struct packet *p = &s->packets[packet_n];
		if (!intake_take(s->intake, &frames[i], &s->seen[i], p))
			continue;
		if (intake_ages(s->intake, s->seen[i].now_us))
			orders_age(&s->orders, i);
		if (!share_has(&s->share, p->hash))
			continue;
		orders_take(&s->orders, p, i);
		packet_n++;
		/* A reassembled payload lives until the next decode. */
		if (!p->reassembled)
			continue;
		follow(s);
		packet_n = 0;
	}
	follow(s);
	show(s, n);
}
