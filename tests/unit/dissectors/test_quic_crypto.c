#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "quic_seal.h"

static const struct quic_cid rfc_cid = {8, {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}};

static void assert_keys(uint32_t version, bool server, const char *key, const char *iv, const char *hp)
{
	struct bytes *want = calloc(1, sizeof *want);
	struct quic_keys keys;

	put_hex(want, key);
	put_hex(want, iv);
	put_hex(want, hp);
	assert_int_equal(want->n, sizeof keys);
	assert_true(quic_keys_derive(quic_version_find(version), &rfc_cid, server, &keys));
	assert_memory_equal(&keys, want->at, sizeof keys);
	free(want);
}

static void keys_are_those_of_rfc_9001_a1_and_rfc_9369_a1(void **unused)
{
	(void)unused;
	assert_keys(1, false, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
		    "9f50449e04a0e810283a1e9933adedd2");
	assert_keys(1, true, "cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03e",
		    "c206b8d9b9f0f37644430b490eeaa314");
	assert_keys(0x6b3343cf, false, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f",
		    "45b95e15235d6f45a6b19cbcb0294ba9");
	assert_keys(0x6b3343cf, true, "82db637861d55e1d011f19ea71d5d2a7", "dd13c276499c0249d3310652",
		    "edf6d05c83121201b436e16877593c3a");
}

static void keys_of_drafts_27_and_29_are_theirs(void **unused)
{
	(void)unused;
	assert_keys(0xff00001d, false, "175257a31eb09dea9366d8bb79ad80ba", "6b26114b9cba2b63a9e8dd4f",
		    "9ddd12c994c0698b89374a9c077a3077");
	assert_keys(0xff00001b, false, "af7fd7efebd21878ff66811248983694", "8681359410a70bb9c92f0420",
		    "a980b8b4fb7d9fbc13e814c23164253d");
}

static void server_initial_of_rfc_9001_a3_can_be_opened(void **unused)
{
	struct bytes *b = calloc(1, sizeof *b);
	struct quic_keys keys;
	struct cursor plain;

	(void)unused;
	put_hex(b, "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a"
		   "5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3"
		   "dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84"
		   "022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4"
		   "2158407dd074ee");
	struct quic_packet packet = {.first = b->at[0], .header = cursor_of(b->at + 1, 17, 17),
				     .protected = cursor_of(b->at + 18, b->n - 18, b->n - 18)};
	assert_true(quic_keys_derive(quic_version_find(1), &rfc_cid, true, &keys));
	assert_true(quic_open(&keys, &packet, &plain));
	assert_int_equal(cursor_u32(&plain), 0x02000000); /* ACK of packet 0 */
	b->at[100] ^= 1;
	assert_false(quic_open(&keys, &packet, &plain));
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_are_those_of_rfc_9001_a1_and_rfc_9369_a1),
	    cmocka_unit_test(keys_of_drafts_27_and_29_are_theirs),
	    cmocka_unit_test(server_initial_of_rfc_9001_a3_can_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
