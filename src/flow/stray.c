#include "flow/stray.h"

#define STRAY_US 5000 /* packets hardly overtake each other by more */

void strays_keep(struct strays *s, const struct packet *error, int64_t now_us)
{
	s->kept[s->next] = *error;
	s->kept[s->next].frame = NULL;
	s->kept[s->next].payload = (struct cursor){0};
	s->seen_us[s->next] = now_us;
	s->next = (s->next + 1) % STRAYS_MOST;
	s->n += s->n < STRAYS_MOST;
}

static bool is_about(const struct quoted *q, const struct packet *p)
{
	return q->present && q->proto == p->proto && q->sport == p->sport && q->dport == p->dport &&
	       addr_equal(&q->src, &p->src) && addr_equal(&q->dst, &p->dst);
}

const struct packet *strays_take(struct strays *s, const struct packet *p, int64_t now_us)
{
	unsigned n = s->n;

	for (unsigned i = 1; i <= n; i++) {
		unsigned at = (s->next + STRAYS_MOST - i) % STRAYS_MOST;
		if (now_us - s->seen_us[at] > STRAY_US) {
			s->n = i - 1; /* the remaining ones are older still */
			return NULL;
		}
		if (!is_about(&s->kept[at].quoted, p))
			continue;
		s->kept[at].quoted.present = false;
		return &s->kept[at];
	}
	return NULL;
}
