/* One capture file being read: its format, its frames, what is wrong with it. */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "capture/filter.h"
#include "capture/frame.h"
#include "capture/link.h"
#include "capture/stream.h"

struct reader;

#define READER_NO_CAPTURE "not a capture file (pcap, pcapng, or one of them as .gz, .zst, .lz4)"

/* A format. fill() makes frames of what is in the stream's block and never moves it; a format that
 * keeps bytes elsewhere returns ERR_MORE while pinned.
 * errors  ERR_MORE: reader->want bytes are needed; ERR_END: no more frames, or damage
 *         (reader->damage) */
struct reader_format {
	const char *name;
	bool (*knows)(struct cursor magic);
	enum err (*open)(struct reader *r);
	enum err (*fill)(struct reader *r, struct frame *frames, unsigned room, unsigned *ret_n);
	void (*close)(struct reader *r);
};

extern const struct reader_format reader_pcap, reader_pcapng, reader_libpcap;

struct reader {
	struct stream stream;
	const struct reader_format *format;
	void *own;                /* the format's */
	const char *name;         /* for messages; the caller's */
	struct filter *filter;    /* shared, the caller's; NULL: none */
	size_t want;              /* bytes that fill() lacks */
	uint64_t records;         /* packets read, whether or not the filter lets them pass */
	int64_t first_us;         /* of the first of them */
	uint64_t dropped;         /* as the file says */
	const char *link_type;    /* of its first interface; NULL: none yet */
	uint32_t snaplen;
	const char *unfit;        /* a link type that the filter does not fit; NULL */
	enum err damage;
	char damage_text[256];

	/* for whoever merges: frames read ahead */
	struct frame queue[FRAME_BATCH];
	int64_t keys[FRAME_BATCH];
	unsigned queue_at, queue_n;
	struct clock clock;       /* makes the merge keys of capture times that jump */
	uint16_t source;
	bool pinned;              /* while fill() runs: earlier frames must stay valid */
	bool lent;                /* frames of its block are in the caller's batch */
};

/* Open a file and read its header.
 * in      ask: how much to read at once
 * errors  ERR_UNSUPPORTED (no capture), ERR_USAGE (header damaged, file missing), ERR_PERMISSION, ERR_IO,
 *         ERR_MEMORY; with err_detail() */
MUSTCHECK enum err reader_open(struct reader *r, const char *path, struct filter *filter, size_t ask);

/* The next frames, at least one, in the order of the file.
 * in      may_move: earlier frames of this reader may become invalid
 * errors  ERR_MORE: needs may_move; ERR_END: no more (see damage);
 *         ERR_INTERRUPTED; ERR_MEMORY */
MUSTCHECK enum err reader_fill(struct reader *r, bool may_move, struct frame *frames, unsigned room, unsigned *ret_n);

/* Read as far as the first packet, whether or not the filter lets it pass:
 * then records and first_us are set, and frames may be in the queue.
 * errors  ERR_END: no packets; ERR_MEMORY; ERR_USAGE: the filter; ERR_INTERRUPTED */
MUSTCHECK enum err reader_peek(struct reader *r);

/* Why reading stops here: always ERR_END. */
enum err reader_damage(struct reader *r, enum err e, const char *format, ...) PRINTF_LIKE(3, 4);

/* The stream ended within a record (bytes of it are there) or before one: say
 * what that means. Always ERR_END. what: "packet 17", "block". */
enum err reader_cut(struct reader *r, const char *what);

void reader_close(struct reader *r);

/* A captured time as one number, never before 1970; absurd seconds are bounded so
 * that arithmetic on it stays defined. */
static inline int64_t reader_time(int64_t seconds, int64_t us)
{
	const int64_t most = INT64_C(1) << 40; /* seconds: 34,000 years */

	int64_t time_us = (seconds > most ? most : seconds < 0 ? 0 : seconds) * 1000000 + us;
	return time_us < 0 ? 0 : time_us;
}

/* The same for libpcap's struct timeval: the seconds of a classic capture are unsigned 32-bit
 * numbers, which libpcap reads as signed. */
static inline int64_t reader_time_signed(int64_t seconds, int64_t us)
{
	return reader_time(seconds < 0 && seconds >= INT32_MIN ? (int64_t)(uint32_t)seconds : seconds, us);
}

#endif
