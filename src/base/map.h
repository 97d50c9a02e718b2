/* Keyed hashing and a bounded hash map.
 *
 * Hash keys are drawn at start, so that a sender of packets cannot choose the
 * bucket of a flow or a name. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Keyed hash of n bytes; the key is drawn on first use (getrandom). */
uint64_t hash_bytes(const void *bytes, size_t n);

/* Fast keyed mix of two words, for fixed keys on the packet path. */
extern uint64_t hash_key[2]; /* drawn by hash_init */
void hash_init(void);
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)(a ^ hash_key[0]) * (b ^ hash_key[1]);
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* An open-addressing map from fixed-size keys to fixed-size values, bounded at
 * `most` entries. Pointers to values stay valid until the next put or drop.
 * Keys are compared byte by byte: zero their padding. */
struct map {
	uint8_t *slots; /* per slot: used byte, key, value (8-byte aligned) */
	size_t key_bytes, value_bytes, stride, value_at;
	size_t size; /* slots, a power of two */
	size_t n, most;
};

/* most: bound of entries; the table grows up to it. */
void map_init(struct map *m, size_t key_bytes, size_t value_bytes, size_t most);
void map_release(struct map *m);
/* Drop all entries, but keep the memory. */
void map_clear(struct map *m);
/* NULL: not there. */
void *map_find(const struct map *m, const void *key);
/* Prefetch what map_find() and map_put() of this key will touch. */
void map_prefetch(const struct map *m, const void *key);
/* Find or add (value zeroed, *ret_new says so). NULL: full or out of memory. */
void *map_put(struct map *m, const void *key, bool *ret_new);
void map_drop(struct map *m, const void *key);
/* Call f for each entry until it returns false; f must not change the map. */
void map_each(const struct map *m, bool (*f)(void *context, const void *key, void *value), void *context);

#endif
