#include "capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/codec.h"
#include "capture/inside.h"

#define PAGE 4096u

static void stream_damage(struct stream *s, enum err e, const char *format, ...) PRINTF_LIKE(3, 4);
static void stream_damage(struct stream *s, enum err e, const char *format, ...)
{
	va_list args;

	s->ended = true;
	s->err = e;
	va_start(args, format);
	vsnprintf(s->why, sizeof s->why, format, args);
	va_end(args);
}

/* One read(2). 0: the end, or damage that s->err tells of. */
static enum err read_once(struct stream *s, uint8_t *out, size_t room, size_t *ret_n)
{
	ssize_t n = read(s->fd, out, room);

	*ret_n = n > 0 ? (size_t)n : 0;
	s->file_read += *ret_n;
	if (n >= 0)
		return ERR_OK;
	if (errno == EINTR)
		return ERR_INTERRUPTED;
	stream_damage(s, ERR_IO, "cannot be read at byte %" PRIu64 ": %s", s->file_read, strerror(errno));
	return ERR_OK;
}

static enum err read_plain(struct stream *s, uint8_t *out, size_t room, size_t *ret_n)
{
	enum err e = read_once(s, out, room, ret_n);

	if (e == ERR_OK && *ret_n == 0)
		s->ended = true;
	return e;
}

static enum err refill_input(struct stream *s, struct codec_input *in)
{
	if (in->at < in->n || in->ended)
		return ERR_OK;
	in->at = in->n = 0;
	enum err e = read_once(s, in->bytes, sizeof in->bytes, &in->n);
	if (e == ERR_OK && in->n == 0)
		in->ended = true;
	return e;
}

static enum err read_packed(struct stream *s, uint8_t *out, size_t room, size_t *ret_n)
{
	struct codec_input *in = codec_input(s->codec);

	*ret_n = 0;
	while (*ret_n == 0 && !s->ended) {
		size_t taken, made;
		enum err e = refill_input(s, in);
		if (e != ERR_OK)
			return e;
		if (in->n == in->at && in->ended && codec_whole(s->codec)) {
			s->ended = true;
			return ERR_OK;
		}
		e = codec_run(s->codec, in->bytes + in->at, in->n - in->at, out, room, &taken, &made);
		in->at += taken;
		*ret_n = made;
		uint64_t at = s->file_read - (in->n - in->at);
		if (e != ERR_OK)
			stream_damage(s, ERR_MALFORMED,
			              "the %s compression is damaged before byte %" PRIu64 " of the file",
			              codec_name(s->codec), at);
		else if (made == 0 && taken == 0)
			stream_damage(s, ERR_TRUNCATED, "the %s compression is cut at byte %" PRIu64 " of the file",
			              codec_name(s->codec), at);
	}
	return ERR_OK;
}

static size_t align_up(size_t n)
{
	return (n + PAGE - 1) & ~(size_t)(PAGE - 1);
}

/* Move the unread bytes so that they end at a page boundary, in a block of `size` bytes. */
static enum err move_rest(struct stream *s, size_t size)
{
	size_t left = stream_has(s), begin = align_up(left) - left;
	uint8_t *block = s->block;

	if (size != s->size) {
		block = aligned_alloc(PAGE, size);
		if (!block)
			return ERR_MEMORY;
	}
	if (left)
		memmove(block + begin, s->block + s->begin, left);
	if (block != s->block)
		free(s->block);
	s->block = block;
	s->size = size;
	s->begin = begin;
	s->end = begin + left;
	return ERR_OK;
}

/* Make room after the unread bytes for one large read. */
static enum err make_room(struct stream *s)
{
	size_t size = s->size;

	if (s->size - s->end >= s->ask)
		return ERR_OK;
	while (align_up(stream_has(s)) + s->ask > size)
		size *= 2;
	if (move_rest(s, size) != ERR_OK)
		return err_fail(ERR_MEMORY, "out of memory for a block of %zu bytes", size);
	return ERR_OK;
}

enum err stream_fill(struct stream *s, size_t want)
{
	if (want > STREAM_MOST)
		return ERR_LIMIT;
	while (stream_has(s) < want && !s->ended) {
		size_t n = 0;
		enum err e = make_room(s);
		if (e != ERR_OK)
			return e;
		e = (s->codec ? read_packed : read_plain)(s, s->block + s->end, s->ask, &n);
		s->end += n;
		if (e != ERR_OK)
			return e;
	}
	return stream_has(s) >= want ? ERR_OK : ERR_END;
}

size_t stream_read(struct stream *s, void *out, size_t n)
{
	enum err e = ERR_OK;

	if (stream_has(s) == 0)
		do
			e = stream_fill(s, 1);
		while (e == ERR_INTERRUPTED);
	size_t have = stream_has(s);
	if (n > have)
		n = have;
	memcpy(out, s->block + s->begin, n);
	stream_skip(s, n);
	return n;
}

/* Look at the first bytes; if they are compressed, hand them to the codec. */
static enum err start_codec(struct stream *s)
{
	enum err e = stream_fill(s, CODEC_MAGIC_BYTES);

	if (e != ERR_OK && e != ERR_END)
		return e;
	size_t n = stream_has(s);
	if (!codec_knows(s->block + s->begin, n))
		return ERR_OK;
	s->codec = codec_new(s->block + s->begin, n);
	if (!s->codec)
		return err_fail(ERR_MEMORY, "out of memory for unpacking");
	struct codec_input *in = codec_input(s->codec);
	memcpy(in->bytes, s->block + s->begin, n);
	in->n = n;
	in->ended = s->ended;
	s->ended = false;
	s->begin = s->end = 0;
	return ERR_OK;
}

static enum err open_fd(struct stream *s, const char *path)
{
	struct stat st;

	if (strcmp(path, "-") == 0) {
		if (isatty(STDIN_FILENO))
			return name_fail(ERR_USAGE, path,
			                 "standard input is a terminal; pipe a capture into it, as in: "
			                 "tcpdump -w - | rulegap audit -r -");
		s->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	} else {
		s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	}
	if (s->fd < 0 && errno == EACCES)
		return name_fail(ERR_PERMISSION, path,
		                 "no permission to read it; ask its owner, or run as a user who may");
	if (s->fd < 0 && errno == ENOENT)
		return name_fail(ERR_USAGE, path, "no such file; check its name");
	if (s->fd < 0 || fstat(s->fd, &st) != 0)
		return name_fail(ERR_USAGE, path, "cannot be opened: %s", err_reason(errno));
	s->regular = S_ISREG(st.st_mode) && strcmp(path, "-") != 0;
	s->file_bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	s->device = st.st_dev;
	s->inode = st.st_ino;
	return ERR_OK;
}

enum err stream_open(struct stream *s, const char *path, size_t ask)
{
	*s = (struct stream){.fd = -1, .ask = ask, .size = ask + PAGE};
	enum err e = open_fd(s, path);

	if (e != ERR_OK)
		goto done;
	s->block = aligned_alloc(PAGE, s->size);
	if (!s->block) {
		e = err_fail(ERR_MEMORY, "out of memory for a block of %zu bytes", s->size);
		goto done;
	}
	e = start_codec(s);
done:
	if (e != ERR_OK)
		stream_close(s);
	return e;
}

void stream_close(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	codec_free(s->codec);
	free(s->block);
	s->block = NULL;
	s->fd = -1;
	s->codec = NULL;
	s->begin = s->end = 0;
	s->ended = true;
}
