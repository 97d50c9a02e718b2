#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "build.h"
#include "decode/quick.h"

/* One frame decoded on the fast path and on the general path: both must give the packet, or neither. */
static bool both_agree(struct decoder *d, const uint8_t *bytes, size_t captured, size_t length)
{
	uint8_t *copy = malloc(captured ? captured : 1);
	struct frame f = {.number = 1, .bytes = copy, .captured = (uint32_t)captured, .length = (uint32_t)length,
	                  .link = LINK_ETHERNET};
	struct packet quick, walked;
	struct imprint of = {0};
	struct walk w = {.d = d, .frame = &f, .p = &walked, .c = cursor_of(copy, captured, length)};
	enum err e;

	memcpy(copy, bytes, captured);
	memset(&quick, 0, sizeof quick);
	memset(&walked, 0, sizeof walked);
	bool is_quick = quick_decode(&f, &quick, &of, &e);
	if (is_quick) {
		assert_int_equal(e, link_decode(&w, LINK_ETHERNET));
		if (e == ERR_OK) {
			assert_memory_equal(&quick, &walked, sizeof quick);
			assert_true(of.print == w.imprint.print && of.stamped == w.imprint.stamped);
		}
	}
	free(copy);
	return is_quick;
}

struct kind {
	const char *payload;
	bool v6, udp;
	unsigned options, tags, dport;
	bool quick;
};

/* With and without each property that makes it ordinary. */
static const struct kind kinds[] = {
    {"hello", .dport = 443, .quick = true},
    {"", .dport = 443, .quick = true},
    {"hello", .options = 12, .dport = 443, .quick = true},
    {"hello", .options = 20, .dport = 443, .quick = true},
    {"hello", .options = 12, .tags = 1, .dport = 443, .quick = true},
    {"hello", .tags = 2, .dport = 443, .quick = true},
    {"hello", .tags = 3, .dport = 443},
    {"hello", .v6 = true, .dport = 443, .quick = true},
    {"hello", .v6 = true, .options = 12, .tags = 1, .dport = 443, .quick = true},
    {"a datagram of more than thirty-two bytes", .udp = true, .dport = 53, .quick = true},
    {"a datagram of more than thirty-two bytes, up to what counts both at its start and at its end", .udp = true,
     .v6 = true, .tags = 2, .dport = 53, .quick = true},
    {"\x08\0\0\0 no tunnel behind it", .udp = true, .dport = PORT_VXLAN},
};

static struct build *frame_of(const struct kind *k)
{
	struct build *b = build_new(k->payload);
	unsigned type = k->v6 ? 0x86dd : 0x0800;

	for (unsigned i = 0; i < k->options; i += 4)
		before32(b, i + 4 == k->options ? 0x0101080a : 0x01010101);
	if (k->udp)
		udp_of(b, 40000, k->dport);
	else
		tcp_of(b, 40000, k->dport, 1000, TCP_ACK | TCP_PSH, k->options);
	if (k->v6)
		ip6(b, k->udp ? 17 : 6);
	else
		ip4(b, k->udp ? 17 : 6);
	for (unsigned i = 0; i < k->tags; i++) {
		before16(b, type);
		before16(b, 12 + i);
		type = i % 2 ? 0x88a8 : 0x8100;
	}
	ethernet(b, type);
	return b;
}

static void ordinary_frames_are_quick(void **state)
{
	struct decoder *d = decoder_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct build *b = frame_of(&kinds[i]);
		assert_int_equal(both_agree(d, build_bytes(b), b->n, b->n), kinds[i].quick);
		free(b);
	}
	decoder_free(d);
}

static void cut_and_padded_frames_agree(void **state)
{
	struct decoder *d = decoder_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct build *b = frame_of(&kinds[i]);
		size_t n = b->n;
		after_zeros(b, 8);
		for (size_t cut = 0; cut <= n + 8; cut++) {
			both_agree(d, build_bytes(b), cut, n + 8);
			both_agree(d, build_bytes(b), cut, cut);
		}
		free(b);
	}
	decoder_free(d);
}

/* Every header byte with every value: versions, lengths, flags, protocols. */
static void frames_with_any_byte_changed_agree(void **state)
{
	struct decoder *d = decoder_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct build *b = frame_of(&kinds[i]);
		for (size_t at = 12; at < b->n && at < 90; at++) {
			uint8_t *byte = build_bytes(b) + at, was = *byte;
			for (unsigned v = 0; v < 256; v++) {
				*byte = (uint8_t)v;
				both_agree(d, build_bytes(b), b->n, b->n);
				both_agree(d, build_bytes(b), b->n, b->n + 40000);
			}
			*byte = was;
		}
		free(b);
	}
	decoder_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ordinary_frames_are_quick),
	    cmocka_unit_test(cut_and_padded_frames_agree),
	    cmocka_unit_test(frames_with_any_byte_changed_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
