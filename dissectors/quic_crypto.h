/* QUIC's Initial protection: anybody on the path can remove it, because its keys are derived from
 * the packet itself. The one door to AES and HKDF here. */
#ifndef DISSECTORS_QUIC_CRYPTO_H
#define DISSECTORS_QUIC_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define QUIC_CID_MOST 20     /* RFC 9000 17.2 */
#define QUIC_PLAIN_MOST 9216 /* of one packet: a jumbo frame's; longer ones are not decrypted */

/* A version whose Initials can be decrypted. */
struct quic_version {
	uint32_t first, last; /* version numbers, inclusive */
	uint8_t salt[20];
	const char *labels[3]; /* key, iv, header protection */
	bool rotated;          /* packet types as in RFC 9369 3.2 */
};

struct quic_cid {
	uint8_t n;
	uint8_t at[QUIC_CID_MOST];
};

struct quic_keys {
	uint8_t key[16], iv[12], hp[16];
};

/* A protected packet, split at its packet number. */
struct quic_packet {
	uint8_t first;           /* first byte as on the wire */
	struct cursor header;    /* after it, up to the packet number */
	struct cursor protected; /* packet number, payload, tag */
};

/* NULL: unknown, or Google's own cryptography.
 * source  RFC 9001 5.2; RFC 9369 3.3; draft-ietf-quic-tls-23 to -34 5.2 */
const struct quic_version *quic_version_find(uint32_t version);

/* The Initial keys of one side. False: the cryptographic library failed.
 * source  RFC 9001 5.1, 5.2 */
bool quic_keys_derive(const struct quic_version *v, const struct quic_cid *dcid, bool server,
		      struct quic_keys *ret_keys);

/* Remove the protection. A packet that the capture cut cannot be verified: its plaintext must be
 * read with caution.
 * out     ret_plain: the frames, with .lost where they are cut; valid until this thread's next call
 * returns false: wrong keys, damaged, too short or too long
 * source  RFC 9001 5.3, 5.4 */
bool quic_open(const struct quic_keys *keys, const struct quic_packet *packet, struct cursor *ret_plain);

#endif
