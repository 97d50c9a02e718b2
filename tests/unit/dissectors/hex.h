/* Bytes for tests, written as hexadecimal digits; spaces are for the reader. */
#ifndef TESTS_HEX_H
#define TESTS_HEX_H

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/dissector.h"

/* The bytes, in a heap block of exactly their size, to be freed. */
static inline uint8_t *hex_bytes(const char *hex, size_t *ret_n)
{
	uint8_t *at = malloc(strlen(hex) / 2 + 1);
	size_t n = 0;

	while (*hex) {
		if (isspace((unsigned char)*hex)) {
			hex++;
			continue;
		}
		char two[3] = {hex[0], hex[1], 0};
		at[n++] = (uint8_t)strtoul(two, NULL, 16);
		hex += 2;
	}
	*ret_n = n;
	return realloc(at, n ? n : 1);
}

static inline enum probe hex_probe(const struct dissector *d, const char *hex, size_t wire)
{
	size_t n;
	uint8_t *at = hex_bytes(hex, &n);
	enum probe p = d->probe(cursor_of(at, n, wire ? wire : n), SIDE_CLIENT);

	free(at);
	return p;
}

/* Parse one datagram of `wire` bytes (0: as many as there are). */
static inline enum err hex_datagram(const struct dissector *d, const char *hex, size_t wire, struct facts *facts)
{
	uint64_t state[DISSECTOR_STATE / 8] = {0};
	size_t n;
	uint8_t *at = hex_bytes(hex, &n);
	struct cursor c = cursor_of(at, n, wire ? wire : n);

	facts_clear(facts);
	enum err e = d->parse(state, &c, SIDE_CLIENT, facts);
	free(at);
	return e;
}

#endif
