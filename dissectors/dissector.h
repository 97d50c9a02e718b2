/* The contract of a dissector: bytes in, facts out. It knows no flow, no clock
 * and no other dissector's state; what it must remember between calls lies in a
 * state block that its caller owns. */
#ifndef DISSECTORS_DISSECTOR_H
#define DISSECTORS_DISSECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"
#include "dissectors/fact.h"

enum side { SIDE_CLIENT, SIDE_SERVER }; /* who sent the bytes: the one that began the flow, or the other */

enum probe {
	PROBE_NO,    /* not this protocol */
	PROBE_MORE,  /* too short to tell (streams only) */
	PROBE_MAYBE, /* looks like it; the port decides */
	PROBE_YES,
};

enum transport { OVER_UDP = 1, OVER_TCP = 2 };

struct dissector {
	const char *name;
	enum transport transport;
	const uint16_t *ports; /* where MAYBE counts as YES; ends with 0; may be NULL */
	/* Does this flow speak it? bytes: the first datagram, or the stream so far. */
	enum probe (*probe)(struct cursor bytes, enum side side);
	/* The range of first bytes for which the probe may say more than no; others are not worth a
	 * call. Both 0: any. */
	struct first_bytes {
		uint8_t least, most;
	} first;
	size_t state_bytes; /* ≤ DISSECTOR_STATE; the state is zeroed at the flow's start */
	/* UDP: parse one datagram.
	 * TCP: parse whole units off `bytes` and leave the rest; called again with more bytes, from
	 * where it stopped. ERR_MORE: nothing whole is left (not an error). It must consume or ask
	 * for more, so that the work is linear in the bytes given.
	 * Bytes' errors: facts read before them stay; the flow's side is given up. */
	enum err (*parse)(void *state, struct cursor *bytes, enum side side, struct facts *facts);
	const char *source; /* RFC and section */
	/* TCP; may be NULL. The capture lacks the next `lost` bytes of that side's stream (including what parse
	 * left of a cut segment): continue after them, where the next parse begins with a segment. False: it
	 * cannot; the side is given up. */
	bool (*resume)(void *state, enum side side, size_t lost);
	size_t block_bytes; /* memory beyond the state, 0: not needed; ≤ DISSECTOR_BLOCK; see struct dissector_block */
	size_t block_zeroed; /* this many first bytes are zeroed; the rest is read only after it was written */
};

#define DISSECTOR_STATE 64

/* What a state begins with where block_bytes is not 0. Such memory is for the few datagrams in
 * which a message comes in pieces (QUIC's ClientHello).
 *
 * Before the first parse of a flow (so after its probe said yes) the caller sets `at` to
 * block_bytes of a bounded pool, of which the first block_zeroed are zero, or leaves it NULL if the
 * pool is exhausted: the dissector then works without it and understands only what one datagram
 * holds. After each parse the caller checks `over`: once set, the block is no longer needed; it is
 * freed and `at` set to NULL. It is also freed when the flow ends or is given up, and when the
 * state is zeroed for another dissector. */
struct dissector_block {
	void *at;  /* the caller's to set */
	bool over; /* the dissector's to set; stays set */
};

#define DISSECTOR_BLOCK 16384

/* How many bytes one unit may need before it is parsed; longer ones are ERR_LIMIT. */
#define DISSECTOR_UNIT 65536

/* Where the capture cut a stream's segment is not where the stream ends: missing bytes must not
 * become the sender's fault. */
static inline void stream_cut(struct cursor *stream)
{
	if (stream->lost)
		stream->lost = SIZE_MAX / 2;
}

extern const struct dissector *const dissectors[]; /* ends with NULL; the order is the order of probing */

/* Whether a dissector must be asked about these bytes. */
static inline bool dissector_may(const struct dissector *x, const struct cursor *bytes)
{
	uint8_t first = cursor_peek(bytes, 0);

	return !x->first.most || (first >= x->first.least && first <= x->first.most);
}

/* The row of that name and transport; NULL. */
const struct dissector *dissector_find(const char *name, enum transport transport);

#endif
