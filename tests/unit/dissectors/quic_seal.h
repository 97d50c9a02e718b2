/* The counterpart of quic_crypto.c: builds protected packets for tests. Its output is compared with the packets in
 * the RFCs, so that it can be trusted. */
#ifndef TESTS_QUIC_SEAL_H
#define TESTS_QUIC_SEAL_H

#include <assert.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/quic_crypto.h"

struct bytes {
	size_t n;
	uint8_t at[65536];
};

static inline void put(struct bytes *b, const void *at, size_t n)
{
	assert(b->n + n <= sizeof b->at);
	memcpy(b->at + b->n, at, n);
	b->n += n;
}

static inline void put_number(struct bytes *b, uint64_t v, unsigned n)
{
	for (unsigned i = n; i--;)
		put(b, &(uint8_t){(uint8_t)(v >> 8 * i)}, 1);
}

static inline void put_zeros(struct bytes *b, size_t n)
{
	while (n--)
		put_number(b, 0, 1);
}

static inline void put_hex(struct bytes *b, const char *hex)
{
	for (; *hex; hex += 2) {
		char two[3] = {hex[0], hex[1], 0};
		put_number(b, strtoul(two, NULL, 16), 1);
	}
}

/* Always in eight bytes: legal, and the most awkward encoding. */
static inline void put_varint(struct bytes *b, uint64_t v)
{
	put_number(b, v | UINT64_C(3) << 62, 8);
}

static inline void put_crypto(struct bytes *b, const struct bytes *hello, size_t from, size_t n)
{
	put_number(b, 0x06, 1);
	put_varint(b, from);
	put_varint(b, n);
	put(b, hello->at + from, n);
}

/* A ClientHello with its handshake header; `ballast` bytes (a key share) precede the name. */
static inline void put_hello(struct bytes *b, const char *name, size_t ballast)
{
	size_t name_n = strlen(name);
	struct bytes *x = calloc(1, sizeof *x);

	put_number(x, 51, 2);
	put_number(x, ballast, 2);
	put_zeros(x, ballast);
	if (name_n) {
		put_number(x, 0, 2);
		put_number(x, name_n + 5, 2);
		put_number(x, name_n + 3, 2);
		put_number(x, 0, 1);
		put_number(x, name_n, 2);
		put(x, name, name_n);
	}
	put_hex(x, "001000050003026833");   /* ALPN h3 */
	put_hex(x, "002b0003020304");       /* version 1.3 */
	put_number(b, 1, 1);
	put_number(b, 2 + 32 + 1 + 4 + 2 + 2 + x->n, 3);
	put_number(b, 0x0303, 2);
	put_zeros(b, 32);
	put_number(b, 0, 1);
	put_hex(b, "00021301");
	put_hex(b, "0100");
	put_number(b, x->n, 2);
	put(b, x->at, x->n);
	free(x);
}

struct seal {
	uint32_t version;
	struct quic_cid dcid; /* in the packet */
	struct quic_cid keyed; /* whose keys protect it */
	bool server;
	uint8_t type;         /* as on the wire */
	const char *token;
	uint8_t number_n;     /* bytes of the packet number */
	uint32_t number;
	size_t plain_n;       /* padded with zeros to this length */
};

/* Append one protected long-header packet. */
static inline void seal_packet(struct bytes *out, const struct seal *s, const struct bytes *frames)
{
	struct quic_keys k;
	size_t start = out->n, token_n = s->token ? strlen(s->token) : 0;
	size_t plain_n = frames->n > s->plain_n ? frames->n : s->plain_n;
	uint8_t *plain = calloc(1, plain_n + 16), nonce[12], mask[16];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, rest;

	memcpy(plain, frames->at, frames->n);
	bool derived = quic_keys_derive(quic_version_find(s->version), &s->keyed, s->server, &k);
	assert(derived);
	put_number(out, (uint64_t)(0xc0 | s->type << 4 | (s->number_n - 1)), 1);
	put_number(out, s->version, 4);
	put_number(out, s->dcid.n, 1);
	put(out, s->dcid.at, s->dcid.n);
	put_number(out, 0, 1);
	if (s->token || s->type == (s->version == 0x6b3343cf ? 1 : 0)) {
		put_number(out, token_n, 1);
		put(out, s->token ? s->token : "", token_n);
	}
	put_number(out, 0x4000 | (s->number_n + plain_n + 16), 2);
	size_t number_at = out->n;
	put_number(out, s->number, s->number_n);
	memcpy(nonce, k.iv, 12);
	for (unsigned i = 0; i < 4; i++)
		nonce[11 - i] ^= (uint8_t)(s->number >> 8 * i);
	EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, k.key, nonce);
	EVP_EncryptUpdate(c, NULL, &n, out->at + start, (int)(out->n - start));
	EVP_EncryptUpdate(c, out->at + out->n, &n, plain, (int)plain_n);
	EVP_EncryptFinal_ex(c, out->at + out->n + n, &rest);
	out->n += plain_n;
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, out->at + out->n);
	out->n += 16;
	EVP_EncryptInit_ex(c, EVP_aes_128_ecb(), NULL, k.hp, NULL);
	EVP_EncryptUpdate(c, mask, &n, out->at + number_at + 4, 16);
	out->at[start] ^= mask[0] & 0x0f;
	for (unsigned i = 0; i < s->number_n; i++)
		out->at[number_at + i] ^= mask[1 + i];
	EVP_CIPHER_CTX_free(c);
	free(plain);
}

#endif
