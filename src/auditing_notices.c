/* Notices about what could not be seen. */
#include <stdio.h>

#include "auditing.h"
#include "base/heap.h"
#include "base/limits.h"
#include "base/text.h"

static void notice_sources(struct auditing *a, const struct capture *c)
{
	for (size_t i = 0; i < capture_source_count(c); i++) {
		const struct source *s = capture_source(c, i);
		struct text t = {0};
		if (s->damage != ERR_OK) {
			text_add_escaped(&t, s->name);
			text_addf(&t, ": %s", s->damage_text ? s->damage_text : err_text(s->damage));
			if (!t.failed)
				auditing_notice(a, "warning", "damaged-file", t.at);
		}
		text_clear(&t);
		if (s->dropped) {
			text_add_escaped(&t, s->name);
			text_addf(&t, ": %llu packets were dropped before they could be captured",
			          (unsigned long long)s->dropped);
			if (!t.failed)
				auditing_notice(a, "warning", "capture-drops", t.at);
		}
		text_release(&t);
	}
}

struct bound_words {
	const char *before, *one, *several;
};

static void notice_bound(struct auditing *a, uint64_t n, const struct bound_words *w, const char *when)
{
	char text[2 * TIME_TEXT + 200];

	if (n == 0)
		return;
	snprintf(text, sizeof text, "%s%llu %s%s", w->before, (unsigned long long)n, n == 1 ? w->one : w->several,
	         when);
	auditing_notice(a, "warning", "table-full", text);
}

/* Interfaces without IP are often captured together with those that matter. */
static void notice_foreign(struct auditing *a, const struct bounds_hit *hit, const char *when)
{
	char text[2 * TIME_TEXT + 200];

	if (hit->foreign == 0)
		return;
	snprintf(text, sizeof text, "%llu frames of %llu were of a link type that rulegap does not read%s",
	         (unsigned long long)hit->foreign, (unsigned long long)hit->frames, when);
	auditing_notice(a, hit->foreign > hit->frames / 2 ? "warning" : "info", "link-type", text);
}

void auditing_notice_bounds(struct auditing *a, const struct bounds_hit *hit, const char *when)
{
	static const struct bound_words evicted = {"the flow table was full (--max-flows, --memory): ",
	                                           "flow was given up early", "flows were given up early"};
	static const struct bound_words refused = {"the memory for the first bytes of streams was full: ",
	                                           "segment was not read", "segments were not read"};
	static const struct bound_words given_up = {
	        "", "stream began longer or in more pieces than is kept of one: it was not read further",
	        "streams began longer or in more pieces than is kept of one: they were not read further"};

	notice_bound(a, hit->evicted, &evicted, when);
	notice_bound(a, hit->refused, &refused, when);
	notice_bound(a, hit->given_up, &given_up, when);
	notice_foreign(a, hit, when);
}

struct bounds_hit bounds_hit_of(const struct pipeline_counters *k)
{
	return (struct bounds_hit){.evicted = k->flow.evicted, .refused = k->dissect.refused,
	                           .given_up = k->dissect.given_up, .foreign = k->decode.foreign,
	                           .frames = k->frames};
}

/* Attempts get no share of --memory: a report that lacks some would be wrong. */
static void notice_memory(struct auditing *a)
{
	uint64_t kept = judge_counters(a->judge).kept, bytes = kept * ATTEMPT_BYTES;
	char text[200];

	if (!a->memory_bytes || bytes <= a->memory_bytes)
		return;
	snprintf(text, sizeof text,
	         "%llu attempts were kept, none of them is left out; they take about %llu MB more than --memory allows"
	         " for", (unsigned long long)kept, (unsigned long long)(bytes >> 20));
	auditing_notice(a, "info", "memory", text);
}

void auditing_notices(struct auditing *a, const struct capture *c)
{
	struct pipeline_counters k = pipeline_counters(a->pipeline);
	char text[200];

	notice_sources(a, c);
	notice_memory(a);
	if (doubles_are_many(k.decode.duplicates, k.frames)) {
		snprintf(text, sizeof text, "%llu packets were delivered twice by the mirror and counted once",
		         (unsigned long long)k.decode.duplicates);
		auditing_notice(a, "info", "duplicate-packets", text);
	}
	uint32_t jumps = k.clock.backward + k.forward_jumps + k.clock.outliers;
	if (jumps) {
		snprintf(text, sizeof text,
		         "the capture's clock jumped %u time%s; waits are measured without the jumps", jumps,
		         jumps == 1 ? "" : "s");
		auditing_notice(a, "info", "clock-jump", text);
	}
	struct bounds_hit hit = bounds_hit_of(&k);
	auditing_notice_bounds(a, &hit, "");
	if (heap_ran_out())
		auditing_notice(a, "warning", "table-full",
		                "the machine's memory ran out: what needed it then was left out");
}
