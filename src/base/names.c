#include "base/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/pages.h"

#define CHUNK ((size_t)256 << 10)
#define CHUNK_LARGE ((size_t)2 << 20) /* chunk size once a table has CHUNKS_SMALL bytes: a huge page */
#define CHUNKS_SMALL ((size_t)1 << 20)
#define TEXTS 1024u   /* names per block */
#define NAME_LEAST 2u /* bytes of the shortest name, with its NUL */

/* Text lives in chunks that never move, so that pointers to names stay good. */
struct chunk {
	struct chunk *next;
	size_t used, size; /* both with this header */
};

/* What tells names apart stands in one place, so that a look-up reads the text of the right name only. */
struct slot {
	const char *text;
	uint32_t hash;
	uint32_t bytes;
	name_id id; /* 0: empty */
};

struct names {
	struct chunk *chunks;
	const char ***texts; /* by id: blocks of TEXTS that never move; the list of blocks has room for all */
	struct slot *slots; /* open addressing */
	size_t size, n, block_n, block_most;
	size_t bytes, most;
	bool full;
};

struct names *names_new(size_t most_bytes)
{
	struct names *n = calloc(1, sizeof *n);

	if (!n)
		return NULL;
	n->most = most_bytes;
	n->n = 1;
	n->block_most = most_bytes / NAME_LEAST / TEXTS + 1;
	n->texts = calloc(n->block_most, sizeof *n->texts);
	if (!n->texts) {
		free(n);
		return NULL;
	}
	return n;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	for (struct chunk *c = n->chunks, *next; c; c = next) {
		next = c->next;
		pages_free(c, c->size);
	}
	for (size_t i = 0; i < n->block_n; i++)
		free(n->texts[i]);
	free(n->texts);
	pages_free(n->slots, n->size * sizeof *n->slots);
	free(n);
}

static struct slot *slot_of(const struct names *n, uint32_t hash, const char *text, size_t bytes)
{
	size_t i = hash & (n->size - 1);

	for (; n->slots[i].id; i = (i + 1) & (n->size - 1)) {
		const struct slot *s = &n->slots[i];
		if (s->hash == hash && s->bytes == bytes && memcmp(s->text, text, bytes) == 0)
			break;
	}
	return &n->slots[i];
}

static bool grow_texts(struct names *n)
{
	if (n->n < n->block_n * TEXTS)
		return true;
	if (n->block_n == n->block_most)
		return false;
	n->texts[n->block_n] = malloc(TEXTS * sizeof **n->texts);
	if (!n->texts[n->block_n])
		return false;
	n->block_n++;
	return true;
}

static bool grow_slots(struct names *n)
{
	if (n->n + 1 <= n->size / 4 * 3)
		return true;
	size_t size = n->size ? n->size * 2 : 512;
	struct slot *slots = pages_new(size * sizeof *slots);
	if (!slots)
		return false;
	for (size_t old = 0; old < n->size; old++) {
		size_t i = n->slots[old].hash & (size - 1);
		if (!n->slots[old].id)
			continue;
		while (slots[i].id)
			i = (i + 1) & (size - 1);
		slots[i] = n->slots[old];
	}
	pages_free(n->slots, n->size * sizeof *n->slots);
	n->slots = slots;
	n->size = size;
	return true;
}

static bool grow_chunks(struct names *n, size_t bytes)
{
	size_t size = n->bytes < CHUNKS_SMALL ? CHUNK : CHUNK_LARGE;

	if (n->chunks && n->chunks->used + bytes <= n->chunks->size)
		return true;
	struct chunk *c = bytes <= CHUNK - sizeof *c ? pages_new(size) : NULL;
	if (!c)
		return false;
	c->next = n->chunks;
	c->used = sizeof *c;
	c->size = size;
	n->chunks = c;
	return true;
}

static char *text_room(struct names *n, size_t bytes)
{
	if (n->bytes + bytes > n->most || !grow_chunks(n, bytes))
		return NULL;
	char *at = (char *)n->chunks + n->chunks->used;
	n->chunks->used += bytes;
	n->bytes += bytes;
	return at;
}

name_id names_find(const struct names *n, const char *text, size_t bytes)
{
	if (bytes == 0 || n->size == 0)
		return 0;
	return slot_of(n, (uint32_t)hash_bytes(text, bytes), text, bytes)->id;
}

name_id names_intern(struct names *n, const char *text, size_t bytes)
{
	if (bytes == 0)
		return 0;
	uint32_t hash = (uint32_t)hash_bytes(text, bytes);
	struct slot *found = n->size ? slot_of(n, hash, text, bytes) : NULL;
	if (found && found->id)
		return found->id;
	char *at = grow_texts(n) && grow_slots(n) ? text_room(n, bytes + 1) : NULL;
	if (!at) {
		n->full = true;
		return 0;
	}
	memcpy(at, text, bytes);
	at[bytes] = '\0';
	name_id id = (name_id)n->n++;
	n->texts[id / TEXTS][id % TEXTS] = at;
	*slot_of(n, hash, text, bytes) = (struct slot){.text = at, .hash = hash, .bytes = (uint32_t)bytes, .id = id};
	return id;
}

const char *names_text(const struct names *n, name_id id)
{
	return id ? n->texts[id / TEXTS][id % TEXTS] : "";
}

name_id names_carry(struct names *to, const struct names *from, name_id id)
{
	const char *text = names_text(from, id);

	return names_intern(to, text, strlen(text));
}

size_t names_count(const struct names *n)
{
	return n->n - 1;
}

size_t names_bytes(const struct names *n)
{
	return n->bytes;
}

bool names_full(const struct names *n)
{
	return n->full;
}
