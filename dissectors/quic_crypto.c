#include "dissectors/quic_crypto.h"

/* HKDF is built on SHA-256's compression function, which the library declares deprecated: through its generic
 * interface the overhead of ten digests exceeds the digests themselves. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_BYTES 32 /* also the size of a SHA-256 digest */
#define BLOCK_BYTES 64  /* of SHA-256; no key here is longer */
#define TEXT_MOST 55    /* the most that fits into its last block */
#define TAG_BYTES 16
#define SAMPLE_AT 4 /* from the start of the packet number, whatever its length: RFC 9001 5.4.2 */
#define SAMPLE_BYTES 16

static const struct quic_version versions[] = {
    {0x00000001, 0x00000001,
     {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
     {"quic key", "quic iv", "quic hp"}, false},
    {0x6b3343cf, 0x6b3343cf,
     {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
      0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
     {"quicv2 key", "quicv2 iv", "quicv2 hp"}, true},
    {0xff000021, 0xff000022, /* drafts 33 and 34 */
     {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
     {"quic key", "quic iv", "quic hp"}, false},
    {0xff00001d, 0xff000020, /* drafts 29 to 32 */
     {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
      0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
     {"quic key", "quic iv", "quic hp"}, false},
    {0xff000017, 0xff00001c, /* drafts 23 to 28 */
     {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
      0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
     {"quic key", "quic iv", "quic hp"}, false},
    {0xfaceb002, 0xfaceb002, /* mvfst: draft 27 under its own version number */
     {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
      0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
     {"quic key", "quic iv", "quic hp"}, false},
};

#define VERSIONS (sizeof versions / sizeof *versions)

const struct quic_version *quic_version_find(uint32_t version)
{
	/* RFC 9000 15: versions that force a negotiation; such Initials are made as version 1's. */
	if ((version & 0x0f0f0f0f) == 0x0a0a0a0a)
		return &versions[0];
	for (size_t i = 0; i < VERSIONS; i++)
		if (version >= versions[i].first && version <= versions[i].last)
			return &versions[i];
	return NULL;
}

/* ---- what each thread keeps of the library, so that nothing is allocated per packet */

/* An HMAC key after its setup: both digests have processed their first block. */
struct hmac {
	SHA256_CTX inner, outer;
};

struct crypto {
	struct hmac salts[VERSIONS];
	EVP_CIPHER *ecb, *gcm;
	EVP_CIPHER_CTX *mask, *open;
	uint8_t plain[QUIC_PLAIN_MOST];
};

/* RFC 2104 */
static void hmac_begin(struct hmac *h, const uint8_t *key, size_t n)
{
	uint8_t inner[BLOCK_BYTES], outer[BLOCK_BYTES];

	memset(inner, 0x36, sizeof inner);
	memset(outer, 0x5c, sizeof outer);
	for (size_t i = 0; i < n; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	SHA256_Init(&h->inner);
	SHA256_Init(&h->outer);
	SHA256_Transform(&h->inner, inner);
	SHA256_Transform(&h->outer, outer);
}

static pthread_key_t crypto_key;
static pthread_once_t crypto_once = PTHREAD_ONCE_INIT;
static bool crypto_keyed;

static void crypto_free(void *at)
{
	struct crypto *x = at;

	EVP_CIPHER_CTX_free(x->mask);
	EVP_CIPHER_CTX_free(x->open);
	EVP_CIPHER_free(x->ecb);
	EVP_CIPHER_free(x->gcm);
	free(x);
}

static void crypto_make_key(void)
{
	crypto_keyed = pthread_key_create(&crypto_key, crypto_free) == 0;
}

static bool crypto_prepare(struct crypto *x)
{
	for (size_t i = 0; i < VERSIONS; i++)
		hmac_begin(&x->salts[i], versions[i].salt, sizeof versions[i].salt);
	x->ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	x->gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	x->mask = EVP_CIPHER_CTX_new();
	x->open = EVP_CIPHER_CTX_new();
	return x->ecb && x->gcm && x->mask && x->open && EVP_EncryptInit_ex2(x->mask, x->ecb, NULL, NULL, NULL) &&
	       EVP_DecryptInit_ex2(x->open, x->gcm, NULL, NULL, NULL);
}

/* This thread's; NULL when the library or memory fails. */
static struct crypto *crypto_get(void)
{
	pthread_once(&crypto_once, crypto_make_key);
	if (!crypto_keyed)
		return NULL;
	struct crypto *x = pthread_getspecific(crypto_key);
	if (x)
		return x;
	x = calloc(1, sizeof *x);
	if (!x)
		return NULL;
	if (!crypto_prepare(x) || pthread_setspecific(crypto_key, x) != 0) {
		crypto_free(x);
		return NULL;
	}
	return x;
}

/* ---- HKDF with SHA-256, RFC 5869 */

/* Finish a digest that has processed one block, with at most TEXT_MOST more bytes. Source: RFC 6234 4.1 */
static void digest_end(SHA256_CTX digest, const uint8_t *text, size_t n, uint8_t ret_digest[static SECRET_BYTES])
{
	uint8_t block[BLOCK_BYTES] = {0};
	size_t bits = (BLOCK_BYTES + n) * 8;

	memcpy(block, text, n);
	block[n] = 0x80;
	block[BLOCK_BYTES - 2] = (uint8_t)(bits >> 8);
	block[BLOCK_BYTES - 1] = (uint8_t)bits;
	SHA256_Transform(&digest, block);
	for (size_t i = 0; i < SECRET_BYTES / 4; i++, ret_digest += 4) {
		uint32_t word = digest.h[i];
		ret_digest[0] = (uint8_t)(word >> 24);
		ret_digest[1] = (uint8_t)(word >> 16);
		ret_digest[2] = (uint8_t)(word >> 8);
		ret_digest[3] = (uint8_t)word;
	}
}

static void hmac_end(const struct hmac *h, const uint8_t *text, size_t n, uint8_t ret_tag[static SECRET_BYTES])
{
	uint8_t middle[SECRET_BYTES];

	digest_end(h->inner, text, n, middle);
	digest_end(h->outer, middle, sizeof middle, ret_tag);
}

/* HKDF-Expand-Label with an empty context, at most one block.
 * Source: RFC 8446 7.1 */
static void expand_label(const struct hmac *secret, const char *label, uint8_t *ret_bytes, size_t n)
{
	uint8_t info[TEXT_MOST] = {0, (uint8_t)n}, block[SECRET_BYTES];
	size_t label_n = strlen(label), at = 3;

	info[2] = (uint8_t)(6 + label_n);
	memcpy(info + at, "tls13 ", 6);
	memcpy(info + at + 6, label, label_n);
	at += 6 + label_n;
	info[at++] = 0; /* no context */
	info[at++] = 1; /* the first block of HKDF-Expand */
	hmac_end(secret, info, at, block);
	memcpy(ret_bytes, block, n);
}

bool quic_keys_derive(const struct quic_version *v, const struct quic_cid *dcid, bool server,
		      struct quic_keys *ret_keys)
{
	struct crypto *x = crypto_get();
	uint8_t secret[SECRET_BYTES];
	struct hmac h;

	if (!x)
		return false;
	hmac_end(&x->salts[v - versions], dcid->at, dcid->n, secret);
	hmac_begin(&h, secret, sizeof secret);
	expand_label(&h, server ? "server in" : "client in", secret, sizeof secret);
	hmac_begin(&h, secret, sizeof secret);
	expand_label(&h, v->labels[0], ret_keys->key, sizeof ret_keys->key);
	expand_label(&h, v->labels[1], ret_keys->iv, sizeof ret_keys->iv);
	expand_label(&h, v->labels[2], ret_keys->hp, sizeof ret_keys->hp);
	return true;
}

/* ---- opening a packet */

/* Source: RFC 9001 5.4.1, 5.4.3 */
static bool header_mask(struct crypto *x, const struct quic_keys *keys, struct cursor c,
			uint8_t ret_mask[static SAMPLE_BYTES])
{
	int written;

	cursor_skip(&c, SAMPLE_AT);
	const uint8_t *sample = cursor_bytes(&c, SAMPLE_BYTES);
	return sample && EVP_EncryptInit_ex2(x->mask, NULL, keys->hp, NULL, NULL) &&
	       EVP_EncryptUpdate(x->mask, ret_mask, &written, sample, SAMPLE_BYTES);
}

/* Packet number and nonce. Initials are the first packets, so the bytes sent are taken for the
 * whole number. Source: RFC 9001 5.3 */
static void nonce_of(const struct quic_keys *keys, const uint8_t *number, size_t n, uint8_t ret_nonce[static 12])
{
	memcpy(ret_nonce, keys->iv, 12);
	for (size_t i = 0; i < n; i++)
		ret_nonce[12 - n + i] ^= number[i];
}

/* Decrypt; verified unless the capture cut the payload or its tag. */
static bool open_payload(struct crypto *x, struct cursor payload, struct cursor *ret_plain)
{
	size_t wire = cursor_wire(&payload);
	int n = 0, rest = 0;

	if (wire < TAG_BYTES || wire - TAG_BYTES > QUIC_PLAIN_MOST)
		return false;
	struct cursor sealed = cursor_take(&payload, wire - TAG_BYTES);
	if (!EVP_DecryptUpdate(x->open, x->plain, &n, sealed.at, (int)sealed.left))
		return false;
	*ret_plain = cursor_of(x->plain, (size_t)n, wire - TAG_BYTES);
	if (payload.lost || sealed.lost)
		return true;
	uint8_t tag[TAG_BYTES];
	cursor_copy(&payload, tag, sizeof tag);
	return EVP_CIPHER_CTX_ctrl(x->open, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) &&
	       EVP_DecryptFinal_ex(x->open, x->plain + n, &rest) == 1;
}

bool quic_open(const struct quic_keys *keys, const struct quic_packet *packet, struct cursor *ret_plain)
{
	struct crypto *x = crypto_get();
	struct cursor payload = packet->protected;
	uint8_t mask[SAMPLE_BYTES], nonce[12], number[4];
	int written;

	if (!x || !header_mask(x, keys, payload, mask))
		return false;
	uint8_t first = packet->first ^ (mask[0] & 0x0f);
	size_t n = (first & 3u) + 1;
	cursor_copy(&payload, number, n);
	for (size_t i = 0; i < n; i++)
		number[i] ^= mask[1 + i];
	nonce_of(keys, number, n, nonce);
	return EVP_DecryptInit_ex2(x->open, NULL, keys->key, nonce, NULL) &&
	       EVP_DecryptUpdate(x->open, NULL, &written, &first, 1) &&
	       EVP_DecryptUpdate(x->open, NULL, &written, packet->header.at, (int)packet->header.left) &&
	       EVP_DecryptUpdate(x->open, NULL, &written, number, (int)n) && (first & 0x0c) == 0 &&
	       open_payload(x, payload, ret_plain);
}
