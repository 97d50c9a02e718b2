/* Judging during the capture. The attempts of the last minutes are kept; each tick settles copies of them with all
 * that is known by then, and reports what is new or came out differently. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/pages.h"
#include "judge/candidate.h"

bool judge_is_decided(const struct judge_options *o, const struct watch *watch, const struct flow *f,
                      const struct names *names)
{
	struct argument scratch;
	struct exhibit e = {.flow = f, .names = names, .waits = &o->waits,
	                    .end_us = watch_end(watch, f->source, flow_time(f, flow_last(f))),
	                    .interceptors = o->interceptors, .interceptor_n = o->interceptor_n,
	                    .scratch = &scratch};
	const struct finding found = judge_flow(&e);

	if (f->again && f->half[SIDE_CLIENT].waiting)
		return finding_is_bad(&found);
	return found.outcome != OUTCOME_INCONCLUSIVE;
}

/* ---- ageing */

static void forget(struct judge *j, struct candidate *c)
{
	map_drop(&j->by_id, &c->id);
	for (uint64_t id = c->id; id < c->id + CLAIMS_MOST; id++)
		map_drop(&j->given, &id);
	if (candidate_packets(c))
		j->evidence_bytes -= exhibit_bytes(candidate_packets(c));
	candidate_release(j, c);
}

static void age(struct judge *j, int64_t before_us)
{
	size_t kept = 0;

	for (size_t i = 0; i < j->n; i++) {
		struct candidate *c = &j->candidates[i];
		if (c->ended_us < before_us) {
			forget(j, c);
			continue;
		}
		if (kept != i) {
			j->candidates[kept] = *c;
			uint32_t *index = map_find(&j->by_id, &c->id);
			if (index)
				*index = (uint32_t)kept + 1;
		}
		kept++;
	}
	j->n = kept;
	for (size_t i = 0; i < lookups_count(j->lookups); i++)
		if (lookups_at(j->lookups, i)->last_asked_us < before_us)
			judge_give_lookup(j, lookups_at(j->lookups, i));
	lookups_age(j->lookups, before_us);
	if (j->given.n > j->given.most / 4 * 3)
		given_forget(j, before_us);
}

/* Once per window: counts over minutes start anew, and those of the last window are kept beside them. Returns whether
 * it was time. */
static bool turn_window(struct judge *j, int64_t now_us)
{
	uint32_t least = judge_second(j, now_us - 2 * WINDOW_LIVE_US);

	if (!j->turned_us)
		j->turned_us = now_us;
	if (now_us < j->turned_us + WINDOW_LIVE_US)
		return false;
	judge_notices(j);
	j->turned_us = now_us;
	j->counters.full = j->counters.many_groups = false;
	given_forget(j, now_us - WINDOW_LIVE_US);
	flood_turn(j);
	unheard_turn(j);
	unread_turn(j);
	line_turn(&j->tcp_line);
	for (size_t i = 0; i < j->audience_room; i++) {
		struct audience *a = &j->audiences[i];
		uint32_t *heard = audience_seconds(a);
		size_t kept = 0;
		for (size_t k = 0; k < a->heard_n; k++)
			if (heard[k] >= least)
				heard[kept++] = heard[k];
		a->heard_n = (uint32_t)kept;
		a->sent_before = a->sent;
		a->received_before = a->received;
		a->heard_tcp_before = a->heard_tcp;
		a->unheard_tcp_before = a->unheard_tcp;
		a->sent = a->received = a->heard_tcp = a->unheard_tcp = 0;
		line_turn(&a->tcp_line);
	}
	return true;
}

/* ---- ticks */

static struct candidate *copies(struct judge *j)
{
	struct candidate *at = pages_new((j->n + 1) * sizeof *at);

	if (!at)
		return NULL;
	for (size_t i = 0; i < j->n; i++) {
		at[i] = j->candidates[i];
		candidate_find(j, &at[i], &j->candidates[i].finding);
	}
	return at;
}

void judge_tick(struct judge *j, int64_t now_us)
{
	j->now_us = now_us;
	age(j, now_us - WINDOW_LIVE_US);
	bool turned = turn_window(j, now_us);
	struct candidate *kept = j->candidates, *copy = copies(j);
	size_t n = j->n, room = j->room;

	if (!copy)
		return;
	j->candidates = copy;
	j->room = n + 1;
	j->ticking = true;
	judge_settle(j);
	if (turned)
		judge_neighbours(j);
	for (size_t i = 0; i < n; i++)
		argument_free(j->candidates[i].finding.argument);
	for (size_t i = n; i < j->n; i++) /* made for this tick, including the packets */
		candidate_release(j, &j->candidates[i]);
	pages_free(j->candidates, j->room * sizeof *j->candidates);
	j->ticking = false;
	j->candidates = kept;
	j->n = n;
	j->room = room;
}

bool judge_is_worn(const struct judge *j)
{
	return names_full(j->names) || memory_full(j->memory) || lookups_full(j->lookups);
}

void judge_save(const struct judge *j, int64_t since_us, size_t lines_most, struct text *out)
{
	memory_save(j->memory, since_us, lines_most, out);
}

void judge_load(struct judge *j, const char *text, size_t n)
{
	memory_load(j->memory, text, n);
}
