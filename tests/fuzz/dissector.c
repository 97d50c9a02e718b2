/* One dissector (FUZZ_ROW) fed with one flow in any segments: chunks as in
 * feed.h, whose side byte also says what else befalls the chunk. */
#include <assert.h>

#include "feed.h"
#include "target.h"

#define JOIN(a, b) a##b
#define SYMBOL(row) JOIN(dissector_, row)

extern const struct dissector SYMBOL(FUZZ_ROW);

enum { CUT = 2, CLOSED = 4, HALVES = 8 };
#define LOST 40

static void check(const struct feed *f)
{
	assert(f->facts.n <= FACTS_MOST && f->facts.text_n <= FACTS_TEXT);
	for (unsigned i = 0; i < f->facts.n; i++) {
		const struct fact *x = &f->facts.list[i];
		assert(x->kind >= 1 && x->kind < FACT_KIND_COUNT);
		for (const char *s = x->name; *s; s++)
			assert(*s > 0x20 && *s < 0x7f);
		for (const char *s = x->other; *s; s++)
			assert(*s >= 0x20 && *s < 0x7f);
	}
}

static void give(struct feed *f, const struct feed_chunk *k, size_t from, size_t n, unsigned how)
{
	text_clear(&f->log);
	f->dissector->probe(cursor_of(k->at + from, n, n), k->side);
	feed_bytes(f, k->side, k->at + from, n, n + (how & CUT ? LOST : 0), how & CLOSED);
	check(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct feed f;
	struct cursor how = cursor_of(data, size, size);
	struct feed_seed seed = feed_seed_read(data, size);

	feed_begin(&f, &SYMBOL(FUZZ_ROW));
	f.unasked = true;
	for (size_t i = 0; i < seed.n; i++) {
		const struct feed_chunk *k = &seed.chunks[i];
		unsigned flags = cursor_u8(&how);
		size_t half = flags & HALVES ? k->n / 2 : 0;
		if (half)
			give(&f, k, 0, half, flags & ~(unsigned)CUT);
		give(&f, k, half, k->n - half, flags);
		cursor_skip(&how, 2 + k->n < how.left ? 2 + k->n : how.left);
	}
	feed_end(&f);
	return 0;
}
