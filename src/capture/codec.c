#include "capture/codec.h"

#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

struct codec_kind {
	const char *name;
	uint8_t magic[CODEC_MAGIC_BYTES];
	size_t magic_bytes;
	bool (*start)(struct codec *c);
	enum err (*run)(struct codec *c, const uint8_t *in, size_t *n, uint8_t *out, size_t *room);
	void (*stop)(struct codec *c);
};

struct codec {
	const struct codec_kind *kind;
	bool whole;
	union {
		z_stream gz;
		ZSTD_DStream *zst;
		LZ4F_dctx *lz4;
	};
	struct codec_input input;
};

/* Each run() gets *n bytes of input and *room bytes of output, and sets both to what it used. */

static bool gz_start(struct codec *c)
{
	return inflateInit2(&c->gz, 15 + 16) == Z_OK;
}

static enum err gz_run(struct codec *c, const uint8_t *in, size_t *n, uint8_t *out, size_t *room)
{
	size_t in_n = *n, out_n = *room;

	c->gz.next_in = (Bytef *)in;
	c->gz.avail_in = (uInt)in_n;
	c->gz.next_out = out;
	c->gz.avail_out = (uInt)out_n;
	int r = inflate(&c->gz, Z_NO_FLUSH);
	*n = in_n - c->gz.avail_in;
	*room = out_n - c->gz.avail_out;
	if (*n)
		c->whole = false;
	if (r == Z_STREAM_END) {
		c->whole = true;
		return inflateReset(&c->gz) == Z_OK ? ERR_OK : ERR_MALFORMED;
	}
	return r == Z_OK || r == Z_BUF_ERROR ? ERR_OK : ERR_MALFORMED;
}

static void gz_stop(struct codec *c)
{
	inflateEnd(&c->gz);
}

static bool zst_start(struct codec *c)
{
	c->zst = ZSTD_createDStream();
	return c->zst != NULL;
}

static enum err zst_run(struct codec *c, const uint8_t *in, size_t *n, uint8_t *out, size_t *room)
{
	ZSTD_inBuffer from = {in, *n, 0};
	ZSTD_outBuffer to = {out, *room, 0};
	size_t hint = ZSTD_decompressStream(c->zst, &to, &from);

	*n = from.pos;
	*room = to.pos;
	if (ZSTD_isError(hint))
		return ERR_MALFORMED;
	if (from.pos || to.pos)
		c->whole = hint == 0;
	return ERR_OK;
}

static void zst_stop(struct codec *c)
{
	ZSTD_freeDStream(c->zst);
}

static bool lz4_start(struct codec *c)
{
	return !LZ4F_isError(LZ4F_createDecompressionContext(&c->lz4, LZ4F_VERSION));
}

static enum err lz4_run(struct codec *c, const uint8_t *in, size_t *n, uint8_t *out, size_t *room)
{
	size_t hint = LZ4F_decompress(c->lz4, out, room, in, n, NULL);

	if (LZ4F_isError(hint)) {
		*n = *room = 0;
		return ERR_MALFORMED;
	}
	if (*n || *room)
		c->whole = hint == 0;
	return ERR_OK;
}

static void lz4_stop(struct codec *c)
{
	LZ4F_freeDecompressionContext(c->lz4);
}

static const struct codec_kind kinds[] = {
    {"gzip", {0x1f, 0x8b, 0x08}, 3, gz_start, gz_run, gz_stop},
    {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4, zst_start, zst_run, zst_stop},
    {"lz4", {0x04, 0x22, 0x4d, 0x18}, 4, lz4_start, lz4_run, lz4_stop},
};

static const struct codec_kind *kind_of(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (n >= kinds[i].magic_bytes && memcmp(bytes, kinds[i].magic, kinds[i].magic_bytes) == 0)
			return &kinds[i];
	return NULL;
}

bool codec_knows(const uint8_t *bytes, size_t n)
{
	return kind_of(bytes, n) != NULL;
}

struct codec *codec_new(const uint8_t *bytes, size_t n)
{
	const struct codec_kind *kind = kind_of(bytes, n);
	struct codec *c = kind ? calloc(1, sizeof *c) : NULL;

	if (!c)
		return NULL;
	c->kind = kind;
	if (kind->start(c))
		return c;
	free(c);
	return NULL;
}

void codec_free(struct codec *c)
{
	if (!c)
		return;
	c->kind->stop(c);
	free(c);
}

const char *codec_name(const struct codec *c)
{
	return c->kind->name;
}

enum err codec_run(struct codec *c, const uint8_t *in, size_t n, uint8_t *out, size_t room, size_t *ret_taken,
                   size_t *ret_made)
{
	*ret_taken = n;
	*ret_made = room;
	return c->kind->run(c, in, ret_taken, out, ret_made);
}

bool codec_whole(const struct codec *c)
{
	return c->whole;
}

struct codec_input *codec_input(struct codec *c)
{
	return &c->input;
}
