/* The door to libcrypto's digests.
 *
 * If memory runs out while the library initialises itself, it goes on with locks
 * that do not exist and crashes (seen with OpenSSL 3.0). So the first digest
 * initialises it completely, and if there is no memory for that the program ends
 * with one line and EXIT_SYSTEM. Later failures are just failed digests. */
#ifndef FLOW_DIGEST_H
#define FLOW_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA1_BYTES 20u
#define SHA256_BYTES 32u

/* False: the library has no such digest, or memory fails. */
bool digest_sha1(const void *bytes, size_t n, uint8_t ret_digest[static SHA1_BYTES]);
bool digest_sha256(const void *bytes, size_t n, uint8_t ret_digest[static SHA256_BYTES]);

#endif
