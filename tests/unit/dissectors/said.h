/* What a dissector reported about a flow: feed bytes, then ask for facts. */
#ifndef TESTS_SAID_H
#define TESTS_SAID_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "../../fuzz/feed.h"

/* The bytes of a string literal, including zeros. */
#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1
#define SAY(f, side, s) feed_bytes(f, side, BYTES(s), sizeof(s) - 1, false)

static inline const char *said_log(const struct feed *f)
{
	return f->log.at ? f->log.at : "";
}

/* Nth (from 1) fact of a kind by a side, as in feed_log(), but for its first fields. */
static inline const char *said(const struct feed *f, enum side side, enum fact_kind kind, unsigned nth)
{
	static char line[2048];
	char start[32];
	const char *at = said_log(f);

	snprintf(start, sizeof start, "%c kind=%d ", side == SIDE_CLIENT ? 'c' : 's', (int)kind);
	for (; *at; at += strcspn(at, "\n") + 1) {
		if (strncmp(at, start, strlen(start)) != 0 || --nth)
			continue;
		snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n") - (int)strlen(start), at + strlen(start));
		return line;
	}
	return "nothing";
}

static inline unsigned said_count(const struct feed *f, enum side side, enum fact_kind kind)
{
	unsigned n = 0;

	while (strcmp(said(f, side, kind, n + 1), "nothing") != 0)
		n++;
	return n;
}

#endif
