#include "report/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/pages.h"

#define BLOCK_BYTES ((size_t)64 << 10)
#define BLOCK_MOST ((size_t)2 << 20) /* a huge page */

struct pool_block {
	struct pool_block *next;
	size_t used, size; /* of the bytes that follow */
	_Alignas(16) char at[];
};

/* Each block is twice as large as the previous one: a report may be small. */
static bool block_add(struct pool *p, size_t bytes)
{
	size_t size = p->blocks ? (p->blocks->size + sizeof *p->blocks) * 2 : BLOCK_BYTES;

	if (size > BLOCK_MOST)
		size = BLOCK_MOST;
	if (size < bytes + sizeof *p->blocks)
		size = bytes + sizeof *p->blocks;
	struct pool_block *b = pages_new(size);
	if (!b)
		return false;
	b->size = size - sizeof *b;
	b->next = p->blocks;
	p->blocks = b;
	return true;
}

void *pool_take(struct pool *p, size_t n, size_t item_bytes)
{
	size_t bytes;

	if (p->failed || __builtin_mul_overflow(n ? n : 1, item_bytes, &bytes) || bytes > SIZE_MAX / 2) {
		p->failed = true;
		return NULL;
	}
	bytes = (bytes + 15) & ~(size_t)15;
	if ((!p->blocks || p->blocks->size - p->blocks->used < bytes) && !block_add(p, bytes)) {
		p->failed = true;
		return NULL;
	}
	void *at = p->blocks->at + p->blocks->used;
	p->blocks->used += bytes;
	return at;
}

const char *pool_text(struct pool *p, const char *text)
{
	size_t n = text ? strlen(text) + 1 : 0;
	char *copy = text ? pool_take(p, n, 1) : NULL;

	return copy ? memcpy(copy, text, n) : NULL;
}

void *pool_grow(struct pool *p, void *array, size_t n, size_t item_bytes)
{
	if (array && n > 0 && (n & (n - 1)) != 0)
		return array;
	void *grown = pool_take(p, n ? n * 2 : 1, item_bytes);
	if (grown && n)
		memcpy(grown, array, n * item_bytes);
	return grown;
}

void pool_release(struct pool *p)
{
	for (struct pool_block *b = p->blocks, *next; b; b = next) {
		next = b->next;
		pages_free(b, b->size + sizeof *b);
	}
	*p = (struct pool){0};
}

void bag_add(struct bag *b, int64_t v)
{
	if (b->failed)
		return;
	int64_t *at = array_grow(b->at, b->n, &b->room, sizeof *at);
	if (!at) {
		b->failed = true;
		return;
	}
	b->at = at;
	b->at[b->n++] = v;
}

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

void bag_sort(struct bag *b)
{
	size_t kept = 0;

	if (b->n == 0)
		return;
	qsort(b->at, b->n, sizeof *b->at, compare);
	for (size_t i = 0; i < b->n; i++)
		if (kept == 0 || b->at[i] != b->at[kept - 1])
			b->at[kept++] = b->at[i];
	b->n = kept;
}

void bag_release(struct bag *b)
{
	free(b->at);
	*b = (struct bag){0};
}
