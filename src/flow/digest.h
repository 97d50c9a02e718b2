/* The door to libcrypto's digests.
 *
 * When memory fails while the library makes itself ready, it goes on with locks
 * that are not there and crashes (seen with OpenSSL 3.0). So it is made ready as
 * a whole by the first digest, and if there is no memory for that the program
 * ends with one line and EXIT_SYSTEM. Later failures are only failed digests. */
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
