/* Frames of one link type through one decoder: [link: u16] and then, for each
 * frame, [length: u16][bytes]; the upper bit of the length says that the capture
 * cut it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "decode/decode.h"
#include "target.h"

enum { CUT = 0x8000, LOST = 100, FRAGMENT_BYTES = 1 << 20 };

static void take(struct decoder *d, uint16_t link, uint64_t number, struct cursor bytes, size_t lost)
{
	uint8_t *copy = malloc(bytes.left ? bytes.left : 1);
	uint32_t n = (uint32_t)bytes.left;
	struct packet p;

	cursor_copy(&bytes, copy, n);
	struct frame f = {.time_us = (int64_t)number * 1000, .number = number, .bytes = copy, .captured = n,
	                  .length = n + (uint32_t)lost, .link = link};
	if (decode_frame(d, &f, &p) == ERR_OK) {
		volatile uint8_t last = 0;
		for (size_t i = 0; i < p.payload.left; i++)
			last = cursor_peek(&p.payload, i);
		(void)last;
		assert(p.proto && p.frame == &f);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size, size);
	struct decoder *d = decoder_new(FRAGMENT_BYTES);
	uint16_t link = cursor_u16(&c);

	for (uint64_t number = 1; c.left >= 2; number++) {
		uint16_t head = cursor_u16(&c);
		size_t n = head & ~CUT;
		take(d, link, number, cursor_take(&c, n < c.left ? n : c.left), head & CUT ? LOST : 0);
	}
	decoder_free(d);
	return 0;
}
