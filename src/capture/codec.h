/* Unpacking of .gz, .zst and .lz4, recognised by their first bytes. */
#ifndef CAPTURE_CODEC_H
#define CAPTURE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct codec;

#define CODEC_MAGIC_BYTES 4
#define CODEC_INPUT_BYTES (256u << 10)

/* Whether a file's first bytes are those of a known compressed format. */
bool codec_knows(const uint8_t *bytes, size_t n);

/* NULL: not known, or out of memory. */
struct codec *codec_new(const uint8_t *bytes, size_t n);
void codec_free(struct codec *c);

/* "gzip", "zstd", "lz4". */
const char *codec_name(const struct codec *c);

/* Unpack from in to out, either of which may be used up first.
 * out     ret_taken, ret_made: bytes of in and of out that were used
 * errors  ERR_MALFORMED */
MUSTCHECK enum err codec_run(struct codec *c, const uint8_t *in, size_t n, uint8_t *out, size_t room, size_t *ret_taken,
                             size_t *ret_made);

/* True between two compressed units: an input that ends here is whole. */
bool codec_whole(const struct codec *c);

/* Input that was read and is not unpacked yet. */
struct codec_input {
	uint8_t bytes[CODEC_INPUT_BYTES];
	size_t at, n;
	bool ended;
};
struct codec_input *codec_input(struct codec *c);

#endif
