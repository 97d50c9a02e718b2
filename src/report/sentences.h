/* Wording shared by the formats that people read. */
#ifndef REPORT_SENTENCES_H
#define REPORT_SENTENCES_H

#include "base/text.h"
#include "report/gap.h"

/* "open 443/tcp to cdn.example for 10.0.0.5": what to do. Names are raw: escape it for the output. */
#define ACTION_CLIENTS 4u /* named in it */
void sentence_action(struct text *t, const struct gap_missing *m);
/* "2 changes are needed (1 critical): of 11 rules 8 allowed, 2 blocked, …". */
void sentence_headline(struct text *t, const struct gap *g);
/* Names with commas; after `most` of them "and N more". */
void sentence_names(struct text *t, const char *const *names, size_t n, size_t most);
/* The proofs of the missing rule's most confident incident; NULL: none is in the report. */
const struct gap_incident *sentence_surest(const struct gap *g, const struct gap_missing *m);
/* "RemoteSpark 2.0.33, our own names": the lists, each with its version if it has one. */
void sentence_lists(struct text *t, const struct gap *g);
/* "2024-03-26 10:00:00": a time for people, UTC. "" for 0. */
void sentence_time(struct text *t, int64_t us);
/* Who looks at a kind of change: "resolver", "firewall". */
const char *sentence_place(enum missing_kind kind);
/* "and 17 more rules: this command with -f csv has all": the last line of a section that does not show everything. */
void sentence_more(struct text *t, size_t left, const char *what, const char *format);

/* The missing rules for people: critical ones first, else in the report's order. NULL: no more. */
struct urgency {
	size_t n;     /* given so far */
	size_t at;    /* the next one to look at */
	bool lesser;  /* the critical ones are through */
};
const struct gap_missing *urgency_next(struct urgency *u, const struct gap *g);

/* What a section has seen of a kind, shown or not. */
struct shown {
	size_t n, most;
};
/* Whether to show one more; it is counted. */
static inline bool shown_take(struct shown *s)
{
	return s->n++ < s->most;
}
static inline size_t shown_left(const struct shown *s)
{
	return s->n > s->most ? s->n - s->most : 0;
}
/* Rules: those that somebody has to look at are not pushed out by the others. */
struct shown_rules {
	struct shown wrong, allowed, unseen;
};
struct shown_rules shown_rules_begin(void);
bool shown_rule(struct shown_rules *s, const struct gap_rule *r);

/* How often each code of notices came. */
#define CODES_MOST 64u
struct codes {
	struct {
		const char *code;
		size_t count;
	} of[CODES_MOST];
	size_t n;
};
/* Count one more; how many there are now. Beyond CODES_MOST codes: 1. */
size_t codes_count(struct codes *c, const char *code);
/* The next code, from *i (at first 0) on, of which more than SHOWN_NOTICES came: how many more, and what they are,
 * e.g. "flood notices". 0: none. */
#define CODES_WHAT 64u
size_t codes_next_left(const struct codes *c, size_t *i, char ret_what[static CODES_WHAT]);

#endif
