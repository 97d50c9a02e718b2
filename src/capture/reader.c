#include "capture/reader.h"

#include <inttypes.h>
#include <stdlib.h>

#include "capture/inside.h"

#define MAGIC_BYTES 24
#define REFILLS_MOST 32 /* then the caller gets a chance to stop */

static const struct reader_format *const formats[] = {&reader_pcap, &reader_pcapng, &reader_libpcap};

static enum err find_format(struct reader *r)
{
	enum err e = stream_fill(&r->stream, MAGIC_BYTES);

	if (e != ERR_OK && e != ERR_END)
		return e;
	if (stream_has(&r->stream) == 0 && r->stream.err == ERR_OK)
		return name_fail(ERR_UNSUPPORTED, r->name,
		                 "empty, there is nothing to read; was the capture ever started?");
	if (stream_has(&r->stream) == 0)
		return name_fail(ERR_USAGE, r->name, "%s", r->stream.why);
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (formats[i]->knows(stream_cursor(&r->stream))) {
			r->format = formats[i];
			return ERR_OK;
		}
	return name_fail(ERR_UNSUPPORTED, r->name, READER_NO_CAPTURE);
}

enum err reader_open(struct reader *r, const char *path, struct filter *filter, size_t ask)
{
	*r = (struct reader){.name = path, .filter = filter};
	enum err e = stream_open(&r->stream, path, ask);

	if (e != ERR_OK)
		return e;
	e = find_format(r);
	if (e == ERR_OK)
		e = r->format->open(r);
	if (e != ERR_OK)
		reader_close(r);
	return e;
}

/* Read the bytes that the format lacks. */
static enum err read_on(struct reader *r)
{
	enum err e = stream_fill(&r->stream, r->want);

	if (e == ERR_LIMIT)
		return reader_damage(r, ERR_LIMIT,
		                     "a record of %zu bytes at byte %" PRIu64 " is larger than any can be", r->want,
		                     r->stream.offset);
	return e == ERR_END ? ERR_OK : e; /* the format sees what the end means */
}

enum err reader_fill(struct reader *r, bool may_move, struct frame *frames, unsigned room, unsigned *ret_n)
{
	enum err e;

	*ret_n = 0;
	r->pinned = !may_move;
	for (int refills = 0; refills < REFILLS_MOST; refills++) {
		if (r->damage != ERR_OK)
			return ERR_END;
		e = r->format->fill(r, frames, room, ret_n);
		if (*ret_n > 0)
			return ERR_OK;
		if (e == ERR_OK)
			continue;
		if (e != ERR_MORE || !may_move)
			return e;
		e = read_on(r);
		if (e != ERR_OK)
			return e;
	}
	return ERR_INTERRUPTED;
}

enum err reader_peek(struct reader *r)
{
	enum err e = ERR_OK;

	while (r->records == 0 && e == ERR_OK) {
		e = r->format->fill(r, r->queue, FRAME_BATCH, &r->queue_n);
		if (e == ERR_MORE && r->records == 0)
			e = read_on(r);
	}
	return r->records ? ERR_OK : e;
}

void reader_close(struct reader *r)
{
	if (r->format && r->own)
		r->format->close(r);
	r->own = NULL;
	stream_close(&r->stream);
}
