/* The bytes of one capture file, unpacked, in one block of memory.
 *
 * Reads are large and end up page-aligned; frames are handed out as pointers
 * into the block, and only what straddles its end is moved. */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"

#define STREAM_BLOCK_BYTES (128u << 10) /* read at once: what is copied has to stay in the cache */
#define STREAM_BLOCK_LEAST (64u << 10)  /* when many files are open at once */
#define STREAM_MOST (17u << 20)         /* of one record: a 16 MiB pcapng block and what surrounds it */

struct codec;

struct stream {
	int fd;
	bool regular;        /* a plain file: has a size, can be opened again */
	bool ended;
	uint64_t file_bytes; /* its size; 0: not known */
	uint64_t device, inode; /* which file it is, whatever its name stands for later */
	uint64_t file_read;  /* bytes taken from it so far */
	struct codec *codec; /* NULL: not compressed */

	uint8_t *block;
	size_t size, ask;
	size_t begin, end;   /* what is unread: block[begin] … block[end - 1] */
	uint64_t offset;     /* of block[begin], counted in unpacked bytes */

	enum err err;        /* why it ended early; ERR_OK */
	char why[160];
};

/* Open a file ("-": standard input) and unpack it when its first bytes say so.
 * in      ask: bytes to read at once
 * errors  ERR_USAGE, ERR_PERMISSION, ERR_IO, ERR_MEMORY with err_detail(); ERR_INTERRUPTED */
MUSTCHECK enum err stream_open(struct stream *s, const char *path, size_t ask);

/* Make sure that `want` bytes are in the block, unless the stream ends before. Memory grows with
 * the bytes that come, not with `want`.
 * out     pointers into the block become invalid
 * errors  ERR_END: fewer came (s->err: because of damage); ERR_LIMIT: more than STREAM_MOST;
 *         ERR_MEMORY; ERR_INTERRUPTED: by a signal, try again */
MUSTCHECK enum err stream_fill(struct stream *s, size_t want);

/* Read past the block, as a plain file does: for libpcap. Returns bytes, 0 at the end. */
size_t stream_read(struct stream *s, void *out, size_t n);

void stream_close(struct stream *s);

static inline size_t stream_has(const struct stream *s)
{
	return s->end - s->begin;
}

static inline struct cursor stream_cursor(const struct stream *s)
{
	return cursor_of(s->block + s->begin, s->end - s->begin, s->end - s->begin);
}

/* Skip the first n bytes of the block. */
static inline void stream_skip(struct stream *s, size_t n)
{
	s->begin += n;
	s->offset += n;
}

#endif
