#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/pages.h"

uint64_t hash_key[2];

void hash_init(void)
{
	if (hash_key[0])
		return;
	if (getrandom(hash_key, sizeof hash_key, 0) != (ssize_t)sizeof hash_key) {
		struct timespec now;
		clock_gettime(CLOCK_MONOTONIC, &now);
		hash_key[0] = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15u;
		hash_key[1] = (uint64_t)(uintptr_t)&now ^ (uint64_t)now.tv_sec << 32;
	}
	hash_key[0] |= 1;
}

static inline uint64_t word_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static inline uint32_t half_at(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* Overlapping words cover the last bytes without a loop. If n is a compile-time constant, only one
 * branch remains. */
static inline __attribute__((always_inline)) uint64_t hash_of(const uint8_t *p, size_t n)
{
	uint64_t h = n * 0x9e3779b97f4a7c15u, a = 0, b = 0;

	if (__builtin_expect(!hash_key[0], 0))
		hash_init();
	for (; n > 16; p += 16, n -= 16)
		h = hash_mix(h ^ word_at(p), word_at(p + 8) + 0xe7037ed1a0b428dbu);
	if (n >= 8) {
		a = word_at(p);
		b = word_at(p + n - 8);
	} else if (n >= 4) {
		a = half_at(p);
		b = half_at(p + n - 4);
	} else if (n) {
		a = (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1];
	}
	h = hash_mix(h ^ a, b + 0xe7037ed1a0b428dbu);
	return hash_mix(h, a + 0x8ebc6af09c88c6e3u);
}

uint64_t hash_bytes(const void *bytes, size_t n)
{
	return hash_of(bytes, n);
}

void map_init(struct map *m, size_t key_bytes, size_t value_bytes, size_t most)
{
	size_t value_at = (1 + key_bytes + 7) & ~(size_t)7;

	*m = (struct map){
	    .key_bytes = key_bytes,
	    .value_bytes = value_bytes,
	    .value_at = value_at,
	    .stride = (value_at + value_bytes + 7) & ~(size_t)7,
	    .most = most,
	};
}

void map_release(struct map *m)
{
	pages_free(m->slots, m->size * m->stride);
	m->slots = NULL;
	m->n = m->size = 0;
}

void map_clear(struct map *m)
{
	if (m->n)
		memset(m->slots, 0, m->size * m->stride);
	m->n = 0;
}

static uint8_t *slot_at(const struct map *m, size_t i)
{
	return m->slots + i * m->stride;
}

/* Common sizes have their own case, so that they are compared without a call. */
static inline bool key_equal(const void *a, const void *b, size_t bytes)
{
	switch (bytes) {
	case 4:
		return memcmp(a, b, 4) == 0;
	case 8:
		return memcmp(a, b, 8) == 0;
	case 16:
		return memcmp(a, b, 16) == 0;
	default:
		return memcmp(a, b, bytes) == 0;
	}
}

/* The home slot of a key: where it goes if there is no collision. */
static inline size_t home_of(const struct map *m, const uint8_t *key)
{
	size_t mask = m->size - 1;

	switch (m->key_bytes) {
	case 4:
		return hash_of(key, 4) & mask;
	case 8:
		return hash_of(key, 8) & mask;
	case 16:
		return hash_of(key, 16) & mask;
	default:
		return hash_bytes(key, m->key_bytes) & mask;
	}
}

/* The slot of a key, or the empty slot where it would go. */
static size_t slot_of(const struct map *m, const void *key)
{
	size_t i = home_of(m, key);

	while (slot_at(m, i)[0] && !key_equal(slot_at(m, i) + 1, key, m->key_bytes))
		i = (i + 1) & (m->size - 1);
	return i;
}

void *map_find(const struct map *m, const void *key)
{
	if (m->n == 0)
		return NULL;
	uint8_t *s = slot_at(m, slot_of(m, key));
	return s[0] ? s + m->value_at : NULL;
}

void map_prefetch(const struct map *m, const void *key)
{
	if (m->size)
		__builtin_prefetch(slot_at(m, home_of(m, key)), 1);
}

/* The slot for a key that is not in the map. */
static size_t empty_slot(const struct map *m, const uint8_t *key)
{
	size_t i = home_of(m, key);

	while (slot_at(m, i)[0])
		i = (i + 1) & (m->size - 1);
	return i;
}

static bool map_grow(struct map *m)
{
	struct map old = *m;

	m->size = old.size ? old.size * 2 : 16;
	m->slots = pages_new(m->size * m->stride);
	if (!m->slots) {
		*m = old;
		return false;
	}
	for (size_t i = 0; i < old.size; i++) {
		const uint8_t *s = slot_at(&old, i);
		if (s[0])
			memcpy(slot_at(m, empty_slot(m, s + 1)), s, m->stride);
	}
	pages_free(old.slots, old.size * old.stride);
	return true;
}

void *map_put(struct map *m, const void *key, bool *ret_new)
{
	uint8_t *s = m->size ? slot_at(m, slot_of(m, key)) : NULL;
	bool new = !s || !s[0];

	if (ret_new)
		*ret_new = new;
	if (!new)
		return s + m->value_at;
	if (m->n >= m->most)
		return NULL;
	if (m->n + 1 > m->size / 4 * 3) {
		if (!map_grow(m))
			return NULL;
		s = slot_at(m, slot_of(m, key));
	}
	s[0] = 1;
	memcpy(s + 1, key, m->key_bytes);
	memset(s + m->value_at, 0, m->value_bytes);
	m->n++;
	return s + m->value_at;
}

void map_drop(struct map *m, const void *key)
{
	if (!map_find(m, key))
		return;
	size_t hole = slot_of(m, key), mask = m->size - 1;
	slot_at(m, hole)[0] = 0;
	m->n--;
	/* Close the gap: entries whose probe sequence passed over it must still be found. */
	for (size_t i = (hole + 1) & mask; slot_at(m, i)[0]; i = (i + 1) & mask) {
		size_t home = home_of(m, slot_at(m, i) + 1);
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		memcpy(slot_at(m, hole), slot_at(m, i), m->stride);
		slot_at(m, i)[0] = 0;
		hole = i;
	}
}

void map_each(const struct map *m, bool (*f)(void *, const void *, void *), void *context)
{
	for (size_t i = 0; i < m->size; i++) {
		uint8_t *s = slot_at(m, i);
		if (s[0] && !f(context, s + 1, s + m->value_at))
			return;
	}
}
