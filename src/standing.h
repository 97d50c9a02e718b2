/* The present state of the rules: which are blocked, judged by the newest attempt of every client. A rule that
 * becomes blocked, or is allowed again, is worth an alert. */
#ifndef STANDING_H
#define STANDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "judge/verdict.h"

struct rule_state {
	uint32_t blocked_n; /* clients whose newest decided attempt was blocked */
	uint8_t kind;       /* enum missing_kind of the last such attempt */
};

struct standing {
	struct rule_state *rules; /* by index in the lists */
	size_t rule_n;
	struct map newest;        /* rule and client → newest decided attempt */
	struct map before;        /* the same of those heard of longer ago */
};

/* errors  ERR_MEMORY */
MUSTCHECK enum err standing_init(struct standing *c, size_t rule_n);
void standing_release(struct standing *c);

/* Take in an attempt. True if its rule changed: ret_now is VERDICT_BLOCKED (by the first client) or VERDICT_ALLOWED
 * (the last one was mended). */
bool standing_note(struct standing *c, const struct attempt *a, enum verdict *ret_now);

/* How many rules are blocked and need this kind of change. */
size_t standing_blocked(const struct standing *c, enum missing_kind kind);

#endif
