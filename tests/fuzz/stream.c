/* Segments of one direction, put in order: [mode: u8] and then steps of
 * [where: u16][length: u16][what: u8]. Each byte of the stream is told by its
 * place, so what is read can be checked; mode bit 0: senders contradict
 * themselves, and only the bounds are checked. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "flow/stream.h"
#include "target.h"

enum { FIRST = 0xfffffe00, LENGTH_MOST = 4096, POOL_MOST = 200000 };
enum { FORGED = 1 };                       /* mode */
enum { CUT = 1, TAKE_ALL = 2, TAKE_SOME = 4, PASS = 8, NEAR = 16 }; /* what */

struct run {
	struct stream stream;
	struct stream_pool pool;
	bool forged;
	uint8_t salt;
};

static uint8_t byte_at(uint32_t place)
{
	return (uint8_t)(place * 167 >> 3 ^ place);
}

/* What can be read ends where the stream goes on, until a bound was reached. */
static void check(const struct run *r, struct cursor c)
{
	uint32_t first = r->stream.next - (uint32_t)c.left;
	bool any = r->forged || r->pool.given_up || r->pool.refused;

	assert(c.left <= STREAM_MOST_BYTES + LENGTH_MOST);
	for (size_t i = 0; i < c.left; i++) {
		uint8_t b = cursor_peek(&c, i);
		assert(any || b == byte_at(first + (uint32_t)i));
	}
	assert(r->pool.bytes <= r->pool.most && r->stream.early_n <= STREAM_HOLES_MOST);
}

static void feed(struct run *r, uint32_t place, uint32_t n, uint8_t what)
{
	size_t captured = what & CUT ? n / 2 : n;
	uint8_t *bytes = malloc(captured ? captured : 1);
	size_t lost = n - captured;

	for (size_t i = 0; i < captured; i++)
		bytes[i] = (uint8_t)(byte_at(place + (uint32_t)i) + (r->forged ? r->salt++ : 0));
	struct cursor c = stream_feed(&r->stream, &r->pool, place, cursor_of(bytes, captured, n));
	check(r, c);
	size_t taken = what & TAKE_ALL ? c.left : what & TAKE_SOME ? c.left / 3 : 0;
	if (taken)
		cursor_skip(&c, taken);
	stream_keep(&r->stream, &r->pool, c);
	check(r, stream_kept(&r->stream));
	if (lost && what & PASS && r->stream.cut)
		stream_pass(&r->stream, lost);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size, size);
	struct run r = {.pool = {.most = POOL_MOST}};

	r.forged = cursor_u8(&c) & FORGED;
	stream_start(&r.stream, FIRST);
	while (c.left >= 5) {
		uint32_t where = cursor_u16(&c), n = cursor_u16(&c) % LENGTH_MOST;
		uint8_t what = cursor_u8(&c);
		feed(&r, what & NEAR ? r.stream.next + where - 0x8000 : FIRST + where, n, what);
	}
	stream_release(&r.stream, &r.pool);
	assert(r.pool.bytes == 0);
	return 0;
}
