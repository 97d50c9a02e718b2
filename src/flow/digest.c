#include "flow/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"

/* Fetched once: that takes the library as long as a digest. */
static EVP_MD *sha1, *sha256;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool preparing;

/* Must not allocate: memory has run out. */
static void end_if_preparing(void)
{
	static const char line[] = "rulegap: out of memory for libcrypto\n";

	if (!preparing)
		return;
	if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
		_exit(EXIT_SYSTEM); /* nobody to tell */
	_exit(EXIT_SYSTEM);
}

static void *take(size_t n, const char *file, int line)
{
	void *at = malloc(n);

	(void)file;
	(void)line;
	if (!at)
		end_if_preparing();
	return at;
}

static void *grow(void *at, size_t n, const char *file, int line)
{
	void *grown = realloc(at, n);

	(void)file;
	(void)line;
	if (!grown && n)
		end_if_preparing();
	return grown;
}

static void give(void *at, const char *file, int line)
{
	(void)file;
	(void)line;
	free(at);
}

/* One per thread, and reused: creating it would be half of the cost of a short digest. */
static pthread_key_t context_key;
static bool context_keyed;

static void context_free(void *at)
{
	EVP_MD_CTX_free(at);
}

static EVP_MD_CTX *context_get(void)
{
	EVP_MD_CTX *x = context_keyed ? pthread_getspecific(context_key) : NULL;

	if (x || !context_keyed)
		return x;
	x = EVP_MD_CTX_new();
	if (x && pthread_setspecific(context_key, x) != 0) {
		EVP_MD_CTX_free(x);
		return NULL;
	}
	return x;
}

static bool digest(const EVP_MD *how, const void *bytes, size_t n, uint8_t *ret_digest)
{
	EVP_MD_CTX *x = how ? context_get() : NULL;

	return x && EVP_DigestInit_ex2(x, how, NULL) && EVP_DigestUpdate(x, bytes, n) &&
	       EVP_DigestFinal_ex(x, ret_digest, NULL);
}

/* Computes each digest once, too: only then does the library complete its initialisation. */
static void prepare(void)
{
	uint8_t tried[EVP_MAX_MD_SIZE];

	preparing = true;
	context_keyed = pthread_key_create(&context_key, context_free) == 0;
	(void)CRYPTO_set_mem_functions(take, grow, give);
	sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	(void)digest(sha1, "", 0, tried);
	(void)digest(sha256, "", 0, tried);
	preparing = false;
}

bool digest_sha1(const void *bytes, size_t n, uint8_t ret_digest[static SHA1_BYTES])
{
	pthread_once(&once, prepare);
	return digest(sha1, bytes, n, ret_digest);
}

bool digest_sha256(const void *bytes, size_t n, uint8_t ret_digest[static SHA256_BYTES])
{
	pthread_once(&once, prepare);
	return digest(sha256, bytes, n, ret_digest);
}
