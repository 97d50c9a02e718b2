/* Wording shared by the formats that people read. */
#ifndef REPORT_SENTENCES_H
#define REPORT_SENTENCES_H

#include "base/text.h"
#include "report/gap.h"

/* "open 443/tcp to cdn.example (203.0.113.7) for 10.0.0.5": what to do. Names are raw: escape it for the output. */
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
/* Who looks at a kind of change: "the resolver", "the firewall". */
const char *sentence_place(enum missing_kind kind);

#endif
